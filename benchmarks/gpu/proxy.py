"""Step e: joules against seconds, within one class of load and across: the study's claim.

Own windows of five networks in ``batch`` and in ``single``, and of a GPU that waits for a
processor (``host``); those of the steps before it count too.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from _study_fit import factor, fit, log_fit, worst_ratio

from energylabel.classifiers.reference import ReferenceTokenizer

from .architectures import ARCHITECTURES
from .bench import Bench, Work, demo_texts, trying
from .record import StepRecord, read
from .settings import STEPS, Settings

_CLASSES = ("batch", "single", "host")
_NETWORKS = ("BERT 2×128", "MiniLM 6×384", "BERT 8×512", "DistilBERT", "BERT-base")
_TIMES = (1, 2, 4)
_LITTLE = 20


def run(settings: Settings, record: StepRecord, limit_s: float) -> None:
    """See the module."""
    with Bench(settings, record, limit_s) as bench:
        chosen = [each for each in ARCHITECTURES if each.name in _NETWORKS]
        for each in chosen[: settings.architectures]:
            loads = bench.loads(each.build(bench.device))
            for load, work in loads.items():
                if bench.holds(3 * settings.window_s, f"{each.name}, {load}"):
                    trying(
                        bench, f"{each.name}, {load}", partial(once, bench, each.name, load, work)
                    )
        for times in _TIMES:
            if bench.holds(3 * settings.window_s, f"tokenizing, {times}"):
                work = tokenizing(demo_texts(settings.texts, times))
                part = partial(once, bench, f"tokenizing, {times}", "host", work)
                trying(bench, f"tokenizing, {times}", part)
        points = pairs([*before(settings), *record.content["windows"]])
        record.add(fits={name: told(*points[name]) for name in points})


def once(bench: Bench, name: str, load: str, work: Work) -> None:
    """A warm window of one load."""
    bench.warm(work, bench.settings.window_s / 2)
    bench.window(name, load, work)


def tokenizing(texts: list[str]) -> Work:
    """The reference's tokenizer: the GPU has nothing to do meanwhile."""
    tokenizer = ReferenceTokenizer()

    def go(some: list[str]) -> int:
        for text in some:
            tokenizer.encode(text)
        return len(some)

    return Work(lambda: go(texts), lambda: go(texts[:_LITTLE]))


def before(settings: Settings) -> list[dict[str, Any]]:
    """Windows of the earlier steps of this run."""
    files = (read(settings.out / f"{step.name}.json") for step in STEPS if step.name < "e")
    return [window for found in files if found for window in found.get("windows", [])]


def pairs(
    windows: Sequence[dict[str, Any]],
) -> dict[str, tuple[list[float], list[float]]]:
    """Seconds and joules per text of all windows, by class of load and over all (``across``)."""
    found: dict[str, tuple[list[float], list[float]]] = {}
    for row in windows:
        if row["load"] in _CLASSES:
            for name in (row["load"], "across"):
                seconds, joules = found.setdefault(name, ([], []))
                seconds.append(row["seconds"] / row["texts"])
                joules.append(row["joules"] / row["texts"])
    return found


def told(seconds: Sequence[float], joules: Sequence[float]) -> dict[str, Any]:
    """Line and line through logarithms; all None for fewer than three points.

    ``slope`` is in watts, ``worst`` the line's joules ÷ the true ones where they differ most (None
    where the line goes below zero), ``exponent`` and ``band`` are of the logarithms.
    """
    line, log = fit(seconds, joules), log_fit(seconds, joules)
    worst = worst_ratio(line, seconds, joules) if line else None
    return {
        "points": len(seconds),
        "slope": line.slope if line else None,
        "r2": line.r2 if line else None,
        "worst": worst if worst is not None and worst > 0 else None,
        "exponent": log.slope if log else None,
        "log_r2": log.r2 if log else None,
        "band": factor(log, seconds) if log else None,
    }
