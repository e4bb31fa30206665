"""When a warm-up is over: its trend is gone, whatever its scatter."""

from collections.abc import Sequence

from energylabel.records import WarmUpRule
from energylabel.standard import PROCEDURE


def steady(runs: Sequence[float], rule: WarmUpRule | None) -> bool:
    """Whether the last of these runs show no trend (standard, section 5.3; decision 0014).

    Args:
        runs: CPU-seconds per query of each run, in their order.
        rule: ``"trend"``; None for ratings made before there was one, when the last three runs
            had to agree.
    """
    limits = PROCEDURE.warm_up
    if rule is None:
        last = runs[-limits.earlier.runs :]
        agreed = max(last) <= min(last) * (1 + limits.earlier.agreement)
        return len(last) == limits.earlier.runs and agreed
    if len(runs) < limits.runs:
        return False
    last = runs[-limits.runs :]
    sooner, later = last[: limits.runs // 2], last[limits.runs // 2 :]
    cheaper = max(later) < min(sooner) * (1 - limits.trend)
    dearer = min(later) > max(sooner) * (1 + limits.trend)
    return not (cheaper or dearer)
