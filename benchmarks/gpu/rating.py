"""Step a: ``doctor``, then one quick rating of the packed model, from the command to its label."""

import json
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .record import StepRecord, tell
from .settings import NO_PACK, Settings

LABEL = "label.zip"
_PNG = b"\x89PNG\r\n\x1a\n"
_MARGIN_S = 10.0


def run(settings: Settings, record: StepRecord, limit_s: float) -> None:
    """See the module."""
    began = time.monotonic()
    told = command("doctor", "--format", "json")
    record.add(doctor=told["answer"], doctor_s=told["seconds"], doctor_code=told["code"])
    if settings.pack is None:
        record.leave_out("a rating", NO_PACK)
        return
    with TemporaryDirectory() as folder:
        left = limit_s - (time.monotonic() - began) - _MARGIN_S
        told = command(
            *("rate", str(settings.pack / "model"), "--device", "cuda", "--dtype", "float32"),
            *("--workload", str(settings.pack / "texts" / "workload.toml")),
            *("--protocol", "quick", "--time-limit", f"{max(1, int(left))}s"),
            *("--queries", str(settings.queries), "--accuracy-rows", str(settings.queries)),
            *("--out", folder, "--format", "json"),
        )
        record.add(start_to_label_s=told["seconds"], rating_code=told["code"])
        answer = told["answer"]
        if "metrics" not in answer:
            record.leave_out("a label", f"{answer.get('message')} ({answer.get('hint')})")
            return
        made = {path.name: path for path in Path(folder).rglob("*") if path.is_file()}
        with zipfile.ZipFile(record.folder / LABEL, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in sorted(made.items()):
                archive.write(path, name)
        evidence = json.loads(made["evidence.json"].read_text(encoding="utf-8"))
        record.add(**shown(answer), **counted(evidence), picture=picture(made["label.png"]))


def command(*arguments: str) -> dict[str, Any]:
    """Run ``energylabel``; its JSON, exit code and seconds. What it tells goes on to stderr."""
    tell(f"energylabel {arguments[0]}")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "energylabel", *arguments],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout or '{"message": "it ended without a word"}')
    seconds = round(time.monotonic() - began, 2)
    return {"answer": answer, "code": done.returncode, "seconds": seconds}


def shown(label: dict[str, Any]) -> dict[str, Any]:
    """What the label says, in short."""
    energy, accuracy = label["metrics"]["energy"], label["metrics"]["accuracy"]
    return {
        "provenance": label["provenance"],
        "components": energy["components"],
        "index": energy["index"],
        "letter": label["grades"]["energy"]["letter"],
        "wh_per_1000": energy["wh_per_1000"],
        "accuracy": accuracy["accuracy"],
        "findings": [
            {key: each[key] for key in ("name", "outcome", "message")}
            for each in label["findings"]
            if each["outcome"] not in {"passed", "not-applicable"}
        ],
    }


def counted(evidence: dict[str, Any]) -> dict[str, Any]:
    """Whether a hardware counter gave joules of the GPU in every window; the warm-up's seconds."""
    windows = [
        [
            reading["joules"]["gpu"]
            for reading in window["energy"]
            if reading["method"] == "hardware-counter" and "gpu" in reading["joules"]
        ]
        for window in evidence["windows"]
    ]
    return {
        "windows": len(windows),
        "windows_with_counted_gpu_joules": sum(any(j > 0 for j in each) for each in windows),
        "warm_up": [
            {key: each[key] for key in ("role", "seconds", "steady")}
            for each in evidence["warm_up"]
        ],
    }


def picture(path: Path) -> dict[str, Any]:
    """Size of the drawn label in pixels and bytes.

    Raises:
        ValueError: It is no PNG.
    """
    content = path.read_bytes()
    if content[:8] != _PNG:
        raise ValueError(f"{path.name} is no PNG")
    width, height = struct.unpack(">II", content[16:24])
    return {"width": width, "height": height, "bytes": len(content)}
