"""What evidence says of another runtime: findings, and what cannot be so."""

import json
from pathlib import Path
from typing import Any

import pytest

from energylabel.judging import contradictions, judge
from energylabel.records import Evidence, Finding

BASE = Path(__file__).parents[1] / "historic" / "schema-2" / "processor"
VERSIONS = {"onnx": "1.23.2", "onnx-ir": "1.1.0", "onnxruntime": "1.32.0", "onnxscript": "0.7.2"}
EXPORTED = {"texts": 150, "flips": 2, "apart": 3e-7, "products": {"MatMul": 12}}
INTEGER = {"MatMul": 12, "MatMulIntegerToFloat": 38}


def values(dtype: str = "float32", **changes: Any) -> dict[str, Any]:
    """The JSON of a rating with ONNX Runtime; changes are by dotted name, None drops a place."""
    (path,) = BASE.rglob("evidence.json")
    found: dict[str, Any] = json.loads(path.read_bytes())
    found["settings"]["setup"]["runtime"] = "onnxruntime"
    found["settings"]["attention"] = "exported"
    found["versions"] |= VERSIONS
    found["subject"]["dtype"] = dtype
    found["exported"] = dict(EXPORTED)
    if dtype == "int8":
        found["settings"]["setup"]["precision"] = "int8"
        found["exported"] |= {"products": INTEGER, "apart": 0.3}
        found["agreement"] = {"texts": 32, "scored": True, "grouping": "any-lengths"}
        found["agreement"]["scaled"] = {"texts": 150, "flips": 0}
    for name, value in changes.items():
        *places, last = name.split("__")
        at = found
        for place in places:
            at = at[place]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return found


def evidence(dtype: str = "float32", **changes: Any) -> Evidence:
    return Evidence.from_dict(values(dtype, **changes))


def found(name: str, of: Evidence) -> Finding:
    label = judge(of)
    return next(each for each in label.findings if each.name == name)


def test_a_rating_does_not_contradict_itself() -> None:
    for each in (evidence(), evidence("int8"), evidence(settings__setup__precision="float32")):
        assert contradictions(each) == ()


@pytest.mark.parametrize(
    ("dtype", "changes", "said"),
    [
        ("float32", {"exported": None}, "exported is not there, but settings.setup.runtime"),
        ("float32", {"settings__setup__runtime": None}, "exported is there, but"),
        ("float32", {"settings__attention": "sdpa"}, "settings.attention is 'sdpa'"),
        ("float32", {"settings__setup__precision": "bfloat16"}, "which the runtime onnxrun"),
        ("float32", {"settings__setup__runtime": "pytorch"}, "which is not named"),
        ("float32", {"subject__family": "zero-shot-nli"}, "which zero-shot-nli does not"),
        ("float32", {"versions__onnxruntime": None}, "versions lacks onnxruntime"),
        ("float32", {"exported__texts": 201}, "exported.texts is 201, more than"),
        ("float32", {"exported__texts": 3}, "exported.texts is 3, less than"),
        ("float32", {"exported__flips": 151}, "exported.flips is 151, more than"),
        ("float32", {"exported__apart": 2e-4}, "exported.apart is 0.0002, more than"),
        ("float32", {"exported__products": INTEGER}, "but settings.setup.precision is 'auto'"),
        ("float32", {"subject__dtype": "int8"}, "subject.dtype is 'int8', but that of"),
        ("int8", {"exported__products": {"MatMul": 1}}, "exported.products are MatMul, but"),
        ("int8", {"agreement__scaled": None}, "agreement.scaled is not there"),
        ("int8", {"agreement__scaled": {"texts": 9, "flips": 0}}, "agreement.scaled.texts is 9"),
        ("int8", {"agreement__scaled": {"texts": 150, "flips": 16}}, "but 16 texts differed"),
        ("int8", {"subject__dtype": "float32"}, "subject.dtype is 'float32'"),
    ],
    ids=str,
)
def test_what_cannot_be_is_found(dtype: str, changes: dict[str, Any], said: str) -> None:
    assert any(said in line for line in contradictions(evidence(dtype, **changes)))


def test_float32_is_pytorch_s_but_for_rounding() -> None:
    one = found("runtime", evidence())
    assert one.outcome == "passed"
    assert one.message.startswith("ONNX Runtime 1.32.0 computed PyTorch's scores to 150 texts")
    assert "0.00003 %" in one.message


def test_int8_says_how_many_answers_are_pytorch_s() -> None:
    one = found("runtime", evidence("int8"))
    assert one.outcome == "noted"
    assert "38 of 50 products of matrices in integers" in one.message
    assert "148 of 150 texts had the label that PyTorch gives in float32" in one.message


def test_answers_that_hang_on_their_batch_are_a_caution() -> None:
    assert found("scaled-by-batch", evidence("int8")).outcome == "passed"
    some = found("scaled-by-batch", evidence("int8", agreement__scaled={"texts": 150, "flips": 3}))
    assert some.outcome == "warned"
    assert some.message.startswith("3 of 150 texts had another label in a batch than alone")


def test_texts_that_went_alone_for_it_are_told_and_nothing_else_is_said_of_them() -> None:
    found_so = {"texts": 32, "scored": True, "grouping": "one-by-one"}
    found_so["scaled"] = {"texts": 150, "flips": 40}
    alone = evidence("int8", agreement=found_so, settings__batch_size=1, reference__batch_size=32)
    assert contradictions(alone) == ()
    names = {each.name: each for each in judge(alone).findings}
    assert names["scaled-by-batch"].outcome == "warned"
    assert names["scaled-by-batch"].message.endswith(": all were asked one at a time")
    assert "own-answers" not in names
    # Where batches hold one text by choice, nothing was changed.
    chosen = evidence("int8", settings__batch_size=1)
    assert found("scaled-by-batch", chosen).outcome == "passed"


def test_the_label_says_the_runtime_and_int8_is_native() -> None:
    label = judge(evidence("int8"))
    assert label.conditions.ran == "cpu · onnxruntime · int8"
    assert label.conditions.native
    plain = evidence(exported=None, settings__setup__runtime=None, settings__attention="sdpa")
    label = judge(plain)
    assert label.conditions.ran == "cpu · float32"
