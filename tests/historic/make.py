"""Make the examples of the schema that is written now: ``python tests/historic/make.py FOLDER``.

Run once for each schema, when it is new, and never again for an older one: what lies here must be
read for ever as it is.
"""

import sys
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.asked import written
from support.evidence import (
    CPU_TIME,
    RAPL,
    make_evidence,
    make_hardware,
    make_settings,
    make_windows,
)
from support.metered import make_idle, metered_evidence, with_a_rest

from energylabel.judging import judge
from energylabel.records import (
    Evidence,
    GpuUnit,
    IdleRun,
    MeterRecord,
    Prefill,
    Reading,
    Setup,
    SliceRun,
    Window,
)
from energylabel.rendering import files_of
from energylabel.standard import GPU_PROTOCOL, PROTOCOLS

Run = TypeVar("Run", Window, IdleRun)


def examples() -> dict[str, Evidence]:
    """What there is of a kind: a processor, two GPUs in one machine, words in bfloat16, turns."""
    return {
        "processor": make_evidence(),
        "two-gpus": _on_gpus(2),
        "asked-in-words": _in_words(),
        "interleaved": make_evidence(windows=make_windows(interleaved=True)),
    }


def _on_gpus(count: int) -> Evidence:
    gpus = tuple(
        GpuUnit(
            name="NVIDIA H200", memory_bytes=150_754_820_096, driver="999.1", bus_id=f"0:{n}:0.0"
        )
        for n in range(41, 41 + count)
    )
    tokens = dict.fromkeys(("batch_size", "batch_size_requested", "batch_tokens"), 16_384)
    protocol = PROTOCOLS["standard"].model_copy(update=GPU_PROTOCOL)
    settings = make_settings(
        protocol=protocol,
        setup=Setup(device="cuda", gpus=count),
        slices=(1000,),
        shared_gpu=False,
        **tokens,
    )
    counter = MeterRecord(
        name="nvml", method="hardware-counter", covers=("gpu",), version="13.580.82", details={}
    )
    windows = with_a_rest(make_windows(slices=(1000,), method="hardware-counter"))
    usual = metered_evidence()
    return metered_evidence(
        hardware=make_hardware(device="cuda", gpus=gpus),
        settings=settings,
        meters=(counter, RAPL, CPU_TIME),
        windows=tuple(map(_beside_gpu, windows)),
        idle=tuple(map(_beside_gpu, make_idle(windows=windows))),
        warm_up=tuple(run.model_copy(update={"seconds": 3 * run.seconds}) for run in usual.warm_up),
        started_at=windows[0].started_at - 120,
        gpu_strangers=0,
    )


def _beside_gpu(run: Run) -> Run:
    """The run, in which the GPUs took ten times what the processor took."""
    (processor,) = run.energy
    joules = {"gpu": 10 * processor.joules["cpu"]}
    board = Reading(meter="nvml", method="hardware-counter", joules=joules)
    return run.model_copy(update={"energy": (processor, board)})


def _in_words() -> Evidence:
    said = written(tuple(n % 4 for n in range(1000)))
    asking = said.settings.asking
    assert asking is not None
    asking = asking.model_copy(update={"shots": 2, "examples_sha256": "ab" * 32})
    batches = {"batch_size": 8, "batch_size_requested": 8}
    setup = Setup(device="cpu", precision="bfloat16", batch_size=8, mode=asking.mode, shots=2)
    settings = said.settings.model_copy(update={"asking": asking, "setup": setup} | batches)
    subject = said.subject.model_copy(update={"dtype": "bfloat16"})
    counts = {"tokens": 53_000, "uncut_tokens": 58_000, "truncated": 40, "framing": 30_000}
    first = said.windows[1]
    run = SliceRun.from_dict(
        {
            name: each
            for name, each in first.model_dump(mode="json").items()
            if name in SliceRun.model_fields
        }
    )
    ended = said.windows[-1].started_at + said.windows[-1].seconds
    pairs = []
    for number in range(3):
        start = ended + 2 + 3 * number * run.seconds
        alone = run.model_copy(update={"started_at": start, "cpu_seconds": 0.6 * run.cpu_seconds})
        whole = run.model_copy(update={"started_at": start + 1.5 * run.seconds})
        pairs.append(Prefill(alone=alone, whole=whole))
    changed = {
        "settings": settings,
        "subject": subject,
        "answers": said.answers.model_copy(update=counts),
        "prefill": tuple(pairs),
        "finished_at": ended + 120,
    }
    return said.model_copy(update=changed)


def main(out: Path) -> None:
    """Write evidence, label and pictures of each example."""
    for name, evidence in examples().items():
        folder = out / name
        folder.mkdir(parents=True)
        (folder / "evidence.json").write_bytes(evidence.canonical())
        for file, content in files_of(judge(evidence)).items():
            (folder / file).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
