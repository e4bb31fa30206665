"""Baselines as a rating leaves them, beside the evidence of ``support.evidence``."""

import math
import random
from typing import Any

from support.evidence import REFERENCE_CPU_SECONDS, START, make_answers, make_evidence

from energylabel.records.evidence import (
    Baseline,
    Component,
    Evidence,
    Fitting,
    Method,
    Reading,
    SliceRun,
)

SLICES = (167, 167, 167, 167, 166, 166)


def make_runs(
    ratio: float,
    *,
    wall_ratio: float | None = None,
    slices: tuple[int, ...] = (0, 1, 2),
    started_at: float = START + 420,
    cv: float = 0.01,
    method: Method = "load-model",
    components: tuple[Component, ...] = ("cpu",),
    seed: int = 0,
) -> tuple[SliceRun, ...]:
    """Windows of about two seconds; ``ratio`` is CPU-seconds per query over the reference's."""
    rng = random.Random(seed)
    runs = []
    for number, slice_ in enumerate(slices):
        noise = math.exp(rng.gauss(0, cv))
        cpu = REFERENCE_CPU_SECONDS * ratio * noise
        wall = REFERENCE_CPU_SECONDS / 2 * (ratio if wall_ratio is None else wall_ratio) * noise
        passes = max(1, math.ceil(2 / (wall * SLICES[slice_])))
        queries = passes * SLICES[slice_]
        joules = dict.fromkeys(components, 4.0 * cpu * queries)
        meter = "codecarbon" if method == "load-model" else "rapl"
        runs.append(
            SliceRun(
                session=0,
                slice=slice_,
                passes=passes,
                queries=queries,
                tokens=40 * queries,
                started_at=started_at + 3 * number,
                seconds=wall * queries,
                cpu_seconds=cpu * queries,
                foreign_cpu_share=0.01,
                energy=(Reading(meter=meter, method=method, joules=joules),) if joules else (),
            )
        )
    return tuple(runs)


def make_baseline(
    family: str = "tfidf-linear",
    ratio: float = 0.00025,
    *,
    right: int = 1760,
    rows: int = 2000,
    **overrides: Any,
) -> Baseline:
    """TF-IDF + linear at a 4,000th of the reference, 88 % right; knobs of ``make_runs`` too."""
    knobs = {"wall_ratio", "slices", "started_at", "cv", "method", "components", "seed"}
    own = {name: overrides.pop(name) for name in knobs & overrides.keys()}
    values: dict[str, Any] = {
        "family": family,
        "recipe": f"how {family} is made",
        "parameters": 120_000,
        "fitting": Fitting(
            rows=10_000, content_sha256="12" * 32, seconds=4.5, cpu_seconds=5.0, energy=()
        ),
        "windows": make_runs(ratio, **own),
        "predicted": make_answers(right, rows).predicted,
    }
    return Baseline(**values | overrides)


def make_majority(rows: int = 2000) -> Baseline:
    """The first class, always: 25 % right, at next to nothing."""
    told = {"predicted": (0,) * rows, "parameters": 4, "started_at": START + 400}
    return make_baseline("majority", 1.2e-6, rows=rows, **told)


def beside(**overrides: Any) -> Evidence:
    """The rating of ``make_evidence`` with both baselines."""
    return make_evidence(**{"baselines": (make_majority(), make_baseline())} | overrides)
