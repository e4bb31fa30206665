"""Step d: 6 layers of 768 and BERT-large, beside what others have published for one GPU."""

import statistics
from typing import Any

from .architectures import ARCHITECTURES, DISTILBERT
from .bench import JOULES_PER_WH, Bench, spread
from .record import StepRecord
from .settings import Settings

_WINDOWS = 3


def run(settings: Settings, record: StepRecord, limit_s: float) -> None:
    """Joules per text of both shapes, window by window in turn, and their ratio."""
    large = next(each for each in ARCHITECTURES if each.name == "BERT-large")
    with Bench(settings, record, limit_s) as bench:
        pair = {
            name: bench.loads(shape.build(bench.device))
            for name, shape in (("distilbert", DISTILBERT), ("bert_large", large))
        }
        for load in ("single", "batch"):
            if not bench.holds(2 * (_WINDOWS + 2) * settings.window_s, f"{load}, both shapes"):
                continue
            joules: dict[str, list[float]] = {name: [] for name in pair}
            for loads in pair.values():
                bench.warm(loads[load], settings.window_s)
            for _ in range(_WINDOWS):
                for name, loads in pair.items():
                    joules[name].append(bench.window(name, load, loads[load]))
            record.add(**{load: told(joules)})


def told(joules: dict[str, list[float]]) -> dict[str, Any]:
    """Wh per 1,000 texts of both, scatter, and BERT-large ÷ DistilBERT in joules per text."""
    means = {name: statistics.fmean(values) for name, values in joules.items()}
    return {
        "wh_per_1000": {name: 1000 * mean / JOULES_PER_WH for name, mean in means.items()},
        "scatter": {name: spread(values) for name, values in joules.items()},
        "large_to_distilbert": means["bert_large"] / means["distilbert"],
    }
