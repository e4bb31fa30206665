"""The standard's numbers that a GPU may move, each with what a run measured of it."""

import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from .runs import NOT_MEASURED, Run, percent, shown

_STEADY = 0.01
_BOUNDS = "| energy index up to † | 4.4 | 8.8 | 17.7 | 35.4 | 70.7 | 141 | above |"
_LETTERS = "ABCDEFG"


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the standard: its section, the words that hold it, and what a run says of it."""

    section: str
    quote: str
    measured: Callable[[Run], str]


def within(value: float | None, low: float, high: float, unit: str = "") -> str:
    """A value beside a range: inside of it, or by what factor it lies outside."""
    if value is None:
        return NOT_MEASURED
    factor = max(low / value, value / high)
    told = "within" if factor <= 1 else f"{factor:.2f} times off"
    return f"{value:.3g}{unit} ({told})"


def published(run: Run) -> str:
    """Off by a factor of 2 is a warning, by 5 a defect (standard, section 8)."""
    value = run.found("d", "single", "wh_per_1000", "distilbert")
    if value is None:
        return NOT_MEASURED
    factor = max(0.2 / value, value / 0.3)
    verdict = "" if factor <= 2 else ", a warning" if factor <= 5 else ", a defect"
    return within(value, 0.2, 0.3, " Wh") + verdict


def stand_in(run: Run) -> str:
    """The index of BERT-base's shape, filled with trained weights."""
    values = run.found("c", "base_index")
    if not values:
        return NOT_MEASURED
    mean = statistics.fmean(values)
    told = "within" if abs(mean - 100) <= 3 else "outside"
    blocks = ", ".join(f"{value:.1f}" for value in values)
    return f"{mean:.1f} ({told}; blocks {blocks}; a MiniLM's weights in BERT-base's shape)"


def margin(run: Run) -> str:
    """How far trained weights moved the joules, at most."""
    index, ratio = run.found("c", "base_index"), run.found("c", "trained_to_seeded")
    moved = [abs(statistics.fmean(index) / 100 - 1)] if index else []
    moved += [abs(statistics.fmean(ratio) - 1)] if ratio else []
    return f"{percent(max(moved))}: weights moved the joules" if moved else NOT_MEASURED


def distilbert(run: Run) -> str:
    """DistilBERT's index in ``batch``."""
    for row in run.found("c", "architectures") or []:
        if row["name"] == "DistilBERT":
            return f"{row['batch']['index']:.1f}"
    return NOT_MEASURED


def letters(run: Run) -> str:
    """Architectures whose class on this GPU is another than on a CPU."""
    rows = run.found("c", "architectures") or []
    if not rows:
        return NOT_MEASURED
    moved = [
        f"{row['name']} {cpu} → {gpu}"
        for row in rows
        if (cpu := letter(row["cpu_index"])) != (gpu := letter(row["batch"]["index"]))
    ]
    told = f": {', '.join(moved)}" if moved else ""
    return f"{len(moved)} of {len(rows)} architectures have another class than on a CPU{told}"


def letter(index: float) -> str:
    """The class of an energy index."""
    bounds = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", _BOUNDS)]
    return _LETTERS[sum(index > bound for bound in bounds)]


def lines(run: Run) -> str:
    """R² within each class of load."""
    values = {name: run.found("e", "fits", name, "r2") for name in ("batch", "single")}
    told = [f"{name} {value:.4f}" for name, value in values.items() if value is not None]
    return ", ".join(told) or NOT_MEASURED


def across(run: Run) -> str:
    """What one line through all classes of load is off by."""
    fit = run.found("e", "fits", "across")
    if not fit or fit["r2"] is None:
        return NOT_MEASURED
    worst = fit["worst"]
    off = "below zero" if worst is None else f"{max(worst, 1 / worst):.2f}-fold"
    return f"the worst of {fit['points']} points is off {off}, R² {fit['r2']:.4f}"


def lengths(run: Run) -> str:
    """The shortest windows that scatter by a hundredth at most, both ways."""
    rows = run.found("b", "windows") or []
    told = []
    for kind, words in (("aligned", "aligned"), ("plain", "not aligned")):
        known = [(row["seconds"], row[f"{kind}_spread"]) for row in rows]
        steady = [length for length, spread in known if spread is not None and spread <= _STEADY]
        if any(spread is not None for _, spread in known):
            shortest = f"from {min(steady):g} s" if steady else "at no length tried"
            told.append(f"{words} {shortest}")
    return f"spread of 1 % or less: {'; '.join(told)}" if told else NOT_MEASURED


def warm_up(run: Run) -> str:
    """Seconds until the runs agreed, of reference and candidate."""
    rows = run.found("a", "warm_up") or []
    told = [f"{r['role']} {r['seconds']:.0f} s{'' if r['steady'] else ', unsteady'}" for r in rows]
    return "; ".join(told) or NOT_MEASURED


def budgets(run: Run) -> str:
    """Joules with other batches ÷ those with 16,384 tokens."""
    rows = [row for row in run.found("f", "formats") or [] if "tokens" in row["name"]]
    return ", ".join(f"{row['name']}: × {row['ratio']:.3f}" for row in rows) or NOT_MEASURED


def repeated(run: Run) -> str:
    """The scatter of quick indexes."""
    values = run.found("b", "quick_indexes") or []
    if len(values) < 2:
        return NOT_MEASURED
    spread = percent(run.found("b", "quick_spread"))
    return f"{len(values)} quick indexes, {min(values):.3g}–{max(values):.3g}, spread {spread}"


NUMBERS = (
    Number("8", "must read 100 ± 3 on a CPU", stand_in),
    Number("8", "± 10 % † more counts as borderline on a GPU", margin),
    Number("8", "0.2 to 0.3 Wh per 1,000 queries have been published", published),
    Number(
        "8",
        "BERT-large ÷ DistilBERT is 2.7 to 4.2 there at batch 1",
        lambda run: within(run.found("d", "single", "large_to_distilbert"), 2.7, 4.2),
    ),
    Number(
        "8",
        "about 7 once the device is saturated",
        lambda run: shown(run.found("d", "batch", "large_to_distilbert")),
    ),
    Number("8", "an index near 50 on a saturated device", distilbert),
    Number("8", "R² of 0.99 has been published", lines),
    Number("8", "off 2.6-fold for embeddings and 5- to 15-fold for TF-IDF", across),
    Number("8", "took about 30 Wh on an H100", lambda _: f"{NOT_MEASURED}: no such model here"),
    Number("4", _BOUNDS, letters),
    Number("2", "on a GPU up to 16,384 padded tokens †", budgets),
    Number("5.3", "At least 10 s †", warm_up),
    Number("5.4", "on a GPU 10 s, unless its ends are aligned to the counter's ticks", lengths),
    Number("5.6", "± 2 % † or less", repeated),
    Number(
        "5.8",
        "idle power is measured for 10 s",
        lambda run: shown(run.found("b", "idle_watts"), ".1f", " W at rest"),
    ),
)
