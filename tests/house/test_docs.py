"""What the documentation names is there: rooms, files, headings that links lead to."""

import re
from pathlib import Path

import click
import pytest

from energylabel import errors
from energylabel.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "energylabel"
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *(page for page in DOCS.rglob("*.md") if "_made" not in page.parts),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ]
)
MADE = {DOCS / "reference" / "commands" / f"{name}.rst" for name in app.commands}
"""Pages that the site makes of the commands' definitions."""
MAP = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
_PATH = re.compile(r"`([\w.*-]+(?:/[\w.*-]*)+)`")
_INCLUDED = re.compile(r"^```\{include\} (\S+)$", re.MULTILINE)


def test_the_map_has_every_room_and_no_other() -> None:
    table = MAP.partition("| room | its job |")[2].partition("\n\n")[0]
    named = {
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])
    }
    there = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert named == there | modules


def test_the_map_names_files_that_are_there() -> None:
    lacking = []
    for path in _PATH.findall(MAP):
        if any(base.glob(path) and list(base.glob(path)) for base in (ROOT, PACKAGE)):
            continue
        lacking.append(path)
    assert lacking == []


def included(page: Path) -> list[str]:
    """The files that a page takes in, but for those that the site makes."""
    names = _INCLUDED.findall(page.read_text(encoding="utf-8"))
    return [name for name in names if "_made/" not in name]


def anchors(page: Path) -> set[str]:
    """What GitHub, and the site, make of the headings of a page."""
    text = page.read_text(encoding="utf-8")
    texts = [text, *((page.parent / each).read_text("utf-8") for each in included(page))]
    headings = re.findall(r"^#+ (.+)$", "\n".join(texts), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        other = page if not place else page.parent / place
        if other.resolve() in MADE:
            continue
        if not other.exists() or (anchor and anchor not in anchors(other)):
            broken.append(target)
    assert broken == []


def commands_shown(page: Path) -> list[list[str]]:
    """The command lines of the program on a page, in words."""
    text = re.sub(r"\\\n\s*", "", page.read_text(encoding="utf-8"))
    lines = re.findall(r"^(?:\$ )?energylabel (.+)$", text, re.MULTILINE)
    return [re.sub(r"\s(?:#|\|\|?|>) .*", "", line).split() for line in lines]


def unknown(words: list[str]) -> list[str]:
    """What of a command line the program does not have."""
    command: click.Command = app
    context = click.Context(app)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0] not in command.commands:
            return [words[0]]
        command, words = command.commands[words[0]], words[1:]
        context = click.Context(command, context, help_option_names=["-h", "--help"])
    known = {name for each in command.get_params(context) for name in each.opts}
    given = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return [name for name in given if name not in known]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_that_are_shown_exist(page: Path) -> None:
    assert [line for line in commands_shown(page) if unknown(line)] == []


def test_an_option_that_is_not_there_would_be_seen() -> None:
    assert unknown(["rate", "demo", "--no-such"]) == ["--no-such"]
    assert unknown(["rating", "demo"]) == ["rating"]
    assert unknown(["workloads", "show", "sst2-v1", "--format", "toml"]) == []
    assert sum(len(commands_shown(page)) for page in PAGES) > 40


def test_every_variable_of_the_program_is_explained() -> None:
    text = (DOCS / "reference" / "environment.md").read_text(encoding="utf-8")
    used = {
        name
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r"\bENERGYLABEL_[A-Z_]+", path.read_text(encoding="utf-8"))
    }
    assert used
    assert {name for name in used if f"`{name}`" not in text} == set()


def test_every_exit_code_is_explained() -> None:
    text = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    codes = {
        int(code)
        for row in re.findall(r"^\| ([\d, ]+) \|", text, re.MULTILINE)
        for code in row.split(",")
    }
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    known = {value.exit_code for value in classes if issubclass(value, errors.EnergyLabelError)}
    assert known | {0, 1, 7, 130, 143} == codes
