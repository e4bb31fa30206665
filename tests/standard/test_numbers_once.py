"""Every number of the standard stands once as data, where its text prints it, and is used."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from energylabel.records import Procedure, ProtocolSettings, Scale
from energylabel.standard.scales import names, standard_text, table_of

PACKAGE = Path(__file__).resolve().parents[2] / "energylabel"
WORDS = {
    0: {"no"},
    0.05: {"twentieth"},
    0.5: {"half"},
    1: {"one", "single"},
    2: {"two"},
    3: {"three"},
    4: {"four"},
    5: {"five"},
    6: {"six"},
}


@dataclass(frozen=True)
class Entry:
    """One number, or list of numbers, of a table and the comment above it."""

    name: str
    value: Any
    comment: str

    @property
    def numbers(self) -> list[float]:
        return self.value if isinstance(self.value, list) else [self.value]


def entries(standard: str) -> Iterator[Entry]:
    table, comment, lines = "", "", (PACKAGE / "standard" / f"{standard}.toml").read_text("utf-8")
    for line in lines.splitlines():
        if line.startswith("["):
            table, comment = line.partition("]")[0][1:], ""
        elif line.startswith("#"):
            comment = f"{comment} {line[1:].strip()}".strip()
        elif table and line:
            key, value = next(iter(tomllib.loads(line).items()))
            yield Entry(f"{table}.{key}", value, comment)
            comment = ""


ENTRIES = [entry for standard in names() for entry in entries(standard)]
PRINTED = [entry for entry in ENTRIES if not entry.comment.startswith("Not printed: ")]


def sections(text: str) -> dict[str, str]:
    """By number. What belongs to no item of section 5 is section 5."""
    found = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        number, body = part[0], part
        # An item goes on in lines that are indented as far as its text.
        for item in re.finditer(r"^(\d+)\. \*\*.*\n(?: {3,4}\S.*\n)*", part, re.MULTILINE):
            if number == "5":
                found[f"5.{item[1]}"] = item[0]
                body = body.replace(item[0], "")
        found[number] = body
    return {number: " ".join(body.split()) for number, body in found.items()}


def forms(name: str, number: float) -> set[str]:
    """How a text may print it."""
    plain = {f"{number:,g}" if number < 1000 else f"{number:,}"}
    if name.endswith("_s"):
        plain = {f"{number:g} s"}
    elif 0 < number < 1:
        plain |= {f"{100 * number:g} %", f"{100 * number:g} points"}
    return plain | WORDS.get(number, set())


def test_every_number_is_read_here():
    assert {entry.name.rpartition(".")[0] for entry in ENTRIES} == {
        *("energy", "error", "limits", "remarks"),
        *Procedure.model_fields,
        "warm_up.earlier",
        *("protocol.standard", "protocol.quick", "protocol.gpu"),
    }
    assert len(ENTRIES) == sum(map(count, map(table_of, names())))


def count(table: dict[str, Any]) -> int:
    """Numbers and lists of them; the name of the standard and its letters are neither."""
    return sum(
        count(value) if isinstance(value, dict) else key not in {"name", "letters"}
        for key, value in table.items()
    )


@pytest.mark.parametrize("entry", PRINTED, ids=lambda entry: entry.name)
@pytest.mark.parametrize("standard", names())
def test_the_text_prints_the_number_where_it_says(standard: str, entry: Entry):
    said = re.fullmatch(r'(\d(?:\.\d+)?): "(.+)"', entry.comment)
    assert said, "above a number stand the section and the words of the text"
    assert said[2] in sections(standard_text(standard))[said[1]]
    for number in entry.numbers:
        printed = "|".join(re.escape(form) for form in forms(entry.name, number))
        assert re.search(rf"(?<![\w.,])(?:{printed})(?![\w])", said[2], re.IGNORECASE), printed


def test_what_the_text_does_not_print_is_known():
    """A new one belongs into the text, or here with a reason in the data."""
    assert {entry.name for entry in ENTRIES} - {entry.name for entry in PRINTED} == {
        "remarks.stuck_windows",
        "remarks.clock_tolerance",
        "remarks.cpu_seconds_excess",
        "remarks.invalid_answers",
        "remarks.tied_scores",
        "remarks.asked_rows",
        "remarks.restless_share",
        "remarks.idle_change",
        "remarks.meters_gap",
        "warm_up.earlier.runs",
        "warm_up.earlier.agreement",
        "warm_up.earlier.gpu_s",
        "warm_up.earlier.gpu_limit_s",
        "windows.drift_windows",
        "windows.sampled_s",
        "windows.gpu_rest",
        "protocol.standard.warm_up_limit_s",
        "protocol.quick.min_slices",
    }


SOURCES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.parent.name != "standard" and "demo" not in path.parts
]


@pytest.mark.slow
def test_every_number_is_used():
    read = {
        node.attr
        for path in SOURCES
        if path.parent.name != "records"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
    }
    groups = [group.annotation for group in Procedure.model_fields.values()]
    known = {name for record in (Scale, ProtocolSettings, *groups) for name in record.model_fields}
    assert known - read == set()


MEASURING = ("classifiers", "judging", "planning", "reckoning", "running", "sampling", "worker")
COINCIDENCES = {
    "classifiers/_embedding/sentence.py: _MAX_MODULES": "of a hostile file",
    "classifiers/_embedding/sentence.py: _MAX_PROMPT": "characters in a hostile file",
    "classifiers/_features/logistic.py: MAX_ITERATIONS": "of the solver",
    "classifiers/_loading/private.py: (_MAX_NAME, _MOST_NAMES)": "of a hostile file",
    "classifiers/_loading/tokenizer_settings.py: _MAX_CONTENT": "characters in a hostile file",
    "classifiers/_loading/tokenizer_settings.py: _MAX_ENTRIES": "of a hostile file",
    "classifiers/_loading/tokenizer_settings.py: _MAX_LIST": "of a hostile file",
    "classifiers/_prompting/chat.py: CPU_S": "of a hostile template",
    "classifiers/_prompting/chat.py: _WALL_S": "of a hostile template",
    "classifiers/_prompting/prompt.py: LEAST_ROOM": "tokens of a text, below which none is asked",
    "classifiers/_prompting/trying.py: _NEAR": "of numbers that ought to be equal",
    "classifiers/_prompting/trying.py: _NEAR_IN_HALF": "of numbers that ought to be equal",
    "classifiers/embedding_probe.py: _FITTING": "of fitting, which the standard leaves open",
    "classifiers/reference.py: _FIRST_WORD": "an id of BERT's vocabulary",
    "judging/consistency/clock.py: (_CLOCK_S, _CLOCK_SHARE)": "by which two clocks may differ",
    "judging/consistency/replies.py: (_GAPS_S, _GAPS_SHARE)": "between a whole and its parts",
    "judging/consistency/saying.py: _COUNTING_S": "that counting processor time takes",
    "judging/consistency/sums.py: (_GAPS_S, _GAPS_SHARE, _TIMES)": "between a whole and its parts",
    "reckoning/intervals.py: _HALVINGS": "of a bisection",
    "sampling/cleaning.py: MAX_CLASSES": "of a hostile file",
    "classifiers/custom.py: _SHOWN": "of labels that an error lists",
    "worker/in_memory/elsewhere.py: _LEAST_S": "of a stretch that tells whether a function waits",
    "worker/in_memory/elsewhere.py: _IDLE": "of a stretch that a function may wait",
    "worker/in_memory/elsewhere.py: _NEVER": "of a stretch that a function computes at least",
    "worker/server.py: _PAUSE_S": "of polling",
    "worker/windows.py: _CLOCK_S": "by which two clocks may differ",
    "worker/windows.py: _CLOCK_SHARE": "by which two clocks may differ",
}


def plain(value: ast.expr) -> Iterator[float]:
    """The numbers that a constant is, or is a list or a call of; not those it is computed from."""
    if isinstance(value, ast.Constant) and type(value.value) in {int, float}:
        yield value.value
    elif isinstance(value, ast.Call):
        for argument in (*value.args, *(keyword.value for keyword in value.keywords)):
            yield from plain(argument)
    elif isinstance(value, ast.Tuple | ast.List | ast.Set | ast.Dict):
        for element in value.values if isinstance(value, ast.Dict) else value.elts:
            yield from plain(element)


def constants(path: Path) -> Iterator[tuple[str, float]]:
    """Numbers that a module or a class of it gives a name."""
    for scope in ast.walk(ast.parse(path.read_text("utf-8"))):
        for node in scope.body if isinstance(scope, ast.Module | ast.ClassDef) else ():
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                for number in plain(node.value):
                    yield ast.unparse(target), number


def test_no_constant_of_another_room_repeats_a_number():
    """Small integers say nothing; any other equal number is a second copy, or a coincidence."""
    numbers = {number for entry in ENTRIES for number in entry.numbers} - set(range(9))
    found = {
        f"{path.relative_to(PACKAGE).as_posix()}: {name}"
        for path in SOURCES
        if path.relative_to(PACKAGE).parts[0] in MEASURING
        for name, number in constants(path)
        if number in numbers
    }
    assert found == set(COINCIDENCES)


@pytest.mark.parametrize("room", ["judging", "reckoning"])
def test_what_judges_compares_with_no_number_of_its_own(room: str):
    """What formulas, units, percentiles and rounding errors take is known; all else is a limit.

    Whether evidence contradicts itself is no judgement: how far two records of one thing may be
    apart depends on clocks and counters, not on the standard.
    """
    allowed = {0, 0.5, 1, 2, 3, 4, 8, 50, 95, 99, 100, 1000, 3600.0, 60, 700.0, 1e-9}
    found = {
        f"{path.name}:{node.lineno}: {node.value}"
        for path in (PACKAGE / room).rglob("*.py")
        if path.parent.name != "consistency"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and type(node.value) in {int, float}
        and node.value not in allowed
    }
    assert found == set()
