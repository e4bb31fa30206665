"""The page of the GPU check: from figures that were put down by hand, and from none."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from energylabel.standard.scales import DEFAULT, load_scale

ROOT = Path(__file__).parents[2]
STANDARD = ROOT / "energylabel" / "standard" / f"{DEFAULT}.md"


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def put(folder: Path, name: str = "Fake H1", **steps: dict[str, Any]) -> Path:
    """A run with these figures by step."""
    folder.mkdir()
    gpu = {"name": name, "memory_bytes": 80_000_000_000, "driver": "1.2"}
    head = {
        "started_at": 1_790_000_000,
        "hardware": {"gpus": [gpu], "logical_cpus": 16, "cpu_model": "A CPU"},
        "versions": {"python": "3.12.3", "torch": "2.11.0"},
        "install": {"seconds": 7.5, "taken": {"energylabel": "0.1.0"}, "lacking": []},
        "steps": [{"name": each, "limit_s": 100.0} for each in steps],
    }
    (folder / "run.json").write_text(json.dumps(head))
    for each, found in steps.items():
        step = {"step": each, "state": "done", "seconds": 50.0, "left_out": [], "found": {}}
        (folder / f"{each}.json").write_text(json.dumps(step | found))
    return folder


def page(*folders: Path) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "gpu_report.py", *folders],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def measured(told: str, words: str) -> list[str]:
    """The measured cells of the row of the standard's numbers that holds these words."""
    (row,) = (line for line in told.splitlines() if line.startswith("|") and words in line)
    return [cell.strip() for cell in row.split("|")[3:-1]]


def test_every_quoted_number_stands_in_the_standard(beside: None):
    from gpu.standard import NUMBERS

    text = " ".join(STANDARD.read_text("utf-8").split())
    for number in NUMBERS:
        assert number.quote in text, number.quote
        assert f"## {number.section.partition('.')[0]}. " in text


def test_letters_are_those_of_the_scale(beside: None):
    from gpu.standard import letter

    bounds = load_scale(DEFAULT).energy
    assert [letter(bound) for bound in bounds] == list("ABCDEF")
    assert [letter(bound + 0.01) for bound in bounds] == list("BCDEFG")


def test_nothing_measured_nothing_told(tmp_path: Path):
    told = page(put(tmp_path / "run"))
    rows = [line for line in told.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == 15
    assert all("not measured" in row for row in rows)
    assert told.count("| not begun |") == 6


def test_figures_stand_beside_the_standards(tmp_path: Path):
    single = {"wh_per_1000": {"distilbert": 0.9, "bert_large": 2.7}, "large_to_distilbert": 3.0}
    batch = {"wh_per_1000": {"distilbert": 0.01, "bert_large": 0.08}, "large_to_distilbert": 8.0}
    distilbert = {
        "name": "DistilBERT",
        "millions": 67.0,
        "cpu_index": 49.6,
        "batch": {"index": 30.0, "scatter": 0.01},
        "single": {"index": 52.0, "wh_per_1000": 0.9},
    }
    fit = {"points": 9, "slope": 400.0, "exponent": 1.0, "log_r2": 1.0, "band": 1.2}
    fits = {
        "batch": {**fit, "r2": 0.98765, "worst": 1.1},
        "across": {**fit, "r2": 0.5, "worst": 0.2},
    }
    rows = [
        {
            "seconds": 0.1,
            "aligned_spread": 0.05,
            "plain_spread": 0.3,
            "plain": [1, 2],
            "refused": 0,
        },
        {
            "seconds": 1,
            "aligned_spread": 0.004,
            "plain_spread": 0.03,
            "plain": [1, 2],
            "refused": 1,
        },
    ]
    folder = put(
        tmp_path / "run",
        b={"found": {"windows": rows, "quick_indexes": [20.0, 22.0], "quick_spread": 0.067}},
        c={"found": {"base_index": [104.0, 106.0], "architectures": [distilbert]}},
        d={"found": {"single": single, "batch": batch}},
        e={"found": {"fits": fits}},
    )
    told = page(folder)
    assert measured(told, "0.2 to 0.3 Wh") == ["0.9 Wh (3.00 times off), a warning"]
    assert measured(told, "2.7 to 4.2") == ["3 (within)"]
    assert measured(told, "about 7 once") == ["8"]
    assert measured(told, "100 ± 3")[0].startswith("105.0 (outside;")
    assert measured(told, "± 10 %")[0].startswith("5 %")
    assert measured(told, "an index near 50") == ["30.0"]
    assert measured(told, "energy index up to")[0].endswith("DistilBERT E → D")
    assert measured(told, "R² of 0.99") == ["batch 0.9877"]
    assert measured(told, "2.6-fold") == ["the worst of 9 points is off 5.00-fold, R² 0.5000"]
    assert measured(told, "unless its ends are aligned") == [
        "spread of 1 % or less: aligned from 1 s; not aligned at no length tried"
    ]
    assert "| DistilBERT | 67 | 49.6 | 30.0 | 1 % | 52.0 | 0.9 |" in told
    assert "| f: Number formats, compiled, batches | – | – | not begun |" in told


def test_runs_stand_beside_each_other_and_what_is_missing_says_why(tmp_path: Path):
    why = {"what": "ModernBERT-base", "why": "no time left (3 s)"}
    first = put(tmp_path / "one", d={"state": "running", "left_out": [why]})
    found = {"single": {"large_to_distilbert": 5.0, "wh_per_1000": {"distilbert": 0.25}}}
    second = put(tmp_path / "two", "Fake H2", d={"state": "failed", "error": "a|b", "found": found})
    told = page(first, second)
    assert told.startswith("# The GPU check: Fake H1, Fake H2\n")
    assert measured(told, "2.7 to 4.2") == ["not measured", "5 (1.19 times off)"]
    assert "cut off with the whole check, 1 left out" in told
    assert "- Left out: ModernBERT-base: no time left (3 s)" in told
    assert "- Left out: the rest of this step: a/b" in told


def test_a_folder_without_a_run_is_refused(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "gpu_report.py", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "holds no run" in done.stderr
