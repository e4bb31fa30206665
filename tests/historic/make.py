"""Make the examples of the schema that is written now: ``python tests/historic/make.py FOLDER``.

Run once for each schema, when it is new, and never again for an older one: what lies here must be
read for ever as it is.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.asked import written
from support.evidence import (
    CPU_TIME,
    RAPL,
    make_evidence,
    make_hardware,
    make_idle,
    make_settings,
    make_windows,
)

from energylabel.judging import judge
from energylabel.records import Evidence, GpuUnit, MeterRecord, Setup
from energylabel.rendering import files_of


def examples() -> dict[str, Evidence]:
    """Of a processor, of two GPUs in one machine, and of a model asked in words in bfloat16."""
    gpus = tuple(
        GpuUnit(
            name="NVIDIA H200", memory_bytes=150_754_820_096, driver="999.1", bus_id=f"0:{n}:0.0"
        )
        for n in (41, 42)
    )
    said = written(tuple(n % 4 for n in range(40)))
    asking = said.settings.asking
    assert asking is not None
    asking = asking.model_copy(update={"shots": 2, "examples_sha256": "ab" * 32})
    batches = {"batch_size": 8, "batch_size_requested": 8}
    setup = Setup(device="cpu", precision="bfloat16", batch_size=8, mode=asking.mode, shots=2)
    asked = said.settings.model_copy(update={"asking": asking, "setup": setup} | batches)
    tokens = dict.fromkeys(("batch_size", "batch_size_requested", "batch_tokens"), 16_384)
    whole = make_settings(setup=Setup(device="cuda", gpus=2), **tokens)
    counter = MeterRecord(
        name="nvml", method="hardware-counter", covers=("gpu",), version=None, details={}
    )
    subject = said.subject.model_copy(update={"dtype": "bfloat16"})
    return {
        "processor": make_evidence(),
        "two-gpus": make_evidence(
            hardware=make_hardware(device="cuda", gpus=gpus),
            settings=whole,
            meters=(counter, RAPL, CPU_TIME),
            windows=make_windows(method="hardware-counter", components=("gpu", "cpu")),
            idle=make_idle(),
            gpu_strangers=0,
        ),
        "asked-in-words": said.model_copy(update={"settings": asked, "subject": subject}),
    }


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
