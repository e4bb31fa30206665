"""The command line as a user meets it: real processes, exit codes, stdout and stderr."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import WAITING, command, shortened

from energylabel.cli.app import main
from energylabel.cli.output import Output

PROGRESS = re.compile(r"\d+\.\d s (loading|warming|measuring|answering): ")
"""A line of a log, where stderr is no terminal."""
HEAVY = ("torch", "transformers", "codecarbon", "datasets", "huggingface_hub", "pydantic")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, object]]]:
    """The embedded demo, rated once with JSON on stdout; its tree and what was printed."""
    root = tmp_path_factory.mktemp("demo")
    asked = ("rate", "demo", "--out", str(root / "labels"), "--format", "json")
    done = command(*asked, state=root, short=True, small=False)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.replace(WAITING, "").splitlines()
    assert "s loading: loading energylabel/demo" in lines[0]
    assert all(PROGRESS.match(line) for line in lines), lines
    yield root / "labels", json.loads(done.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["rate"],
        ["doctor"],
        ["render"],
        ["verify"],
        ["workloads"],
        ["workloads", "show"],
        ["families"],
        ["standard"],
        ["schema"],
    ],
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys\n"
        "from energylabel.cli.app import main\n"
        "try:\n"
        f"    main([*{arguments!r}, '--help'])\n"
        "except SystemExit as end:\n"
        "    code = end.code\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print(code, heavy, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == "0 []"
    assert "Usage: energylabel" in done.stdout


def test_the_demo_gets_a_label(demo: tuple[Path, dict[str, object]]) -> None:
    tree, printed = demo
    (stored,) = tree.rglob("label.json")
    assert json.loads(stored.read_text()) == printed
    assert printed["conditions"]["protocol"] == "quick"  # type: ignore[index]
    assert printed["evidence_url"] is None
    assert stored.parent.relative_to(tree).parts[:2] == ("energylabel", "demo")


def test_the_demo_counts_right_and_wrong_answers(demo: tuple[Path, dict[str, object]]) -> None:
    tree, printed = demo
    (path,) = tree.rglob("evidence.json")
    evidence = json.loads(path.read_text())
    predicted, gold = evidence["answers"]["predicted"], evidence["answers"]["gold"]
    mapped = [evidence["settings"]["label_map"][label] for label in predicted]
    right = sum(a == b for a, b in zip(mapped, gold, strict=True))
    accuracy = printed["metrics"]["accuracy"]["accuracy"]["value"]  # type: ignore[index]
    assert accuracy == pytest.approx(right / len(gold))
    assert len(gold) == 400
    assert accuracy == pytest.approx(0.825, abs=0.005)


def test_evidence_names_no_path_host_or_user(demo: tuple[Path, dict[str, object]]) -> None:
    tree, _ = demo
    (path,) = tree.rglob("evidence.json")
    text = path.read_text()
    assert str(Path.home()) not in text
    assert str(tree) not in text
    assert os.uname().nodename not in text


def test_rating_again_keeps_the_earlier_label_and_counts_the_attempt(
    demo: tuple[Path, dict[str, object]],
) -> None:
    tree, first = demo
    asked = ("rate", "demo", "--out", str(tree), "--quiet")
    done = command(*asked, state=tree.parent, short=True, steady=True)
    assert done.returncode == 0, done.stderr
    (leaf,) = {path.parent for path in tree.rglob("label.json") if "history" not in path.parts}
    second = json.loads((leaf / "label.json").read_text())
    assert second["id"] != first["id"]
    assert second["conditions"]["attempts"] == 2
    past = leaf / "history" / str(first["id"])[:12] / "label.json"
    assert json.loads(past.read_text()) == first


def verify(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """With the protocols that the demo was rated with."""
    return command("verify", str(folder), *more, state=folder, short=True, small=False)


def test_verify_finds_a_changed_figure(
    demo: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    tree, _ = demo
    source = next(path.parent for path in tree.rglob("label.json"))
    for name in ("evidence.json", "label.json"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    assert verify(tmp_path).returncode == 0
    evidence = json.loads((tmp_path / "evidence.json").read_text())
    evidence["answers"]["predicted"][0] ^= 1
    (tmp_path / "evidence.json").write_text(json.dumps(evidence))
    done = verify(tmp_path, "--format", "json")
    assert done.returncode == 4
    told = json.loads(done.stdout)
    assert told["match"] is False
    assert any(line.startswith("label.id:") for line in told["differences"])
    assert any("accuracy.value" in line for line in told["differences"])


def test_verify_looks_at_the_pictures_too(
    demo: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    source = next(path.parent for path in demo[0].rglob("label.json"))
    for path in source.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    assert verify(tmp_path).returncode == 0
    for name in ("label.svg", "card.md", "badge.svg"):
        before = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(before.replace(b"energylabel", b"energylabe1", 1) + b" ")
        done = verify(tmp_path)
        assert done.returncode == 4
        assert name in done.stdout + done.stderr
        (tmp_path / name).write_bytes(before)


def test_without_a_command_the_help_is_readable() -> None:
    done = command()
    assert done.returncode == 2
    assert "\n  rate " in done.stderr
    assert command("rate", "--help").stdout.count("\\b") == 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_or_closed_stdout_is_no_bug() -> None:
    line = f"'{sys.executable}' -m energylabel workloads"
    full = subprocess.run(f"{line} > /dev/full", shell=True, capture_output=True, check=False)
    assert full.returncode == 2
    assert b"cannot be written to standard output" in full.stderr
    assert b"bug" not in full.stderr
    closed = subprocess.run(f"{line} >&-", shell=True, capture_output=True, check=False)
    assert (closed.returncode, closed.stderr) == (0, b"")


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_, **__: False)
    for wanted, coloured in (("1", False), ("", True)):
        monkeypatch.setenv("NO_COLOR", wanted)
        Output().fail("wrong", "do it right")
        assert ("\x1b" in capsys.readouterr().err) is coloured


def test_verify_refuses_a_schema_from_the_future(tmp_path: Path) -> None:
    (tmp_path / "evidence.json").write_text('{"schema_version": 3}')
    done = command("verify", str(tmp_path))
    assert done.returncode == 2
    assert "schema version 3" in done.stderr
    assert "newer energylabel" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["rat"], 2, "Did you mean"),
        (["rate"], 2, "MODEL"),
        (["rate", "demo", "--workload", "ag-new-v1"], 2, "ag-news-v1"),
        (["rate", "./nowhere"], 2, "nowhere"),
        (["rate", "demo", "--time-limit", "soon"], 2, "10m"),
        (["rate", "demo", "--accuracy-rows", "-3"], 2, "'auto' or 'all'"),
        (["rate", "demo", "--accuracy-rows", "²"], 2, "'auto' or 'all'"),
        (["rate", "demo", "--max-wh", "nan"], 2, "positive number"),
        (["rate", "demo", "--data", "missing.csv"], 2, "missing.csv"),
        (["rate", "demo", "--country", "ZZZ"], 2, "three-letter"),
        (["verify", "."], 2, "evidence.json"),
        (["workloads", "show", "sst3-v1"], 2, "sst2-v1"),
        (["standard", "v9"], 2, "text-classification-v1"),
    ],
)
def test_bad_input_is_one_line_with_a_remedy(
    *,
    arguments: list[str],
    code: int,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    extra = ["--out", str(tmp_path / "labels")] if arguments[0] == "rate" else []
    with pytest.raises(SystemExit) as ended:
        main([*arguments, *extra])
    out, err = capsys.readouterr()
    assert ended.value.code == code, err
    assert told in err
    assert "Traceback" not in err
    lines = err.strip().splitlines()
    assert len([line for line in lines if not PROGRESS.match(line)]) <= 2
    assert out == ""
    assert list(tmp_path.rglob("label.json")) == []


def test_an_error_is_an_object_with_format_json(tmp_path: Path) -> None:
    done = command(
        "rate", "./nowhere", "--format", "json", "--out", str(tmp_path / "x"), state=tmp_path
    )
    told = json.loads(done.stdout)
    assert done.returncode == told["code"] == 2
    assert told.keys() == {"code", "kind", "message", "hint", "retryable"}
    assert told["retryable"] is False


@pytest.mark.parametrize("wanted", [["--format", "json"], ["--format=json"]])
def test_a_wrong_option_too(wanted: list[str]) -> None:
    for arguments in (["--bogus", *wanted], [*wanted, "--bogus"]):
        done = command("rate", "demo", *arguments)
        assert done.returncode == 2
        assert "--bogus" in json.loads(done.stdout)["message"]
        assert done.stderr == ""


def test_the_output_folder_is_checked_before_anything_is_measured(tmp_path: Path) -> None:
    taken = tmp_path / "labels"
    taken.write_text("a file")
    began = time.monotonic()
    done = command("rate", "demo", "--out", str(taken), state=tmp_path)
    assert done.returncode == 2
    assert "Error" not in done.stdout
    assert time.monotonic() - began < 15


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_the_evidence_and_resume_continues(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    asked = ("rate", "demo", "--out", str(tmp_path / "l"), "--queries", "40")
    arguments = [sys.executable, "-m", "energylabel", *asked]
    environment = os.environ | {
        "XDG_STATE_HOME": str(tmp_path),
        "PYTHONPATH": shortened(tmp_path / "python", steady=True),
    }
    with subprocess.Popen(
        arguments,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        # What runs in the background of a script ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509
    ) as process:
        journal = None
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and journal is None:
            time.sleep(0.05)
            found = [path for path in tmp_path.rglob("*.jsonl") if '"window"' in path.read_text()]
            journal = found[0] if found else None
        process.send_signal(number)
        try:
            _, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
    assert journal is not None
    assert process.returncode == code
    assert "--resume" in stderr
    assert "Traceback" not in stderr
    before = [line for line in journal.read_text().splitlines() if '"kind":"window"' in line]
    done = command(
        *(*asked, "--resume", "--format", "json"),
        state=tmp_path,
        short=True,
        steady=True,
    )
    assert done.returncode == 0, done.stderr
    (path,) = (tmp_path / "l").rglob("evidence.json")
    evidence = json.loads(path.read_text())
    windows = evidence["windows"]
    assert evidence["sessions"] == 2
    assert [json.loads(line)["window"] for line in before] == windows[: len(before)]
    places = [(window["block"], window["position"]) for window in windows]
    assert places == [(block, position) for block in range(3) for position in range(4)]


def test_several_models_one_failing(demo: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    done = command(
        *("rate", "./nowhere", "demo", "--format", "json", "--out", str(tmp_path / "labels")),
        *("--queries", "40"),
        state=tmp_path,
        short=True,
    )
    assert done.returncode == 7, done.stderr
    told = json.loads(done.stdout)
    failed, rated = told["models"]
    assert (failed["model"], failed["error"]["kind"]) == ("./nowhere", "usage")
    assert (rated["model"], rated["label"]["subject"]["name"]) == ("demo", "energylabel/demo")


def test_gates(demo: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    done = command(
        *("rate", "demo", "--out", str(tmp_path / "labels"), "--queries", "40"),
        *("--max-wh", "0.000000001", "--fail-below-accuracy", "G"),
        state=tmp_path,
        short=True,
        steady=True,
    )
    assert done.returncode == 1, done.stderr
    assert "at most 0.000000001 was asked for" in done.stderr
    assert "no accuracy class" in done.stderr
    assert "energylabel/demo" in done.stdout
