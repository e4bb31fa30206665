"""The policy gates of ``energylabel rate``."""

from typing import Any

from energylabel.cli.parameters import LETTERS
from energylabel.formatting import significant
from energylabel.records import Label


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
    if limit is not None and (energy.wh_per_1000 is None or energy.wh_per_1000.value > limit):
        wh = energy.wh_per_1000
        amount = "no figure in" if wh is None else significant(wh.value)
        found.append(f"{name} takes {amount} Wh per 1,000 texts, at most {limit:g} was asked for")
    return found
