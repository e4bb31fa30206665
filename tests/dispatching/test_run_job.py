"""`energylabel run-job`: a job in a file, its outcome beside it.

What a rating measures is left out here, but for one real rating at the end: labels come from
stored evidence. Hub, pushing and command line are real.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hub.fixtures import HubHome
from support.command import command, shortened
from support.parcels import FILES, MODEL, published, rated, store
from support.series_runs import Run

import energylabel
from energylabel import publishing, storing
from energylabel.cli.app import main
from energylabel.dispatching import jobs
from energylabel.dispatching.files import outcome_path
from energylabel.records.job import Job
from energylabel.records.outcome import Outcome

COMMIT = "a" * 40
Do = Callable[..., tuple[int, str, str]]


@pytest.fixture
def do(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Do:
    """Write a job, do it, and tell exit code, stdout and stderr."""

    def call(job: bytes | dict[str, Any], *arguments: str) -> tuple[int, str, str]:
        path = tmp_path / "job.json"
        path.write_bytes(job if isinstance(job, bytes) else json.dumps(job).encode())
        return asked(capsys, "run-job", str(path), *arguments)

    return call


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([*arguments])
    printed = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.out, printed.err


def outcome_in(folder: Path) -> Outcome:
    return Outcome.from_json((folder / "job.outcome.json").read_bytes())


def test_an_outcome_lies_beside_its_job(
    do: Do, out: Path, measured: list[str], tmp_path: Path
) -> None:
    folder = store(out, rated("acme/one", COMMIT, FILES))
    code, told, _ = do({"model": "acme/one", "options": {"out": str(out), "shots": 2}})
    assert (code, measured) == (0, ["acme/one"])
    assert told == f"{tmp_path / 'job.outcome.json'}\n"
    found = outcome_in(tmp_path)
    assert found == Outcome(model="acme/one", label=storing.read_label(folder), folder=folder)
    assert (tmp_path / "job.outcome.json").read_bytes() == found.canonical()
    assert {path.name for path in tmp_path.iterdir()} == {"job.json", "job.outcome.json", "labels"}
    code, told, _ = do({"model": "acme/one", "options": {"out": str(out)}}, "--format", "json")
    assert Outcome.from_json(told) == found


def test_all_three_ways_have_one_outcome(
    do: Do, out: Path, measured: list[str], run: Run, tmp_path: Path
) -> None:
    folder = store(out, rated("acme/one", COMMIT, FILES))
    do({"model": "acme/one", "options": {"out": str(out)}})
    label = energylabel.rate("acme/one", out=out).label
    _, told, _ = run("acme/one", "--format", "json")
    assert outcome_in(tmp_path).label == label == storing.read_label(folder)
    assert json.loads(told) == label.model_dump(mode="json")
    assert len(measured) == 3


@pytest.mark.slow
def test_the_outcome_has_the_receipts(
    do: Do, hub_home: HubHome, out: Path, measured: list[str], tmp_path: Path
) -> None:
    published(hub_home, out)
    hub_home.sign_in("writer")
    card = tmp_path / "checkout" / "README.md"
    job = {"model": MODEL, "options": {"out": str(out)}, "push": "pr", "card": str(card)}
    assert do(job)[0] == 0
    found = outcome_in(tmp_path)
    assert found.card is not None
    assert found.push is not None
    assert (found.card.outcome, found.card.url) == ("written", str(card))
    assert (found.push.outcome, found.push.pull_request) == ("opened", True)
    assert found.push.url == f"{hub_home.hub.endpoint}/{MODEL}/discussions/1"


@pytest.mark.slow
def test_a_failed_push_keeps_the_label_in_the_outcome(
    *, do: Do, hub_home: HubHome, out: Path, measured: list[str], tmp_path: Path
) -> None:
    folder = published(hub_home, out)
    hub_home.sign_in("writer")
    hub_home.hub.fail("/commit/main", method="POST", status=403)
    code, _, talk = do({"model": MODEL, "options": {"out": str(out)}, "push": "pr"})
    found = outcome_in(tmp_path)
    assert found.error is not None
    assert (code, found.error.code, found.error.kind) == (5, 5, "network")
    assert found.folder == folder
    assert found.label is not None
    assert found.error.hint.endswith(f"; the label is kept in {folder}")
    assert found.error.message in talk


def test_what_goes_wrong_is_in_the_outcome_and_told(
    *, do: Do, out: Path, measured: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "job.outcome.json").write_text("an earlier one")
    code, told, talk = do({"model": "acme/two", "options": {"out": str(out)}})
    assert (code, told) == (3, "")
    assert talk == "error: acme/two: no safetensors\nhint: convert them\n"
    found = outcome_in(tmp_path)
    assert found.error is not None
    assert found.error.model_dump() == {
        "code": 3,
        "kind": "not-ratable",
        "message": "acme/two: no safetensors",
        "hint": "convert them",
        "retryable": False,
    }

    def broken(job: Job, observer: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(jobs, "rate", broken)
    code, _, talk = do({"model": "acme/two", "options": {"out": str(out)}}, "--verbose")
    found = outcome_in(tmp_path)
    assert found.error is not None
    assert (code, found.error.code, found.error.kind) == (70, 70, "internal")
    assert found.error.message == "unexpected RuntimeError: broken"
    assert 'raise RuntimeError("broken")' in talk


def test_a_label_without_a_class_has_the_code_of_rate(
    *, do: Do, out: Path, measured: list[str], tmp_path: Path, run: Run
) -> None:
    evidence = rated("acme/one", COMMIT, FILES)
    restless = [
        w.model_copy(update={"cpu_seconds": w.cpu_seconds * (8 if w.block % 2 else 1)})
        if w.role == "candidate"
        else w
        for w in evidence.windows
    ]
    store(out, evidence.model_copy(update={"windows": tuple(restless)}))
    assert do({"model": "acme/one", "options": {"out": str(out)}})[0] == run("acme/one")[0] == 4
    assert outcome_in(tmp_path).error is None


def test_an_interrupted_push_has_the_label(
    *,
    do: Do,
    hub_home: HubHome,
    out: Path,
    measured: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = published(hub_home, out)
    hub_home.sign_in("writer")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, "push", stop)
    code, _, talk = do({"model": MODEL, "options": {"out": str(out)}, "push": "pr"})
    assert (code, talk) == (130, "error: interrupted\n")
    found = outcome_in(tmp_path)
    assert found.error is not None
    assert (found.error.code, found.error.kind, found.error.retryable) == (130, "interrupted", True)
    assert (found.folder, found.push) == (folder, None)


@pytest.mark.parametrize(
    ("job", "message", "hint"),
    [
        (b'{"model": ', "job.json is not JSON: ", "correct the file"),
        (b"\xff", "job.json is not JSON: ", "correct the file"),
        (b"[" * 100_000, "job.json is not JSON: ", "correct the file"),
        (b" " * 1_000_001, "job.json is too large for a job", ""),
        (b"[]", "job.json holds no job", '{"model": "org/name"}'),
        (b"{}", "job.json is no job: model: Field required", "energylabel schema job"),
        (b'{"model": 1}', "job.json is no job: model: ", "energylabel schema job"),
        (b'{"model": "m", "optoins": {}}', "there is no optoins", "did you mean options?"),
        (b'{"model": "m", "options": {"shot": 1}}', "no options.shot", "did you mean shots?"),
        (b'{"model": "m", "options": {"shots": "1"}}', "options.shots: Input should be", "schema"),
        (b'{"model": "m", "options": {"shots": 65}}', "shots: 65 is more than 64", "set shots"),
        (b'{"model": "m", "options": {"time_limit_s": NaN}}', "options.time_limit_s", "schema"),
        (b'{"model": "m", "options": {"out": "\\ud800"}}', "is no job", "schema"),
        (b'{"model": "m", "schema_version": 2}', "has schema version 2", "newer energylabel"),
        (b'{"model": "m", "push": "yes"}', "push: Input should be 'pr' or 'commit'", "schema"),
        (b'{"model": "m", "card": "R", "if_changed": true}', "exclude each other", "leave one"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_no_job(
    *, do: Do, measured: list[str], tmp_path: Path, job: bytes, message: str, hint: str
) -> None:
    code, told, talk = do(job)
    assert (code, told, measured) == (2, "", [])
    error, remedy = talk.splitlines()
    assert message in error
    assert hint in remedy
    assert not (tmp_path / "job.outcome.json").exists()


def test_files_that_cannot_be_read_or_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, measured: list[str]
) -> None:
    code, _, talk = asked(capsys, "run-job", str(tmp_path / "none.json"))
    assert code == 2
    assert f"cannot read {tmp_path / 'none.json'}: No such file" in talk
    code, _, talk = asked(capsys, "run-job", str(tmp_path))
    assert code == 2
    assert "Is a directory" in talk
    (tmp_path / "job.json").write_text('{"model": "demo"}')
    with (tmp_path / "job.json").open() as file:
        # A folder that even root cannot write to.
        code, _, talk = asked(capsys, "run-job", f"/dev/fd/{file.fileno()}")
    assert (code, measured) == (2, [])
    assert "cannot write to /dev/fd: " in talk


def test_where_an_outcome_lies() -> None:
    assert outcome_path(Path("a/b.json")) == Path("a/b.outcome.json")
    assert outcome_path(Path("a/b.c.json")) == Path("a/b.c.outcome.json")
    assert outcome_path(Path("a/b")) == Path("a/b.outcome.json")


def test_it_is_not_in_the_help() -> None:
    done = command("--help")
    assert "rate" in done.stdout
    assert "run-job" not in done.stdout


@pytest.mark.slow
def test_a_real_rating_has_one_label_from_all_three(tmp_path: Path) -> None:
    options = {"out": str(tmp_path / "labels"), "accuracy_rows": 50, "baselines": False}
    job = {"model": "demo", "options": options}
    (tmp_path / "job.json").write_text(json.dumps(job))
    done = command("run-job", str(tmp_path / "job.json"), state=tmp_path, short=True)
    assert done.returncode in {0, 4}, done.stderr  # a busy machine may cost it the letter
    label = outcome_in(tmp_path).label
    assert label is not None
    # A rating that is done is not done again: the others tell the very label.
    same = ("--out", str(tmp_path / "labels"), "--accuracy-rows", "50", "--no-baselines")
    done = command(
        "rate", "demo", "--resume", "--format", "json", *same, state=tmp_path, short=True
    )
    assert json.loads(done.stdout) == label.model_dump(mode="json")
    given = {**options, "resume": True}
    code = f"import energylabel; print(energylabel.rate('demo', **{given!r}).label.id)"
    environment = {"XDG_STATE_HOME": str(tmp_path), "PYTHONPATH": shortened(tmp_path / "python")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | environment,
    )
    assert done.stdout.strip() == label.id, done.stderr
