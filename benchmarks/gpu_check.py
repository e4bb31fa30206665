"""Checks on a real GPU what was only reasoned or tried on fakes; made for ten minutes of one.

    python benchmarks/gpu_check.py --pack gpu-pack --out gpu-found [--minutes 9] [--step c]

Needs one NVIDIA GPU, a PyTorch that can use it, and nothing from any network. Steps a to f, the
most important first, each in a process of its own with a limit of its own: a crash or a hang ends
that step alone. Each writes its JSON into ``--out`` as it goes, so that a run that is cut off at
any moment leaves what it had; ``gpu_report.py`` makes the page. ``--step`` runs one alone, in this
process. Without a GPU it says that and ends with 0.
"""

import os
import subprocess
import sys
import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gpu import children, record
from gpu.settings import STEPS, Step, parser, settings

from energylabel.devices.machine import detect
from energylabel.devices.nvidia import uuids_at
from energylabel.errors import UsageError
from energylabel.records.hardware import Hardware
from energylabel.worker.client import WAIT_POLICY

RUN = "run.json"
_MARGIN_S = 8.0
_ENVIRONMENT = {  # as in a rating's worker
    "OMP_WAIT_POLICY": WAIT_POLICY,
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
_PACKAGES = ("energylabel", "torch", "transformers", "numpy", "nvidia-ml-py", "huggingface_hub")


def main() -> int:
    """Run all steps that the time holds."""
    began = time.monotonic()
    options = parser((__doc__ or "").split("\n")[0]).parse_args()
    try:
        hardware = detect("cuda")
    except UsageError as error:
        print(f"No GPU, so nothing was checked: {error.message}")
        return 0
    if options.step:
        return alone(options, next(step for step in STEPS if step.name == options.step))
    limit_s = 60 * options.minutes
    out = settings(options).out
    if hardware.gpus:
        # PyTorch must compute on the GPU that is metered, and counts them in another order.
        os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(uuids_at(hardware.places))
    os.environ |= _ENVIRONMENT
    run = begun(out, options.minutes, hardware)
    children.exit_on_termination()
    for number, step in enumerate(STEPS):
        left = limit_s - (time.monotonic() - began)
        share = left * step.seconds / sum(each.seconds for each in STEPS[number:])
        row = {"name": step.name, "limit_s": round(share, 1)}
        run["steps"].append(row)
        record.write(out / RUN, run)
        row["state"] = in_child(step, share, out)
        row["ended_s"] = round(time.monotonic() - began, 1)
        record.write(out / RUN, run)
        record.tell(f"step {step.name}: {row['state']}, {row['ended_s']:.0f} s since the start")
    return 0


def begun(out: Path, minutes: float, hardware: Hardware, *steps: Any) -> dict[str, Any]:
    """What is known of a run before its first step; what its installation told is kept."""
    return {
        **(record.read(out / RUN) or {}),
        "started_at": int(time.time()),
        "minutes": minutes,
        "hardware": hardware.model_dump(mode="json"),
        "versions": {"python": sys.version.split()[0], **{n: version(n) for n in _PACKAGES}},
        "steps": list(steps),
    }


def in_child(step: Step, limit_s: float, out: Path) -> str:
    """Run a step in a process of its own, for so many seconds at most; how it ended."""
    path = out / f"{step.name}.json"
    path.unlink(missing_ok=True)
    record.tell(f"step {step.name}: {step.title}, at most {limit_s:.0f} s")
    began = time.monotonic()
    process = subprocess.Popen(
        [
            *(sys.executable, str(Path(__file__)), *sys.argv[1:]),
            *("--step", step.name, "--minutes", f"{limit_s / 60:.4f}"),
            *("--parent", str(os.getpid())),
        ],
        stdin=subprocess.DEVNULL,
    )
    try:
        code = process.wait(limit_s)
        state = "done" if code == 0 else f"ended with code {code}"
    except subprocess.TimeoutExpired:
        state = f"stopped at its limit of {limit_s:.0f} s"
    except BaseException:
        state = "cut off with the whole check"
        raise
    finally:
        children.end(process)
        found = record.read(path) or {"step": step.name, "title": step.title}
        if found.get("state", "running") == "running":
            seconds = round(time.monotonic() - began, 3)
            record.write(path, {**found, "state": state, "seconds": seconds})
    return str(found.get("state", state)) if state == "done" else state


def alone(options: Any, step: Step) -> int:
    """Run a step in this process; what it raises is recorded and raised."""
    if options.parent:
        children.follow(options.parent)
    limit_s = 60 * options.minutes
    asked = settings(options)
    if not options.parent:
        row = {"name": step.name, "limit_s": round(limit_s, 1)}
        record.write(asked.out / RUN, begun(asked.out, options.minutes, detect("cuda"), row))
    head = {"step": step.name, "title": step.title, "limit_s": round(limit_s, 1)}
    found = record.StepRecord(asked.out / f"{step.name}.json", head)
    try:
        import_module(f"gpu.{step.module}").run(asked, found, max(0.0, limit_s - _MARGIN_S))
    except BaseException as error:
        found.content["error"] = f"{type(error).__name__}: {error}"
        found.end("failed")
        raise
    found.end("done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
