"""The commands that measure nothing, and how words reach terminals and workflows."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support.command import command

from energylabel.classifiers import families
from energylabel.cli.output import annotation, clean
from energylabel.cli.progress import duration


@pytest.mark.slow
def test_workloads_are_listed_and_explained() -> None:
    listed = command("workloads").stdout
    assert "ag-news-v1" in listed
    lines = {line.split()[0]: line for line in listed.splitlines()}
    assert "9 classes  de " in lines["gnad10-v1"]
    assert "no train split" in lines["trec-v1"]
    assert "no train split" not in lines["sst2-v1"]
    shown = command("workloads", "show", "sst2-v1").stdout
    assert "8d51e7e4887a4caaa95b3fbebbf53c0490b58bbb" in shown
    assert "POSITIVE" in shown.upper()
    assert "train split    train (data/train-00000-of-00001.parquet)" in shown
    assert "language       en" in shown
    assert "The sentiment of this review is {}." in shown
    assert "train split    none" in command("workloads", "show", "trec-v1").stdout
    assert "train split" in command("workloads", "--help").stdout
    toml = tomllib.loads(command("workloads", "show", "sst2-v1", "--format", "toml").stdout)
    assert toml["labels"] == ["negative", "positive"]
    nested = command("workloads", "--format", "json", "show", "sst2-v1").stdout
    assert json.loads(nested)["name"] == "sst2-v1"


@pytest.mark.slow
def test_a_definition_of_ones_own_is_shown_and_checked(tmp_path: Path) -> None:
    text = command("workloads", "show", "sst2-v1", "--format", "toml").stdout
    own = tmp_path / "mine.toml"
    own.write_text(text, "utf-8")
    assert "1  positive  (also pos" in command("workloads", "show", str(own)).stdout
    again = command("workloads", "show", str(own), "--format", "toml").stdout
    assert tomllib.loads(again) == tomllib.loads(text)
    own.write_text("labels = 3", "utf-8")
    done = command("workloads", "show", str(own))
    assert done.returncode == 2
    assert "mine.toml does not fit the schema" in done.stderr


@pytest.mark.slow
def test_schema_and_standard_are_printed() -> None:
    assert json.loads(command("schema").stdout)["title"] == "Label"
    assert json.loads(command("schema", "evidence").stdout)["title"] == "Evidence"
    assert "text-classification-v1" in command("standard").stdout


def test_a_closed_pipe_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m energylabel standard | head -n 1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""


def test_words_for_terminals_and_workflows() -> None:
    assert clean("a\x1b[31mb\u202ec\nd") == "a[31mbc d"
    assert (
        annotation("error", "a:b,c", "100 %\n::stop") == "::error title=a%3Ab%2Cc::100 %25 ::stop"
    )
    assert annotation("notice", "a", "cause", "remedy") == "::notice title=a::cause%0Aremedy"
    assert (duration(0.2), duration(75), duration(200)) == ("1 s", "75 s", "3 min")


@pytest.mark.slow
def test_families_are_listed_from_what_they_say_of_themselves() -> None:
    told = json.loads(command("families", "--format", "json").stdout)
    listed = {each["name"]: each for each in told}
    assert set(listed) == set(families()) - {"majority", "custom"}  # never rated by name
    assert listed["prompted-lm"]["modes"] == ["score", "generate"]
    assert [name for name, each in listed.items() if each["files"]] == [
        "embedding-probe", "prompted-lm", "sequence-classification", "zero-shot-nli",
    ]  # fmt: skip
    lines = command("families").stdout.splitlines()
    assert len(lines) == len(told)
    assert "tfidf-linear             by name     TF-IDF of words, a linear model" in lines
