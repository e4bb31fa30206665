"""The check for real GPUs, run on the processor over a fake NVML that always draws 300 W."""

import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from support import fake_nvml
from support.fake_nvml import needs_compiler

ROOT = Path(__file__).parents[2]
SCRIPT = str(ROOT / "benchmarks" / "gpu_check.py")


def test_the_architectures_are_those_of_the_table(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from _architectures import ARCHITECTURES

    assert len(ARCHITECTURES) == 18
    for each in ARCHITECTURES:
        model = each.build("meta")
        millions = sum(p.numel() for p in model.parameters()) / 1e6
        assert round(millions, 1) == each.millions, each.name
        assert str(model.dtype) == f"torch.{each.dtype}"


def test_without_a_gpu_it_says_so(tmp_path: Path):
    environment = {"PATH": "/usr/bin:/bin", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, SCRIPT],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    assert done.stdout.startswith("No GPU, so nothing was checked: --device cuda")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@needs_compiler
@pytest.mark.alone
def test_it_runs_over_the_fake_library(tmp_path: Path, tiny_bert: Path):
    library = fake_nvml.build(tmp_path)
    records = tmp_path / "found.json"
    done = subprocess.run(
        [
            *(sys.executable, SCRIPT, "--torch-device", "cpu", "--texts", "2", "--window", "0.2"),
            *("--architectures", "1", "--lengths", "0.2", "--times", "2", "--ratings", "0"),
            *("--model", str(tiny_bert), "--out", str(records)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=fake_nvml.environment(library, tick_ms=20),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Fake GPU\n")
    rows = re.findall(r"^\| BERT \S+ \|.*$", done.stdout, re.MULTILINE)
    assert len(rows) == 1
    found = json.loads(records.read_text())
    assert {"batch/reference", "single/reference", "batch/BERT 2×128", "weights"} <= {
        row["name"] for row in found["windows"]
    }
    # How sharp a single short window is on a busy machine is the meter's own test.
    watts = [row["joules"] / row["seconds"] for row in found["windows"]]
    assert statistics.median(watts) == pytest.approx(300, rel=0.05)
    (told,) = re.findall(r"^\| all, per text \| 16 \| (\S+) \|$", done.stdout, re.MULTILINE)
    assert float(told) > 0.9
    assert re.search(r"^\| 0\.2 \| [0-9.]+ % \| [0-9.]+ % \|$", done.stdout, re.MULTILINE)
    assert "times the joules, spread" in done.stdout
