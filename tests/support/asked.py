"""Evidence of models that are told the question in words."""

from typing import Any

from support.evidence import make_answers, make_evidence, make_settings, make_subject

from energylabel import workloads
from energylabel.records.evidence import Evidence, Prefill, Reading, SliceRun
from energylabel.records.subject import UNANSWERED
from energylabel.records.workload import Asking

NEWS = ("World", "Sports", "Business", "Sci/Tech")


def stretch(cpu_seconds: float, joules: float | None = None, queries: int = 100) -> SliceRun:
    """A window over so many queries; with joules it was counted."""
    counted = Reading(meter="rapl", method="hardware-counter", joules={"cpu": joules or 1.0})
    return SliceRun(
        session=0,
        slice=0,
        tokens=10 * queries,
        started_at=1.8e9,
        foreign_cpu_share=0.0,
        passes=1,
        queries=queries,
        seconds=1.0,
        cpu_seconds=cpu_seconds,
        energy=() if joules is None else (counted,),
    )


PAIRS = (
    Prefill(alone=stretch(6.0), whole=stretch(10.0)),
    Prefill(alone=stretch(12.4, queries=200), whole=stretch(10.0)),
    Prefill(alone=stretch(6.4), whole=stretch(20.0, queries=200)),
)
"""Shares of 0.60, 0.62 and 0.64 per query."""


def written(predicted: tuple[int, ...], **overrides: Any) -> Evidence:
    """A rating in mode ``generate``; label 4 is no valid answer."""
    gold = tuple(n % 4 for n in range(len(predicted)))
    answers = make_answers().model_copy(
        update={
            "predicted": predicted,
            "gold": gold,
            "tokens": 100 * len(gold),
            "uncut_tokens": 110 * len(gold),
            "framing": 60 * len(gold),
            "generated": 3 * len(gold),
        }
    )
    asking = Asking(wording=workloads.wording("en"), mode="generate")
    values: dict[str, Any] = {
        "subject": make_subject(family="prompted-lm", labels=(*NEWS, UNANSWERED)),
        "settings": make_settings(label_map=(0, 1, 2, 3, None), asking=asking),
        "answers": answers,
        "prefill": PAIRS,
    }
    return make_evidence(**values | overrides)
