"""A comparison as people read it: the rows of a table, and a sentence for each pair."""

from collections.abc import Sequence

from energylabel import formatting
from energylabel.records import ComparedLabel, Comparison, Difference, Range
from energylabel.standard import DEFAULT, load_scale

_FRACTION = 0.1
"""Ratios below it are written as 1/n."""
_MARK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def comparison_sentences(found: Comparison) -> list[str]:
    """What may be said of each pair, and the front where there is one."""
    names = [_name(place, label) for place, label in enumerate(found.labels)]
    lines = [_sentence(pair, names) for pair in found.differences]
    if len(found.labels) > 2 and found.front:
        lines.append(f"not dominated: {', '.join(names[place] for place in found.front)}")
    return lines


def comparison_rows(found: Comparison) -> list[list[str]]:
    """A heading, then a row for each label, all of as many cells; what is not known is empty."""
    priced = any(label.cost_per_million for label in found.labels)
    carbon = any(label.kg_co2e_per_million for label in found.labels)
    heading = ["", "model", "energy", "index", "Wh/1,000", "accuracy", "p95", "memory"]
    heading += ["cost/million"] * priced + ["kg CO2e/million"] * carbon + ["hardware", "workload"]
    return [heading, *(_row(n, each, priced, carbon) for n, each in enumerate(found.labels))]


def _row(place: int, label: ComparedLabel, priced: bool, carbon: bool) -> list[str]:
    about = "≈ " if label.provenance == "estimated" else ""
    index = label.energy_index
    share = formatting.percentage(label.accuracy.value)
    hardware = f"{label.hardware}{f' · {label.setup}' if label.setup else ''}"
    return [
        _mark(place),
        label.name,
        f"{about}{label.energy_range or label.energy_class}" if label.energy_class else "?",
        f"{about}{formatting.index(index.value, load_scale(DEFAULT).energy)}" if index else "",
        f"{about}{_span(label.wh_per_1000)}" if label.wh_per_1000 else "",
        f"{label.accuracy_class or '–'} {share} % of {label.rows:,}",
        formatting.duration(label.latency_p95_s),
        "" if label.peak_memory_bytes is None else formatting.size(label.peak_memory_bytes),
        *([_span(label.cost_per_million)] * priced),
        *([_span(label.kg_co2e_per_million)] * carbon),
        hardware,
        f"{label.workload_title} ({label.workload})" if label.workload_title else label.workload,
    ]


def _sentence(pair: Difference, names: Sequence[str]) -> str:
    second, first = names[pair.second], names[pair.first]
    if pair.energy_refused is not None and pair.energy_refused == pair.accuracy_refused:
        return f"{second} against {first}: not compared ({pair.energy_refused})"
    said = [_energy(pair), _accuracy(pair)]
    if pair.latency_ratio is not None:
        said.append(f"{_multiple(pair.latency_ratio)} the p95 latency")
    if pair.memory_ratio is not None:
        said.append(f"{_multiple(pair.memory_ratio)} the memory")
    text = f"{second} against {first}: {'; '.join(said)}"
    if pair.dominates is not None:
        text += f"; {names[pair.dominates]} dominates"
    return text


def _energy(pair: Difference) -> str:
    ratio = pair.energy_ratio
    if ratio is None:
        return f"energy is not compared ({pair.energy_refused})"
    # Between machines indexes alone are compared (standard, section 7).
    what = "energy" if pair.same_machine else "index"
    if ratio.low is None or ratio.high is None:
        return f"{_multiple(ratio.value)} the {what}"
    if ratio.low < _FRACTION:
        low, high = formatting.outward(ratio.low, ratio.high, _bare)
        text = f"{_multiple(ratio.value)} the {what} ({low} to {high})"
    else:
        ends = formatting.interval(ratio, _beside_one)
        text = f"{formatting.significant(ratio.value)} times the {what} ({ends})"
    return text + (", not distinguishable" if pair.energy == "not distinguishable" else "")


def _accuracy(pair: Difference) -> str:
    gain = pair.accuracy_gain
    if gain is None:
        return f"accuracy is not compared ({pair.accuracy_refused})"
    between = formatting.interval(gain, _beside_none)
    text = f"{_signed(gain.value)} points of accuracy"
    text += f" ({between} on {pair.rows:,} rows)" if between else f" on {pair.rows:,} rows"
    return text + (", not distinguishable" if pair.accuracy == "not distinguishable" else "")


def _multiple(ratio: float) -> str:
    """``3.1 times``, ``83 % of``, ``1/580 of``."""
    return f"{_bare(ratio)} {'of' if ratio < 1 else 'times'}"


def _bare(ratio: formatting.Number, way: formatting.Direction = None) -> str:
    if ratio < 1:
        return formatting.part(ratio, way)
    return formatting.significant(ratio, 3 if ratio < 3 else 2, way)


def _beside_one(ratio: formatting.Number, way: formatting.Direction) -> str:
    """An end of a ratio's interval: whether that holds 1 is what the sentence says of it."""
    return formatting.significant(ratio, 3, way, (1,))


def _beside_none(gain: formatting.Number, way: formatting.Direction) -> str:
    """An end of a gain's interval: whether that holds 0 is what the sentence says of it."""
    return _signed(gain, way, (0.0,))


def _signed(
    share: formatting.Number, way: formatting.Direction = None, limits: Sequence[float] = ()
) -> str:
    text = formatting.signed(share, way, limits)
    return "0.0" if text == "+0.0" else text.replace("-", "−")


def _span(found: Range | None) -> str:
    if found is None:
        return ""
    return formatting.significant(found.low) if found.low == found.high else formatting.span(found)


def _name(place: int, label: ComparedLabel) -> str:
    return f"{_mark(place)} ({label.name})"


def _mark(place: int) -> str:
    return _MARK[place] if place < len(_MARK) else str(place + 1)
