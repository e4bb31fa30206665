"""The policy gates of ``energylabel rate``."""

from typing import Any

from energylabel.cli.parameters import LETTERS
from energylabel.formatting import significant
from energylabel.records import EnergyMetrics, Label


def broken(label: Label, options: dict[str, Any]) -> list[str]:
    """Which gates the label does not pass, in words."""
    grades, energy = label.grades, label.metrics.energy
    name = label.subject.name
    found = []
    for wanted, grade, what in (
        (options["fail_below_energy"], grades.energy, "energy"),
        (options["fail_below_accuracy"], grades.accuracy, "accuracy"),
    ):
        if wanted is None:
            continue
        if grade.letter is None:
            found.append(f"{name} has no {what} class, {wanted} or better was asked for")
        elif LETTERS.index(grade.letter) > LETTERS.index(wanted.upper()):
            found.append(
                f"{name} has {what} class {grade.letter}, {wanted} or better was asked for"
            )
    limit = options["max_wh"]
    if limit is not None and (fault := _over(energy, limit)):
        found.append(f"{name} {fault}")
    return found


def _over(energy: EnergyMetrics, limit: float) -> str:
    """What keeps the energy from being surely at most ``limit`` Wh; empty where nothing does.

    Of an estimate the whole range has to lie within.
    """
    asked = f"at most {limit:g} was asked for"
    if energy.modelled is not None:
        wh = energy.modelled.wh_per_1000
        ends = f"≈ {significant(wh.low)}–{significant(wh.high)} Wh per 1,000 texts"
        if wh.low > limit:
            return f"takes {ends} (the whole range of an estimate is above), {asked}"
        if wh.high > limit:
            return (
                f"may take more than was asked for: {ends} (an estimate, whose whole range has to"
                f" be within), {asked}; only energy counters can tell"
            )
        return ""
    if energy.wh_per_1000 is None:
        return f"has no figure in Wh per 1,000 texts, {asked}"
    value = energy.wh_per_1000.value
    return f"takes {significant(value)} Wh per 1,000 texts, {asked}" if value > limit else ""
