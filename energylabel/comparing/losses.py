"""A difference → what became worse, beyond doubt and beyond what is allowed."""

from energylabel.formatting import significant
from energylabel.records import Difference


def regressions(
    found: Difference, *, energy: float | None = None, accuracy: float | None = None
) -> list[str]:
    """In words, what the second label lost against the first; empty where nothing surely did.

    Args:
        found: The new label is the second.
        energy: The largest allowed increase, relative (0.05 is 5 %).
        accuracy: The largest allowed loss, as a share (0.005 is half a point).
    """
    lost = []
    ratio, gain = found.energy_ratio, found.accuracy_gain
    if energy is not None and ratio is not None and ratio.low is not None:
        limit = 1 + energy
        if ratio.low > limit:
            lost.append(
                f"takes {significant(ratio.value)} times the energy (95 %: at least"
                f" {significant(ratio.low)}), at most {limit:g} times was asked for"
            )
    if accuracy is not None and gain is not None:
        least = -1.0 if gain.high is None else -gain.high
        if least > accuracy:
            lost.append(
                f"lost {significant(-100 * gain.value, 2)} points of accuracy (95 %: at least"
                f" {significant(100 * least, 2)}), at most {100 * accuracy:g} were asked for"
            )
    return lost
