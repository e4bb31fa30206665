"""The comparisons of speed, started as ``benchmarks/README.md`` says: that they run and agree.

How fast a side is is never asserted. ``study.py`` and ``gpu_check.py`` have tests of their own.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.tiny_models import SENTENCES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Some sentences with label ids."""
    path = tmp_path / "texts.jsonl"
    rows = [{"text": text, "label": n % 4} for n, text in enumerate(SENTENCES[:6])]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def run(script: str, *arguments: str | Path) -> str:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / f"{script}.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_labels_are_scored_as_prompt_after_prompt_would(tiny_lm: Path, texts: Path):
    told = run("prompted", tiny_lm, texts, "--texts", "3", "--rounds", "2")
    assert re.search(r"^\| naive \| \d", told, re.MULTILINE)
    assert "6 of 6 answers are those of `naive`." in told
    assert "6 of 6 answers are those of `naive32`." in told


def test_zero_shot_answers_are_the_pipelines(tiny_nli: Path, texts: Path):
    options = ("--model", tiny_nli, "--texts", "6", "--rounds", "1")
    told = run("zero_shot", tiny_nli, texts, texts, *options)
    assert told.count("6 of 6 answers are those of `pipeline") == 4


def test_a_tokenizer_is_timed_with_and_without_its_memory(tiny_bert: Path, texts: Path):
    told = run("tokenizing", tiny_bert, texts, "--texts", "3", "--rounds", "2")
    assert re.search(r"\(WordPiece\), 2 rounds of 3 texts$", told, re.MULTILINE)
    assert re.search(r"^\| empty \| \d", told, re.MULTILINE)


def test_the_tables_that_are_printed_are_those_of_the_committed_labels():
    page = (ROOT / "benchmarks" / "README.md").read_text("utf-8").splitlines()
    told = run("table", ROOT / "labels", "sst2-test-v1", "ag-news-heldout-v1").splitlines()
    rows = [line for line in told if line.startswith("| ")]
    assert len(rows) > 8
    assert [row for row in rows if row not in page] == []
