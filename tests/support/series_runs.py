"""`energylabel rate` in this process, with labels out of stored evidence instead of measuring."""

from collections.abc import Callable
from pathlib import Path

import pytest

from energylabel import storing
from energylabel.cli.app import main
from energylabel.dispatching import jobs
from energylabel.errors import NotRatableError
from energylabel.events import Observer
from energylabel.judging.judgement import judge
from energylabel.pipeline import Rated
from energylabel.records import Job

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "labels"


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were rated; a folder of a label stands for each, by name."""
    found: list[str] = []

    def rate(job: Job, observer: Observer) -> Rated:
        found.append(job.model)
        folders = [p.parent for p in Path(job.options.out).rglob("evidence.json")]
        for folder in sorted(folders, key=lambda each: -each.stat().st_mtime_ns):
            evidence = storing.read_evidence(folder)
            if evidence.subject.name == job.model.partition("@")[0]:
                return Rated(judge(evidence), folder)
        raise NotRatableError(f"{job.model}: no safetensors", "convert them")

    monkeypatch.setattr(jobs, "rate", rate)
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], out: Path) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["rate", *arguments, "--out", str(out)])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call
