"""Blocks whose models take turns: their ratio, what shows a memory of texts, what verifies."""

import math
from collections.abc import Sequence

import pytest
from support.evidence import (
    CPU_TIME,
    RAPL,
    make_evidence,
    make_protocol,
    make_settings,
    make_windows,
)

from energylabel.judging import contradictions
from energylabel.judging.metrics import first_pass_excess, measure
from energylabel.reckoning import interleaves
from energylabel.records import Evidence, Window
from energylabel.standard import DEFAULT, PROTOCOLS, load_scale

SCALE = load_scale(DEFAULT)


def taken(blocks: int = 12, **more: float) -> tuple[Window, ...]:
    return make_windows(0.2, interleaved=True, blocks=blocks, **more)  # type: ignore[arg-type]


def made(windows: Sequence[Window]) -> Evidence:
    return make_evidence(windows=tuple(windows))


def passes(window: Window, *seconds: float) -> Window:
    update = {
        "pass_cpu_seconds": seconds,
        "cpu_seconds": math.fsum(seconds),
        "passes": len(seconds),
        "queries": len(seconds) * window.queries // window.passes,
    }
    return window.model_copy(update=update)


def test_a_block_of_two_windows_gives_a_ratio():
    windows = [
        passes(w, 3.0) if w.role == "reference" else passes(w, 0.5, 0.7) for w in taken(cv=0)
    ]
    energy = measure(made(windows), SCALE).energy
    assert energy.blocks == 12
    assert energy.rounds == 2
    assert energy.repeatability.value == pytest.approx(100 * 0.6 / 3.0)
    half = measure(made(windows[:-1]), SCALE).energy
    assert half.blocks == 11


def test_the_slices_next_block_tells_whether_texts_are_remembered():
    def candidates(first: tuple[float, ...], again: tuple[float, ...]) -> list[Window]:
        return [
            w if w.role == "reference" else passes(w, *(first if w.block < 6 else again))
            for w in taken(cv=0)
        ]

    # Dear because it is the first of its window, which the next block's is as well: no cache.
    assert first_pass_excess(candidates((1.5, 1.0, 1.0), (1.5, 1.0, 1.0))) == pytest.approx(0)
    assert first_pass_excess(candidates((1.5,), (1.0,))) == pytest.approx(0.5)
    assert first_pass_excess(candidates((1.5, 1.2), (1.1, 1.0))) == pytest.approx(1.5 / 1.19 - 1)
    assert first_pass_excess(taken(blocks=6)) is None
    apart = [
        w.model_copy(update={"session": 1}) if w.block >= 6 else w
        for w in candidates((1.5,), (1.0,))
    ]
    assert first_pass_excess(apart) is None


def test_who_takes_turns():
    standard, quick = PROTOCOLS["standard"], PROTOCOLS["quick"]
    assert interleaves(standard, (CPU_TIME,), "cpu")
    assert not interleaves(standard, (RAPL, CPU_TIME), "cpu")
    assert not interleaves(quick, (CPU_TIME,), "cpu")


def test_interleaved_evidence_contradicts_itself_nowhere():
    assert list(contradictions(made(taken(blocks=6)))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"interleaved": False}, "interleaved"),
        ({"position": 2}, "position"),
        ({"role": "reference"}, "role"),
        ({"slice": 5}, "slice"),
        ({"started_at": 1.0}, "started_at"),
        ({"started_at": 9e9}, "started_at"),
        ({"seconds": 900.0}, "started_at"),
    ],
)
def test_what_cannot_be_of_turns_is_found(change: dict[str, object], said: str):
    windows = list(taken())
    windows[3] = windows[3].model_copy(update=change)
    found = list(contradictions(made(windows)))
    assert any(said in line for line in found), found


def test_half_a_block_and_the_wrong_rating_are_found():
    assert any("a block has 2" in line for line in contradictions(made(taken()[:-1])))
    counted = make_windows(0.2, interleaved=True, blocks=12, method="hardware-counter")
    evidence = make_evidence(windows=counted, meters=(RAPL, CPU_TIME))
    assert any("not in such a rating" in line for line in contradictions(evidence))
    quick = make_settings(protocol=make_protocol(name="quick", max_rounds=1))
    evidence = make_evidence(windows=taken(blocks=3), settings=quick)
    assert any("not in such a rating" in line for line in contradictions(evidence))
