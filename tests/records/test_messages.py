"""Every message and every entry of a journal, from a record to a line and back."""

import math
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from support.asked import stretch
from support.baselines import make_baseline
from support.evidence import make_evidence, make_hardware
from support.metered import make_idle
from support.workers import make_samples, opening, resolved

from energylabel import records
from energylabel.records import AnyEntry, AnyReply, AnyRequest, Record, Request, Task

EVIDENCE = make_evidence()
READINGS = EVIDENCE.windows[0].energy
OPENED = records.ModelOpened(
    parameters=7, dtype="float32", max_tokens=64, attention="sdpa", batch=None
)
PASSES = records.MeteredPasses(
    passes=2,
    queries=8,
    tokens=90,
    started_at=1000.25,
    seconds=0.1 + 0.2,
    cpu_seconds=1e-7,
    foreign_cpu_share=None,
    energy=READINGS,
)
REST = records.MeteredRest(started_at=1000.25, seconds=10.0, busy_seconds=None, energy=READINGS)
BATCHES = records.Batches(size=32, tokens=None, peak_bytes=10**12)
AGREEMENT = records.Agreement(texts=32, scored=True, grouping="equal-lengths", flips=3, strays=30)
TASK = Task(labels=("a", "b"), wording=make_samples().wording, examples=(("ü 🙂", 1),))
INTENSITY = records.CarbonIntensity(country="DEU", grams_per_kwh=385.4, source="a table")
FITTING = make_baseline("majority").fitting

REQUESTS: list[AnyRequest] = [
    records.Hello(threads=2, device="cpu", memory_bytes=10**10),
    records.TakeTexts(texts=("", "ü\u2028\x85\r\n", '"\\', "日本語 🙂")),
    records.OpenMeters(hardware=make_hardware(), names=("rapl", "cpu_time")),
    opening(resolved(Path("/m"), files=())).model_copy(update={"task": TASK}),
    records.FitModel(role="majority", texts=("a", "b"), gold=(1, 0)),
    records.CountTokens(role="candidate", count=3),
    records.TryTexts(role="candidate", indices=(2, 0)),
    records.SizeBatches(role="candidate", indices=(2, 0, 1), size=64, tokens=16_384),
    records.CompareAnswers(role="candidate", indices=(2, 0, 1), known=AGREEMENT),
    records.RunPasses(role="reference", indices=(0,), min_seconds=0.25),
    records.MeasureWindow(role="reference", indices=(0,), min_seconds=5.0, each_pass=True),
    records.InterleaveWindows(
        indices=(2, 0), reference_passes=1, candidate_passes=3, min_seconds=2.0, turn=7
    ),
    records.MeasureRest(seconds=10.0, before=2.0),
    records.StartMeters(),
    records.StopMeters(short=True),
    records.TakeAnswers(role="candidate", start=256, stop=512),
    records.AnswerSingly(count=200),
    records.TellMemory(),
    records.TellCarbon(country="DEU"),
]
REPLIES: list[AnyReply] = [
    records.Ready(versions={"torch": "2"}, base_bytes=5, memory_bytes=None, network_cut=False),
    records.TextsTaken(count=4),
    records.MetersOpened(meters=EVIDENCE.meters),
    OPENED,
    records.ModelFitted(seconds=0.1, cpu_seconds=0.1, energy=(), opened=OPENED),
    records.TokensCounted(tokens=(0, 5, 512)),
    records.TextsTried(fails_on_empty=True),
    records.BatchesSized(batches=BATCHES),
    records.AnswersCompared(agreement=AGREEMENT),
    records.PassesRun(passes=1, seconds=0.0, cpu_seconds=0.0),
    records.WindowMeasured(measured=PASSES, pass_cpu_seconds=(0.1, 0.2)),
    records.WindowsInterleaved(
        reference=records.WindowMeasured(measured=PASSES, pass_cpu_seconds=(0.1, 0.2)),
        candidate=records.WindowMeasured(measured=PASSES, pass_cpu_seconds=(0.1, 0.2)),
    ),
    records.RestMeasured(measured=REST),
    records.MetersStarted(),
    records.MetersStopped(energy=EVIDENCE.single.energy),
    records.AnswersTaken(
        labels=(0, 3), tokens=9, uncut_tokens=12, truncated=1, tied=0, seconds=0.5
    ),
    records.SinglyAnswered(run=EVIDENCE.single),
    records.MemoryTold(peak_bytes=0),
    records.CarbonTold(intensity=INTENSITY),
    records.Failed(kind="usage", message="what", hint=""),
]
ENTRIES: list[AnyEntry] = [
    records.RatingBegun(signature="s", protocol="quick", started_at=1000.25),
    records.CandidateFitted(fitting=FITTING),
    records.BatchesFixed(batches=BATCHES),
    records.WayFound(agreement=AGREEMENT),
    records.SlicesDealt(count=3),
    records.ModelWarmed(run=EVIDENCE.warm_up[0]),
    records.RestTaken(run=make_idle()[1]),
    records.WindowTaken(window=EVIDENCE.windows[3]),
    records.BlockGivenUp(block=0),
    records.StrangersCounted(count=2),
    records.PrefillTaken(pair=records.Prefill(alone=stretch(1.0), whole=stretch(2.0, 3.5))),
    records.AnswersGiven(answers=EVIDENCE.answers),
    records.AnsweredSingly(run=EVIDENCE.single),
    records.BaselineFitted(family="majority", fitting=FITTING),
    records.BaselineWindowTaken(family="majority", run=stretch(1.0)),
    records.BaselineDone(baseline=make_baseline("majority")),
    records.RatingFailed(message="the clock jumped"),
]
UNIONS = [(AnyRequest, "op", REQUESTS), (AnyReply, "reply", REPLIES), (AnyEntry, "kind", ENTRIES)]


@pytest.mark.parametrize(("union", "tag", "examples"), UNIONS, ids=["op", "reply", "kind"])
def test_each_comes_back_as_it_was_and_they_are_told_apart(
    union: Any, tag: str, examples: list[Record]
):
    members = get_args(get_args(union)[0])
    assert [type(each) for each in examples] == list(members)
    adapter: TypeAdapter[Record] = TypeAdapter(union)
    for each in examples:
        line = each.model_dump_json()
        assert "\n" not in line
        assert "\r" not in line
        again = adapter.validate_json(line)
        assert type(again) is type(each)
        assert again == each
    assert len({each.model_dump()[tag] for each in examples}) == len(examples)


@pytest.mark.parametrize(("union", "tag", "examples"), UNIONS, ids=["op", "reply", "kind"])
def test_what_is_unknown_or_lacking_is_refused(union: Any, tag: str, examples: list[Record]):
    adapter: TypeAdapter[Record] = TypeAdapter(union)
    for each in examples:
        values = each.model_dump(mode="json")
        for wrong in (
            values | {"unheard_of": 1},
            values | {tag: "unheard-of"},
            {key: value for key, value in values.items() if key != tag},
        ):
            with pytest.raises(ValidationError):
                adapter.validate_python(wrong)
    with pytest.raises(ValidationError):
        adapter.validate_json("{}")


def test_every_request_has_a_reply_of_its_own():
    replies = [request.reply_type() for request in REQUESTS]
    assert len(set(replies)) == len(replies)
    assert {*replies, records.Failed} == {type(reply) for reply in REPLIES}
    assert [type(reply) for reply in REPLIES[:-1]] == replies
    assert all(isinstance(request, Request) for request in REQUESTS)


numbers = st.floats(min_value=0, allow_nan=False, allow_infinity=False)


@given(times=st.lists(numbers, max_size=5), seconds=numbers.filter(bool), began=numbers)
def test_no_figure_changes_on_the_way(times: list[float], seconds: float, began: float):
    measured = PASSES.model_copy(
        update={"seconds": seconds, "started_at": began, "cpu_seconds": seconds}
    )
    told = records.WindowMeasured(measured=measured, pass_cpu_seconds=tuple(times))
    again = records.WindowMeasured.from_json(told.model_dump_json())
    assert again.pass_cpu_seconds is not None
    assert [*map(float.hex, again.pass_cpu_seconds)] == [*map(float.hex, times)]
    assert again.measured.seconds.hex() == seconds.hex()
    assert again.measured.started_at.hex() == began.hex()


@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_no_text_changes_on_the_way(texts: list[str]):
    request = records.TakeTexts(texts=tuple(texts))
    line = request.model_dump_json()
    assert "\n" not in line
    assert "\r" not in line
    assert records.TakeTexts.from_json(line).texts == tuple(texts)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_no_figure(value: float):
    with pytest.raises(ValidationError, match="finite"):
        records.PassesRun(passes=1, seconds=value, cpu_seconds=0.0)


def test_words_of_an_error_may_be_no_unicode():
    failed = records.Failed(kind="internal", message="a file \udcff", hint="")
    assert failed.message == "a file ?"
    assert records.Failed.from_json(failed.model_dump_json()) == failed
