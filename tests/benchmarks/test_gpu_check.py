"""The check for real GPUs, run over a fake NVML that always draws 300 W and a PyTorch on the CPU.

What a figure must be follows from that: joules are 300 × seconds whatever was computed.
"""

import json
import random
import signal
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from support import fake_gpu, fake_nvml
from support.fake_nvml import needs_compiler
from support.tiny_models import SENTENCES, make_model

ROOT = Path(__file__).parents[2]
SCRIPT, REPORT = (str(ROOT / "benchmarks" / f"gpu_{name}.py") for name in ("check", "report"))
LITTLE = [
    *("--texts", "1", "--ones", "1", "--queries", "8", "--window", "0.2", "--ratings", "2"),
    *("--architectures", "1", "--longest", "0.3"),
]
DEFINITION = """
name = "moods-v1"
title = "Moods"
description = "Moods of sentences."
file = "texts.jsonl"
text_column = "text"
label_column = "label"
labels = ["negative", "positive"]
language = "en"
licence = "none"
seed = 0
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fake_nvml.build(tmp_path_factory.mktemp("nvml"))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of half of BERT-base's width in bfloat16, and eight texts."""
    folder = tmp_path_factory.mktemp("pack")
    shape = {"hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 1536}
    rest = {"num_hidden_layers": 1, "max_position_embeddings": 512}
    make_model(folder / "model", dtype="bfloat16", **shape, **rest)
    (folder / "texts").mkdir()
    rows = [
        {"text": text, "label": ("negative", "positive")[n % 2]}
        for n, text in enumerate(SENTENCES[:8])
    ]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    (folder / "texts" / "texts.jsonl").write_text(lines)
    (folder / "texts" / "workload.toml").write_text(DEFINITION)
    return folder


def read(folder: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("?.json")}


def block(step: dict[str, Any], name: str, load: str) -> float:
    """C ÷ R of the last windows R C C R of an architecture, from their joules and texts."""
    loads = [window for window in step["windows"] if window["load"] == load]
    at = max(n for n, window in enumerate(loads) if window["name"] == name)
    r1, c1, c2, r2 = (window["joules"] / window["texts"] for window in loads[at - 2 : at + 2])
    return (c1 + c2) / (r1 + r2)


def page(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, REPORT, folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


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
def test_all_steps_over_the_fake_gpu(tmp_path: Path, library: Path, pack: Path):
    out = tmp_path / "found"
    done = subprocess.run(
        [*(sys.executable, SCRIPT, "--pack", pack, "--out", out, "--minutes", "9"), *LITTLE],
        capture_output=True,
        text=True,
        check=False,
        env=fake_gpu.environment(library, tick_ms=20),
    )
    assert done.returncode == 0, done.stderr
    steps = read(out)
    assert {name: step["state"] for name, step in steps.items()} == dict.fromkeys("abcdef", "done")
    found = {name: step["found"] for name, step in steps.items()}

    # From doctor to label, with every window's joules from the counter, and the picture drawn.
    rated = found["a"]
    assert (rated["windows"], rated["windows_with_counted_gpu_joules"]) == (12, 12)
    assert "gpu" in rated["components"]
    with zipfile.ZipFile(out / "label.zip") as label:
        assert {"label.json", "evidence.json", "label.png"} <= set(label.namelist())
        assert label.getinfo("label.png").file_size == rated["picture"]["bytes"]

    windows = [window for step in steps.values() for window in step["windows"]]
    watts = [window["joules"] / window["seconds"] for window in windows]
    # How sharp a single short window is on a busy machine is the meter's own test.
    assert len(windows) > 60
    assert statistics.median(watts) == pytest.approx(300, rel=0.05)
    assert found["b"]["idle_watts"] == pytest.approx(300, rel=0.05)
    assert found["b"]["tick_s"]["median"] == pytest.approx(0.02, rel=0.3)
    assert len(found["b"]["quick_indexes"]) == 2
    assert [row["seconds"] for row in found["b"]["windows"]] == [0.1, 0.3]
    (row,) = found["c"]["architectures"]
    assert row["name"] == "DistilBERT"
    assert row["single"]["index"] == pytest.approx(100 * block(steps["c"], "DistilBERT", "single"))
    assert row["batch"]["index"] == pytest.approx(100 * block(steps["c"], "DistilBERT", "batch"))
    assert len(found["c"]["base_index"]) == len(found["c"]["trained_to_seeded"]) == 2
    taken = {
        name: [w["joules"] / w["texts"] for w in steps["d"]["windows"] if w["load"] == "single"][
            n::2
        ]
        for n, name in enumerate(("distilbert", "bert_large"))
    }
    small, large = (statistics.fmean(values) for values in taken.values())
    assert found["d"]["single"]["large_to_distilbert"] == pytest.approx(large / small)
    assert found["d"]["single"]["wh_per_1000"]["distilbert"] == pytest.approx(small / 3.6)
    fits = found["e"]["fits"]
    assert fits["across"]["slope"] == pytest.approx(300, rel=0.1)
    assert fits["across"]["r2"] > 0.9
    assert {"batch", "single", "host", "across"} <= fits.keys()
    assert len(found["f"]["formats"]) == 6

    told = page(out)
    assert told.startswith("# The GPU check: Fake GPU\n")
    assert "| done |" in told
    assert "12 of 12 windows" in told
    # Nothing of size was packed: what the standard says of such a model is not measured.
    assert told.count("not measured") == 1


@pytest.mark.slow
@needs_compiler
def test_a_run_that_is_killed_at_any_moment_still_reports(
    tmp_path: Path, library: Path, pack: Path
):
    """With limits of a few seconds, so that any step may be the one that is hit."""
    out, log = tmp_path / "found", tmp_path / "stderr.txt"
    after = random.Random().uniform(0, 15)
    with log.open("w") as stderr:
        check = subprocess.Popen(
            [*(sys.executable, SCRIPT, "--pack", pack, "--out", out, "--minutes", "0.3"), *LITTLE],
            stderr=stderr,
            env=fake_gpu.environment(library, tick_ms=20),
        )
        wait_for((out / "a.json").exists, 60)
        time.sleep(after)
        below = psutil.Process(check.pid).children(recursive=True)
        check.kill()
        check.wait()
    when = f"killed {after:.2f} s after step a began: {log.read_text()}"
    steps = read(out)
    begun = "".join(sorted(steps))
    assert "abcdef".startswith(begun), when
    assert begun, when
    for name in begun[:-1]:
        assert steps[name]["state"] != "running", when
    told = page(out)
    assert told.count("| not begun |") == 6 - len(begun), when
    assert told.count("cut off with the whole check") == (steps[begun[-1]]["state"] == "running")
    assert "not measured" in told, when
    wait_for(lambda: not any(map(running, below)), 20)


def running(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(done: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
@needs_compiler
def test_a_step_that_hangs_ends_at_its_limit_and_the_rest_goes_on(tmp_path: Path, library: Path):
    out = tmp_path / "found"
    done = subprocess.run(
        [sys.executable, SCRIPT, "--out", out, "--minutes", "0.05"],
        capture_output=True,
        text=True,
        check=False,
        env=fake_gpu.environment(library),
    )
    assert done.returncode == 0, done.stderr
    assert "step a: stopped at its limit of" in done.stderr
    assert "step f: stopped at its limit of" in done.stderr
    told = page(out)
    assert told.count("stopped at its limit") == 6
    run = json.loads((out / "run.json").read_text())
    assert sum(step["limit_s"] for step in run["steps"][:1]) == pytest.approx(
        3 * 130 / 540, rel=0.3
    )


@needs_compiler
def test_termination_ends_the_step_and_says_so(tmp_path: Path, library: Path):
    out = tmp_path / "found"
    check = subprocess.Popen(
        [sys.executable, SCRIPT, "--out", out, "--minutes", "9"],
        stderr=subprocess.DEVNULL,
        env=fake_gpu.environment(library),
    )
    wait_for((out / "a.json").exists, 60)
    below = psutil.Process(check.pid).children(recursive=True)
    check.terminate()
    assert check.wait(20) == 128 + signal.SIGTERM
    assert read(out)["a"]["state"] == "cut off with the whole check"
    assert not any(map(running, below))


@pytest.mark.slow
@needs_compiler
def test_a_step_that_fails_says_why_in_its_file(tmp_path: Path, library: Path):
    """A GPU without counter and sensor: nothing meters it."""
    out = tmp_path / "found"
    done = subprocess.run(
        [sys.executable, SCRIPT, "--out", out, "--step", "d", *LITTLE],
        capture_output=True,
        text=True,
        check=False,
        env=fake_gpu.environment(library, no_counter=1, no_sensor=1),
    )
    assert done.returncode == 1
    told = read(out)["d"]
    assert told["state"] == "failed"
    assert told["error"].startswith("MeasurementError: nothing measures this GPU's energy")
    assert {path.name for path in out.iterdir()} == {"d.json", "run.json"}
