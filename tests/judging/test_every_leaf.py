"""Change any leaf of evidence: it contradicts another, or docs/explanation/verifying.md lists it.

A forger makes label and pictures anew, so that only what is told twice can give a change away.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from energylabel.classifiers import families
from energylabel.judging import contradictions
from energylabel.pipeline import differences, relabel
from energylabel.records import Component, Evidence, Method, Moment, ProtocolName, Role

ROOT = Path(__file__).parents[2]
LABELS, HISTORIC = ROOT / "labels", ROOT / "tests" / "historic"
FILES = {
    "demo": LABELS / "energylabel/demo",
    "in words": LABELS / "local/SmolLM2-135M-Instruct/cfbccc037748/ag-news-heldout-v1--score",
    "probe": LABELS / "local/all-MiniLM-L6-v2/faccdbdeb4a0/ag-news-heldout-v1",
    "recipe": LABELS / "energylabel/tfidf-linear/68cb223886d7/ag-news-heldout-v1",
    "Hub": HISTORIC / "schema-2/processor",
    "written": HISTORIC / "schema-2/asked-in-words",
    "GPUs": HISTORIC / "schema-2/two-gpus",
    "turns": HISTORIC / "schema-2/interleaved",
}
"""Folders; of the files in one, the smallest."""

COMPARED = (
    {"texts": 32, "scored": True, "grouping": "any-lengths"},
    {"texts": 32, "scored": True, "grouping": "any-lengths", "flips": 1, "fails_on_empty": True},
    {"texts": 32, "scored": True, "grouping": "equal-lengths", "strays": 9, "flips": 2,
     "restored": True, "repeated_strays": 4, "repeated_flips": 1},
)  # fmt: skip
"""What a comparison found; the label that is tried with it was made before there was one."""

ELSEWHERE = (
    ({"runtime": "onnxruntime"}, "float32", {"MatMul": 12, "FusedMatMul": 2}, None),
    (
        {"runtime": "onnxruntime", "precision": "int8"},
        "int8",
        {"MatMul": 12, "MatMulIntegerToFloat": 38},
        {"texts": 32, "scored": True, "grouping": "any-lengths"},
    ),
)
"""Setup, number format, kernels, and what a comparison found, with another runtime."""

TIME_SPENT: dict[str, Any] = {
    "total_s": 305.0,
    "parts_s": {"resolving": 2.5, "reference": 200.0, "model": 100.0, "writing": 2.5},
}
"""Of the session that ended a rating."""

COPIED = {"copies": {"2": 3, "5": 1}, "repeated": 7, "contradicting": 2, "empty": 3}
OWN_FILE = {
    "encoding": "Latin-1",
    "bad_rows": 3,
    "unknown_rows": {"neutral": 4},
    "reference_accuracy": {"value": 0.9, "source": "declared by whoever rated", "declared": True},
}
"""What evidence has where rows repeat each other, and where a file of the user's was read."""

EVIDENCE = sorted((*LABELS.rglob("evidence.json"), *HISTORIC.rglob("evidence.json")))

MEMBERS: dict[str, tuple[Any, ...]] = {
    "device": ("cpu", "cuda"),
    "family": tuple(families()),
    "method": get_args(Method),
    "moment": get_args(Moment),
    "name": get_args(ProtocolName),
    "origin": ("hub", "file", "embedded"),
    "outcome": ("completed", "interrupted", "failed"),
    "power_source": ("mains", "battery"),
    "protocol": get_args(ProtocolName),
    "role": get_args(Role),
    "source": ("hub", "folder", "embedded", "callable"),
    "covers": get_args(Component),
    "accuracy_rows": ("all", "auto"),
}
DAY = 86_400.0
KINDS = ("caught", "bounded", "free")


def smallest(folder: Path) -> dict[str, Any]:
    path = min(folder.rglob("evidence.json"), key=lambda path: path.stat().st_size)
    values: dict[str, Any] = json.loads(path.read_bytes())
    return values


def leaves(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of leaves and lists: of a list the first and last item, the middle of outer ones."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*at, key))
    elif isinstance(value, list):
        yield at
        middle = {len(value) // 2} if len(at) < 2 else set()
        for number in sorted({0, len(value) - 1} | middle if value else ()):
            yield from leaves(value[number], (*at, number))
    else:
        yield at


def pattern(at: tuple[Any, ...], values: dict[str, Any]) -> str:
    """``windows[*].seconds``; what of a model depends on where it came from, says so."""
    text = ""
    for part in at:
        text += "[*]" if isinstance(part, int) else f".{part}"
    if isinstance(value_at(values, at), list):
        text += "[]"
    for mapping in (
        "versions",
        "details",
        "words",
        "baselines_left_out",
        "unknown_rows",
        "copies",
        "products",
    ):
        text = re.sub(rf"\.{mapping}\.[^\[]+$", f".{mapping}.*", text)
    for mapping in ("joules",):
        text = re.sub(rf"\.{mapping}\.\w+", f".{mapping}.*", text)
    if text in {".subject.revision", ".subject.architecture"} or text.startswith(".subject.files"):
        source = values["subject"]["source"] if values["subject"]["files"] else "recipe"
        text += f" ({source})"
    return text.removeprefix(".")


def value_at(values: Any, at: tuple[Any, ...]) -> Any:
    for part in at:
        values = values[part]
    return values


def changes(key: Any, value: Any) -> tuple[list[Any], list[Any]]:
    """What a forger could write instead: near, and far."""
    near: list[Any] = []
    far: list[Any] = []
    if key in MEMBERS and (isinstance(value, str) or value is None):
        near = [each for each in MEMBERS[key] if each != value]
        near += [f"{value}x"] if key == "name" else []
    elif isinstance(value, bool):
        near = [not value]
    elif isinstance(value, int):
        near, far = [value + 1, value - 1], [value * 10 + 7, value // 10, value * 1000 + 7]
    elif isinstance(value, float) and key in {"started_at", "finished_at"}:
        near, far = [value + 60, value - 60], [value + DAY, value - DAY]
    elif isinstance(value, float):
        near, far = [value * 1.01, value * 0.99], [value * 10, value / 10, value * 1000]
    elif isinstance(value, str) and re.fullmatch(r"[0-9a-f]{40,}", value):
        near = [("1" if value[0] == "0" else "0") + value[1:]]
    elif isinstance(value, str):
        near, far = [f"{value}x"], [value[:-1], "x"]
    elif value is None:
        far = [1, 1.5, "x", True]
    else:
        near = [value[:-1], value[1:]]
    return near, far


def is_caught(values: dict[str, Any]) -> bool:
    evidence = read(values)
    return evidence is None or bool(contradictions(evidence))


def read(values: dict[str, Any]) -> Evidence | None:
    try:
        return Evidence.from_dict(values)
    except ValueError:
        return None


def kind_of(values: dict[str, Any], at: tuple[Any, ...]) -> str:
    """Whether every near change is caught, or some of all, or none."""
    parent, key = value_at(values, at[:-1]), at[-1]
    was = parent[key]
    field = next(part for part in reversed(at) if isinstance(part, str))
    near, far = changes(field, was)
    found = []
    for number, change in enumerate((*near, *far)):
        if number == len(near) and near and all(found):
            break
        if {True, False} == set(found):
            break
        if change == was and type(change) is type(was):
            continue
        parent[key] = change
        if was is not None or read(values) is not None:  # of another type than it could be
            found.append(is_caught(values))
        parent[key] = was
    if all(found):
        return "caught"
    return "bounded" if any(found) else "free"


def measured() -> dict[str, str]:
    """The weakest kind of each pattern over all files."""
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for folder in FILES.values():
        values = smallest(folder)
        assert not is_caught(values), folder
        for at in leaves(values):
            if at:
                kinds[pattern(at, values)].add(kind_of(values, at))
    for found in COMPARED:
        more = {"agreement": dict(found), "time_spent": TIME_SPENT}
        values = smallest(FILES["demo"]) | more
        assert not is_caught(values), found
        for at in leaves(more):
            kinds[pattern(at, values)].add(kind_of(values, at))
    for setup, dtype, products, found in ELSEWHERE:
        values = smallest(FILES["Hub"])
        values["settings"]["setup"] |= setup
        values["settings"]["attention"] = "exported"
        values["subject"]["dtype"] = dtype
        values["versions"] |= dict.fromkeys(("onnx", "onnx-ir", "onnxruntime", "onnxscript"), "1")
        values["exported"] = {"texts": 150, "flips": 2, "apart": 1e-6, "products": products}
        places = ["exported"]
        if found is not None:
            values["agreement"] = found | {"scaled": {"texts": 150, "flips": 3}}
            places.append("agreement")
        assert not is_caught(values), contradictions(Evidence.from_dict(values))
        for place in places:
            for at in leaves(values[place], (place,)):
                kinds[pattern(at, values)].add(kind_of(values, at))
    values = smallest(FILES["demo"])
    values["answers"] |= COPIED
    values["workload"] |= OWN_FILE
    assert not is_caught(values)
    for place, fields in (("answers", COPIED), ("workload", OWN_FILE)):
        for name in fields:
            for at in leaves(values[place][name], (place, name)):
                kinds[pattern(at, values)].add(kind_of(values, at))
    return {name: max(found, key=KINDS.index) for name, found in kinds.items()}


def listed() -> dict[str, str]:
    """What docs/explanation/verifying.md says of each place."""
    text = (ROOT / "docs" / "explanation" / "verifying.md").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for kind, heading in (
        ("free", "## What nothing else tells"),
        ("bounded", "## What others bound"),
    ):
        table = text.partition(heading)[2].partition("\n## ")[0]
        rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
        for places, why in rows:
            assert why.strip(), places
            for place in re.findall(r"`([^`]+)`", places):
                names = expanded(place)
                assert not found.keys() & {*names}, names
                found |= dict.fromkeys(names, kind)
    return found


def expanded(place: str) -> list[str]:
    """``a.{b,c}`` → ``a.b``, ``a.c``."""
    before, brace, rest = place.partition("{")
    if not brace:
        return [place]
    inner, _, after = rest.partition("}")
    return [name for each in inner.split(",") for name in expanded(before + each + after)]


@pytest.mark.slow
def test_what_one_place_tells_alone_is_documented_and_nothing_else() -> None:
    found = {name: kind for name, kind in measured().items() if kind != "caught"}
    assert found == listed()


def halve(values: dict[str, Any]) -> None:
    for window in values["windows"]:
        if window["role"] == "candidate":
            window["cpu_seconds"] /= 2


def exchange(values: dict[str, Any]) -> None:
    values["subject"]["files"][-1]["sha256"] = "0" * 64


def drop(values: dict[str, Any]) -> None:
    values["windows"] = values["windows"][4:]


def shorten(values: dict[str, Any]) -> None:
    values["settings"]["protocol"]["min_estimated_window_s"] = 0.1


@pytest.mark.parametrize(
    ("forge", "told"),
    [
        (halve, r"evidence: windows\[1\]\.cpu_seconds is .*, less than the sum of its pass_cpu"),
        (exchange, "evidence: subject.revision is '.*', but the SHA-256 over subject.files is '0?"),
        (drop, r"evidence: windows\[0\]\.block is 1, but that of its turn is 0"),
        (shorten, "evidence: settings.protocol.min_estimated_window_s is 0.1, but that of .* is 2"),
    ],
)
def test_a_label_made_anew_from_forged_evidence_is_found(
    tmp_path: Path, forge: Callable[[dict[str, Any]], None], told: str
) -> None:
    values = smallest(FILES["probe"])
    forge(values)
    evidence = Evidence.from_dict(values)
    (tmp_path / "evidence.json").write_bytes(evidence.canonical())
    relabel(tmp_path)
    found = differences(tmp_path)
    assert any(re.match(told, line) for line in found), found
    assert all(line.startswith("evidence: ") for line in found)


def test_a_recipe_that_is_not_the_revision_is_found() -> None:
    values = smallest(FILES["recipe"])
    values["subject"]["architecture"] += "x"
    (told,) = contradictions(Evidence.from_dict(values))
    assert told.startswith("subject.revision is '68cb223886d7")


@pytest.mark.parametrize("path", EVIDENCE, ids=lambda path: "/".join(path.parts[-4:-1]))
def test_a_rating_does_not_contradict_itself(path: Path) -> None:
    assert contradictions(Evidence.from_json(path.read_bytes())) == ()
