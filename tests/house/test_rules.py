"""The house keeps its own rules: style, types, import directions, the wheel."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from energylabel.cli.app import main

ROOT = Path(__file__).resolve().parents[2]
LABEL_FILES = {
    "badge.svg",
    "card.md",
    "confusion.svg",
    "evidence.json",
    "label.json",
    "label.png",
    "label.svg",
}


def run(*command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["importlinter.cli", "lint"],
    ],
    ids=["ruff", "format", "mypy", "imports"],
)
def test_static_checks_are_green(command: list[str]) -> None:
    if command[0] == "importlinter.cli":
        done = run(
            sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"
        )
    else:
        done = run(sys.executable, "-m", *command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_is_too_long() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("energylabel", "tests", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {name: count for name, count in lengths.items() if count > 350} == {}


@pytest.mark.slow
def test_a_wheel_renders_from_its_own_templates(tmp_path: Path) -> None:
    built = run(
        sys.executable,
        *("-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"),
        *("-w", str(tmp_path / "dist"), str(ROOT)),
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(site)
    assert {"energylabel/templates/label.svg.j2", "energylabel/templates/page/page.css"} <= names
    assert any(name.endswith("text-classification-v1.md") for name in names)
    assert not any(name.startswith(("labels/", "tests/", "benchmarks/")) for name in names)
    example = next((ROOT / "labels").rglob("evidence.json")).parent
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "evidence.json").write_bytes((example / "evidence.json").read_bytes())
    (copy / "label.json").write_bytes((example / "label.json").read_bytes())
    script = (
        "import energylabel, sys; energylabel.relabel(sys.argv[1]); print(energylabel.__file__)"
    )
    done = run(sys.executable, "-P", "-c", script, str(copy), cwd=tmp_path, PYTHONPATH=str(site))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(site / "energylabel" / "__init__.py")
    assert {path.name for path in copy.iterdir()} == LABEL_FILES


def committed_labels() -> list[Path]:
    return sorted(path.parent for path in (ROOT / "labels").rglob("evidence.json"))


def test_there_are_example_labels() -> None:
    assert len(committed_labels()) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("folder", committed_labels(), ids=lambda path: path.parts[-4])
def test_committed_labels_follow_from_their_evidence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "label"
    copy.mkdir()
    for name in ("evidence.json", "label.json"):
        (copy / name).write_bytes((folder / name).read_bytes())
    assert called("verify", copy) == 0
    assert capsys.readouterr().out.strip() == "the label follows from its evidence"
    assert called("render", copy) == 0, capsys.readouterr().err
    for name in LABEL_FILES:
        assert (copy / name).read_bytes() == (folder / name).read_bytes(), name


def called(command: str, folder: Path) -> object:
    """The exit code of a command, run in this process."""
    with pytest.raises(SystemExit) as ended:
        main([command, str(folder)])
    return ended.value.code
