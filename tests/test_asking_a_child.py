"""What a process of its own answers, whatever its libraries print beside it."""

import subprocess
from pathlib import Path

import pytest

from energylabel.untrusted import ask_child

CHILD = """
import json, sys

def main():
    asked = json.load(sys.stdin)
    print("a library says hello", file=sys.stderr)
    for line in asked["lines"]:
        print(line)
    while asked.get("hangs"):
        pass
    sys.exit(asked["code"])
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "one_child.py").write_text(CHILD)
    monkeypatch.syspath_prepend(tmp_path)
    return "one_child"


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["x", '{"a": 1}', '{"a": 2}', "{broken", "[3]", "bye"], {"a": 2}),
        (["nothing"], {}),
        ([], {}),
    ],
    ids=["the last object", "no object", "nothing"],
)
def test_the_last_object_is_the_answer(
    child: str, lines: list[str], answer: dict[str, int]
) -> None:
    assert ask_child(child, {"lines": lines, "code": 3}, 60.0) == (answer, 3)


def test_one_that_hangs_is_ended(child: str) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        ask_child(child, {"lines": [], "code": 0, "hangs": True}, 0.5)
