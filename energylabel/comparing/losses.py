"""A difference → what became worse, beyond doubt and beyond what is allowed."""

from energylabel.formatting import significant
from energylabel.records import Difference


def regressions(
    found: Difference, *, energy: float | None = None, accuracy: float | None = None
) -> list[str]:
    """In words, what the second label lost against the first; empty where nothing surely did.

    A limit that nothing can be held against, as the two may not be compared, is not met either.

    Args:
        found: The new label is the second.
        energy: The largest allowed increase, relative (0.05 is 5 %).
        accuracy: The largest allowed loss, as a share (0.005 is half a point).
    """
    lost = []
    ratio, gain = found.energy_ratio, found.accuracy_gain
    for limit, refused, what in (
        (energy, found.energy_refused, "energy"),
        (accuracy, found.accuracy_refused, "accuracy"),
    ):
        if limit is not None and refused is not None:
            lost.append(f"the limit on {what} cannot be checked, not comparable: {refused}")
    if energy is not None and ratio is not None and ratio.low is not None:
        most = 1 + energy
        if ratio.low > most:
            lost.append(
                f"takes {significant(ratio.value)} times the energy (95 %: at least"
                f" {significant(ratio.low)}), at most {most:g} times was asked for"
            )
    if accuracy is not None and gain is not None:
        least = -1.0 if gain.high is None else -gain.high
        if least > accuracy:
            lost.append(
                f"lost {significant(-100 * gain.value, 2)} points of accuracy (95 %: at least"
                f" {significant(100 * least, 2)}), at most {100 * accuracy:g} were asked for"
            )
    return lost
