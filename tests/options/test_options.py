"""One definition of the options: what it refuses, and that everybody offers all of it."""

import dataclasses
import inspect
import json
import math
from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import Any

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import energylabel
from energylabel import api
from energylabel.cli.parameters import chosen
from energylabel.cli.rate import rate
from energylabel.errors import UsageError
from energylabel.options import OFFERS, Offer, Options
from energylabel.records.job import Job

FIELDS = [each.name for each in dataclasses.fields(Options)]
WRITTEN: dict[str | None, Callable[[Any], str]] = {
    "duration": lambda seconds: f"{seconds}s",
    "size": lambda count: f"{count}B",
}
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
PATTERNED = {
    "device": st.sampled_from(["auto", "cpu", "cuda", "cuda:0", "cuda:12"]),
    "country": st.sampled_from(["DEU", "fra"]),
}


def values_of(offer: Offer) -> st.SearchStrategy[Any]:
    """Every kind of value that an option takes."""
    least, most = offer.choice.least or 0, offer.choice.most
    by_kind: dict[object, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(least, most),
        float: st.floats(0, offer.choice.below, exclude_min=True, exclude_max=True),
        str: PATTERNED.get(offer.name, TEXT),
        NoneType: st.none(),
    }
    kinds = [by_kind[kind] for kind in offer.kinds if not isinstance(kind, str)]
    words = [kind for kind in offer.kinds if isinstance(kind, str)]
    return st.one_of(*kinds, *map(st.just, words))


OPTIONS = st.fixed_dictionaries({offer.name: values_of(offer) for offer in OFFERS})


@settings(deadline=None)
@given(OPTIONS)
def test_json_goes_both_ways(values: dict[str, Any]):
    job = Job(model="org/name", options=Options(**values))
    again = Job.from_json(job.canonical())
    assert again == job
    assert dataclasses.asdict(again.options) == values
    assert json.loads(job.canonical())["options"].keys() == values.keys()


def another(offer: Offer) -> Any:
    """A fit value that is not the default."""
    if offer.name in PATTERNED:
        return {"device": "cuda:3", "country": "FRA"}[offer.name]
    if bool in offer.kinds:
        return not offer.default
    for word in offer.words:
        if word != offer.default:
            return word
    if offer.choice.below < math.inf:
        return offer.choice.below / 2
    return 7 if {int, float} & {*offer.kinds} else "else"


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.name)
def test_every_option_is_reached_from_everywhere(
    offer: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    value = another(offer)
    seen: list[Job] = []

    def stages(job: Job, observer: object) -> Any:
        seen.append(job)
        raise UsageError("enough")

    monkeypatch.setattr(api, "stages", stages)
    with pytest.raises(UsageError, match="enough"):
        energylabel.rate("demo", **{offer.name: value})
    read = Job.from_json(json.dumps({"model": "demo", "options": {offer.name: value}}))

    told: list[Options] = []
    command = click.Command(
        "rate", params=rate.params, callback=lambda **all: told.append(chosen(all))
    )
    monkeypatch.chdir(tmp_path)
    if offer.choice.written == "file":
        (tmp_path / "else").touch()
    written = WRITTEN.get(offer.choice.written, str)(value)
    words = [offer.flag] if isinstance(value, bool) else [offer.flag, written]
    done = CliRunner().invoke(command, words, catch_exceptions=False, standalone_mode=False)
    assert done.exception is None

    assert [getattr(each, offer.name) for each in (seen[0].options, read.options, *told)] == [
        value,
        value,
        value,
    ]
    assert seen[0] == read
    assert told == [read.options]


def test_everybody_tells_of_all_options_in_one_order():
    listed = [each.name for each in OFFERS]
    assert listed == FIELDS
    assert [each.name for each in rate.params if each.name in FIELDS] == listed
    signature = inspect.signature(energylabel.rate).parameters
    assert list(signature) == ["model", "tokenizer", *listed, "observer"]
    assert {name: signature[name].default for name in listed} == dataclasses.asdict(Options())
    documented = energylabel.rate.__doc__ or ""
    assert all(f"\n        {name}: " in documented for name in listed)
    assert "**options" not in documented
    schema = Job.model_json_schema()["$defs"]["Options"]["properties"]
    assert {name: each["description"] for name, each in schema.items()} == {
        offer.name: offer.choice.about for offer in OFFERS
    }


def test_python_gives_paths_and_mappings():
    options = Options.given(
        {"data": Path("a/b.csv"), "out": Path("x"), "label_map": {"LABEL_0": "negative"}}
    )
    assert (options.data, options.out) == ("a/b.csv", "x")
    assert json.loads(options.label_map or "") == {"LABEL_0": "negative"}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"dtype": "int4"}, "unknown dtype 'int4'"),
        ({"batch_size": 0}, "batch size: 0 is no number of 1 or more"),
        ({"batch_size": 1.5}, "batch size: 1.5 is no number"),
        ({"queries": 0}, "queries: 0 is no number of 1 or more"),
        ({"queries": "10"}, "queries: '10' is no number"),
        ({"queries": True}, "queries: True is no number"),
        ({"queries": 100_001}, "queries: 100001 is more than 100,000"),
        ({"accuracy_rows": 0}, r"accuracy rows: 0 is no number of 1 or more \(or auto, all\)"),
        ({"accuracy_rows": -5}, "accuracy rows: -5"),
        ({"accuracy_rows": "some"}, "accuracy rows: 'some'"),
        ({"accuracy_rows": 1.5}, "accuracy rows: 1.5"),
        ({"shots": -1}, "shots: -1 is no number of 0 or more"),
        ({"time_limit_s": 0.0}, "the time limit must be above 0"),
        ({"time_limit_s": -1.0}, "above 0"),
        ({"time_limit_s": math.nan}, "above 0"),
        ({"time_limit_s": math.inf}, "above 0"),
        ({"time_limit_s": "10m"}, "above 0"),
        ({"time_limit_s": True}, "above 0"),
        ({"protocol": "x"}, "unknown protocol 'x'"),
        ({"country": "Germany"}, "the country 'Germany' is no three-letter ISO code"),
        ({"country": "D3U"}, "no three-letter"),
        ({"country": ""}, "no three-letter"),
        ({"device": "tpu"}, "unknown device 'tpu'"),
        ({"device": "cuda:"}, "unknown device 'cuda:'"),
        ({"resume": 1}, "resume: 1 is neither true nor false"),
        ({"wait_s": -1}, "the time to wait must be 0 or more"),
        ({"wait_s": float("inf")}, "the time to wait must be 0 or more"),
        ({"time_limit_s": 0}, "the time limit must be above 0"),
        ({"text_column": None}, "text column: None is no text"),
        ({"max_download_bytes": 2**53}, "is more than"),
    ],
    ids=str,
)
def test_options_out_of_range(bad: dict[str, Any], message: str):
    for make in (Options.given, lambda values: Options(**values)):
        with pytest.raises(UsageError, match=message) as caught:
            make(bad)
        assert caught.value.hint
    Options()


def test_an_option_that_there_is_not():
    with pytest.raises(UsageError, match=r"there is no option shot$") as caught:
        energylabel.rate("demo", shot=2)
    assert caught.value.hint == "did you mean shots?"
    with pytest.raises(UsageError, match="no option zzz") as caught:
        energylabel.rate("demo", zzz=2)
    assert caught.value.hint.startswith("there are: workload, data, ")
