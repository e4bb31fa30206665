"""The rooms of the house: each says what it is for, and is entered by its door alone."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "energylabel"
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
FILES = sorted(PACKAGE.rglob("*.py"))
LARGEST = 10
"""Files of a room that has one job."""
LISTS = {"classifiers", "cli", "exporting", "meters", "records", "rendering"}
"""Rooms that are one file for each of many things of a kind: families, commands, nouns."""


def room_of(path: Path) -> str | None:
    """The room that a file lies in; None at the top of the package."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else None


def module_room(module: str) -> str:
    """``energylabel.room.file`` → ``room``; empty for the package itself."""
    return module.partition(".")[2].partition(".")[0]


def imported(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, module and name of everything of our own that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            if node.module and node.module.partition(".")[0] == "energylabel":
                yield from ((node.lineno, node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "energylabel":
                    yield node.lineno, alias.name, ""


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "cli"])
def test_a_room_says_its_job_and_lists_its_public_names(room: str) -> None:
    tree = ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))
    said = ast.get_docstring(tree) or ""
    assert said.split("\n")[0].endswith("."), "the first line is one sentence: its job"
    if room != "records":
        assert "In:" in said
        assert "Out:" in said
    names, listed = [], None
    for node in tree.body[1:]:
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.module.startswith(f"energylabel.{room}."), "of this room alone"
            names += [alias.asname or alias.name for alias in node.names]
        else:
            assert isinstance(node, ast.Assign), "nothing is done at the door"
            listed = ast.literal_eval(node.value)
    assert listed is not None
    assert sorted(names) == sorted(listed)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_other_rooms_are_entered_by_the_door(path: Path) -> None:
    own = room_of(path)
    wrong = []
    for line, module, name in imported(path):
        _, _, inside = module.removeprefix("energylabel").removeprefix(".").partition(".")
        room = module_room(module) or (name if name in ROOMS else "")
        if room not in ROOMS or room == own:
            continue
        if inside or (PACKAGE / room / f"{name}.py").is_file():
            # The one function that starts the program is named in pyproject.toml.
            if (path.name, module) == ("__main__.py", "energylabel.cli.app"):
                continue
            wrong.append(f"{path.relative_to(ROOT)}:{line}: from {module} import {name}")
    assert wrong == []


def test_every_public_name_is_used_by_another_room() -> None:
    """A name that no other room, plug-in's documentation or the front door needs is private."""
    used: dict[str, set[str]] = {room: set() for room in ROOMS}
    for path in FILES:
        own = room_of(path)
        text = path.read_text(encoding="utf-8")
        for _, module, name in imported(path):
            room = module_room(module)
            if room in used and room != own:
                used[room].add(name)
            elif name in used and name != own:
                attributes = ast.walk(ast.parse(text))
                used[name] |= {
                    node.attr
                    for node in attributes
                    if isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id in {name, "known"}
                }
    documented = "".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "docs").rglob("*.md"))
        if "_made" not in path.parts
    )
    idle = {}
    for room in ROOMS:
        tree = ast.parse((PACKAGE / room / "__init__.py").read_text(encoding="utf-8"))
        names = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        left = sorted(name for name in names - used[room] if name not in documented)
        if left:
            idle[room] = left
    assert idle == {}


def test_the_layers_name_all_rooms_and_nothing_else() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (layers,) = (c["layers"] for c in contracts["contracts"] if c["type"] == "layers")
    named = {
        part.strip().removeprefix("energylabel.") for line in layers for part in line.split("|")
    }
    modules = {path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"}
    assert named == set(ROOMS) | modules


def test_few_modules_lie_outside_of_a_room() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 12


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_one_job(room: str) -> None:
    count = len([p for p in (PACKAGE / room).glob("*.py") if p.stem != "__init__"])
    assert count <= (2 if room in LISTS else 1) * LARGEST, "two jobs, or a folder inside"


def test_tests_lie_where_the_rooms_are() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    assert set(ROOMS) - folders == set()
