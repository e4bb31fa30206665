"""A difference → what became worse, beyond doubt and beyond what is allowed."""

from energylabel.formatting import DOWN, bound, exact, significant
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
    if energy is not None and ratio is not None:
        most = float(1 + exact(energy))  # 1.2, not 1.1999…
        if ratio.low is None:
            lost.append("the limit on energy cannot be checked: the ratio has no interval")
        # Between machines a difference has to be larger to be one (standard, section 7).
        elif ratio.low > most and found.energy == "more":
            lost.append(
                f"takes {significant(ratio.value, limits=(most,))} times the energy (95 %: at least"
                f" {significant(ratio.low, 3, DOWN, (most,))}), at most {bound(most)} times was"
                " asked for"
            )
    if accuracy is not None and gain is not None:
        if gain.high is None:
            lost.append("the limit on accuracy cannot be checked: the difference has no interval")
        elif -gain.high > accuracy:
            middle, points, allowed = (exact(s, 2) for s in (-gain.value, -gain.high, accuracy))
            lost.append(
                f"lost {significant(middle, 2, None, (allowed,))} points of accuracy (95 %: at"
                f" least {significant(points, 2, DOWN, (allowed,))}), at most {bound(allowed)}"
                " were asked for"
            )
    return lost
