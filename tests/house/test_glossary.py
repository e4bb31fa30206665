"""The glossary's words are there, and the code uses each in that meaning alone."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "energylabel"
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.splitlines()
    if line.startswith("| ") and not line.startswith("| word ")
]
PLACES = sorted({place for _, _, where in ROWS for place in re.findall(r"`([\w.]+)`", where)})

ONE_MEANING = {
    "told": (),
    "fit": ("classifiers", "running", "worker"),
    "fits": (),
    "session": ("judging", "records", "running"),
    "sessions": ("judging", "records", "running"),
    "Session": (),
    "Plan": ("planning",),
    "plan": ("pipeline.py", "planning", "running"),
    "Finding": ("records",),
    "Reading": ("records",),
}
"""Names that a word of the glossary takes, and the rooms where its meaning lives."""


def test_a_word_has_one_row():
    words = [word for word, _, _ in ROWS]
    assert len(words) >= 60
    assert sorted(set(words)) == sorted(words)
    assert all(meaning.endswith((".", "!")) for _, meaning, _ in ROWS)


@pytest.mark.parametrize("place", PLACES)
def test_the_code_is_where_the_glossary_says(place: str):
    module, _, name = f"energylabel.{place}".rpartition(".")
    found = importlib.import_module(module)
    assert hasattr(found, name) or importlib.import_module(f"{module}.{name}")


def given_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What a file names: variables, arguments, attributes, functions, classes."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield node.lineno, name


def test_a_name_has_the_glossary_s_meaning():
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0]
        for line, name in given_names(ast.parse(path.read_text(encoding="utf-8"))):
            words = re.findall(r"[A-Z]?[a-z]+", name)
            for word, rooms in ONE_MEANING.items():
                if word in words and room not in rooms:
                    wrong.append(f"{path.relative_to(ROOT)}:{line}: {name}")
    assert wrong == []
