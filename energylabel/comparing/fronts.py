"""Who dominates whom among many labels: what each pair's difference says, for all pairs at once.

A pair takes a difference about a millisecond, and ten thousand labels have fifty million pairs.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from energylabel.records import Estimate, Evidence, Label
from energylabel.standard import load_scale

if TYPE_CHECKING:
    import numpy as np

_AT_FIRST, _AT_ONCE = 32, 256
"""Labels that others are held against in one product of matrices."""


@dataclass(frozen=True, slots=True)
class Contender:
    """What decides about a label's place on a front.

    ``field`` is a digest of what the standard wants to be the same for two labels to be compared
    (section 7), ``content`` the SHA-256 of the rows asked. ``costs`` are the ratios to the
    reference whose intervals count, the one that gives the index first. ``gold`` holds the rows'
    own labels, two bytes each; ``right`` a bit for each row, whether the answer was right.
    """

    field: str
    standard: str
    costs: tuple[Estimate, ...]
    content: str
    gold: bytes
    right: bytes


@dataclass(frozen=True, slots=True)
class Dominated:
    """Those that dominate a label, by their place; ``all``: there are no more of them."""

    by: tuple[int, ...] = ()
    all: bool = True


def contender(label: Label, asked: Mapping[str, Any]) -> Contender | None:
    """A label as a contender; None where the standard lets it be compared with nothing.

    Args:
        label: That follows from the evidence.
        asked: Of the evidence: ``gold``, ``predicted``, ``label_map``, ``queries``, ``seed`` and
            ``content_sha256``.
    """
    if label.quick_look or any(finding.outcome == "invalid" for finding in label.findings):
        return None
    import numpy as np

    energy = label.metrics.energy
    estimated = label.provenance == "estimated"
    costs = (energy.repeatability, *((energy.cpu_ratio, energy.wall_ratio) if estimated else ()))
    if any(cost.value <= 0 for cost in costs):
        return None
    # An answer for which the workload has no label is never right.
    known = np.array([-1 if each is None else each for each in asked["label_map"]], np.int32)
    gold = np.asarray(asked["gold"], np.int32)
    right = known[np.asarray(asked["predicted"], np.int32)] == gold
    return Contender(
        field=_field(label, asked),
        standard=label.standard,
        costs=costs,
        content=asked["content_sha256"],
        gold=_once(gold.astype(np.uint16).tobytes()),
        right=np.packbits(right).tobytes(),
    )


@lru_cache(maxsize=64)
def _once(rows: bytes) -> bytes:
    """The same object for the same rows, which thousands of labels share."""
    return rows


def _field(label: Label, asked: Mapping[str, Any]) -> str:
    hardware, workload = label.hardware, label.workload
    alike = (
        label.standard,
        workload.name,
        workload.labels,
        workload.rows,
        asked["seed"],
        asked["queries"],
        hardware.slug,
        hardware.physical_cores,
        hardware.architecture,
        label.provenance,
        label.metrics.energy.components,
    )
    return hashlib.sha256(repr(alike).encode()).hexdigest()[:16]


def asked_of(evidence: Evidence) -> dict[str, Any]:
    """What :func:`contender` wants to know of evidence."""
    return {
        "gold": evidence.answers.gold,
        "predicted": evidence.answers.predicted,
        "label_map": evidence.settings.label_map,
        "queries": evidence.settings.queries,
        "seed": evidence.workload.seed,
        "content_sha256": evidence.workload.content_sha256,
    }


def dominated(
    contenders: Sequence[Contender | None],
    *,
    most: int | None = None,
    kinds: Sequence[str] | None = None,
) -> list[Dominated | None]:
    """Of each contender those that dominate it, as :func:`energylabel.comparing.compare` finds.

    Args:
        contenders: None for a label that is compared with nothing, which has None here too.
        most: Enough of them for one label; None: all are looked for.
        kinds: Of each label; those that dominate one are then of as many kinds as there are,
            the cheapest of each first.
    """
    found: list[Dominated | None] = [None if each is None else Dominated() for each in contenders]
    fields: defaultdict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(contenders):
        if each is not None:
            fields[each.field].append(place)
    for places in fields.values():
        group = [each for place in places if (each := contenders[place]) is not None]
        named = [kinds[place] if kinds else "" for place in places]
        for at, by in enumerate(_within(group, most, named)):
            if by:
                whole = most is None or len(by) < most
                kept = by if most is None else by[:most]
                found[places[at]] = Dominated(tuple(places[each] for each in kept), whole)
    return found


def _within(group: Sequence[Contender], most: int | None, kinds: Sequence[str]) -> list[list[int]]:
    """Of each of one field those that dominate it, by their place in it."""
    import numpy as np

    found: list[list[int]] = [[] for _ in group]
    scale = load_scale(group[0].standard)
    costs = _Costs(group, scale.estimate_widening)
    cohorts = list(_cohorts(group, _by_turns(group, kinds)))
    for others in cohorts:
        for ours in cohorts:
            rows = _rows_in_common(group[ours[0]], group[others[0]])
            if not rows:
                continue
            left = np.array(ours)
            for start, end in _chunks(len(others)):
                if most is not None:
                    left = left[[len(found[each]) < most for each in left]]
                if not len(left):
                    break
                chunk = np.array(others[start:end])
                beaten = costs.below(chunk, left)
                worth = beaten.any(axis=1)
                if worth.any():
                    no_less = _no_less_accurate(
                        _bits(group, left[worth], rows),
                        _bits(group, chunk, rows),
                        scale.dominance_margin,
                    )
                    beaten[worth] &= no_less
                if most is not None:  # the first of them are enough
                    beaten &= np.cumsum(beaten, axis=1) <= most
                for one, other in np.argwhere(beaten):
                    found[left[one]].append(int(chunk[other]))
    return found


def _chunks(count: int) -> Iterator[tuple[int, int]]:
    """Small ones first: after them most labels have been dominated often enough."""
    start, size = 0, _AT_FIRST
    while start < count:
        yield start, start + size
        start, size = start + size, min(2 * size, _AT_ONCE)


class _Costs:
    """Energies of a group on the logarithm's scale, with half-widths of their intervals."""

    def __init__(self, group: Sequence[Contender], widening: float) -> None:
        import numpy as np

        self._value = np.log([[cost.value for cost in each.costs] for each in group])
        halves = [[_half(cost) for cost in each.costs] for each in group]
        self._half = np.array(halves)
        # Of an estimate the interval is widened (standard, section 3).
        self._wider = math.log(widening) if len(group[0].costs) > 1 else 0.0

    def below(self, chunk: "np.ndarray[Any, Any]", left: "np.ndarray[Any, Any]") -> Any:
        """Whether the whole interval of the ratio lies below 1: a row for each of ``left``."""
        import numpy as np

        ratio = self._value[chunk][None] - self._value[left][:, None]
        half = np.hypot(self._half[chunk][None], self._half[left][:, None])
        return (ratio + half).max(axis=2) + self._wider <= 0


def _half(cost: Estimate) -> float:
    """Half the width of the logarithm's interval; without one nothing is beyond doubt."""
    return math.log(cost.high / cost.low) / 2 if cost.low and cost.high else math.inf


def _by_turns(group: Sequence[Contender], kinds: Sequence[str]) -> list[int]:
    """The cheapest of every kind, then the second of every kind, and so on."""
    cheapest = sorted(range(len(group)), key=lambda at: group[at].costs[0].value)
    met: defaultdict[str, int] = defaultdict(int)
    turns = []
    for at in cheapest:
        turns.append(met[kinds[at]])
        met[kinds[at]] += 1
    return [at for _, at in sorted(zip(turns, cheapest, strict=True), key=lambda pair: pair[0])]


def _cohorts(group: Sequence[Contender], order: Iterable[int]) -> Iterator[list[int]]:
    """Those that were asked the very same rows, in this order."""
    same: defaultdict[tuple[bytes, str], list[int]] = defaultdict(list)
    for place in order:
        same[(group[place].gold, group[place].content)].append(place)
    yield from same.values()


def _rows_in_common(one: Contender, other: Contender) -> int:
    """Rows that both were asked; none where they are not the same rows."""
    shorter = min(len(one.gold), len(other.gold))
    alike = one.gold[:shorter] == other.gold[:shorter]
    same = len(one.gold) != len(other.gold) or one.content == other.content
    return shorter // 2 if alike and same else 0


def _bits(group: Sequence[Contender], places: Iterable[int], rows: int) -> Any:
    import numpy as np

    packed = [np.frombuffer(group[at].right, np.uint8) for at in places]
    return np.stack([np.unpackbits(each, count=rows) for each in packed]).astype(np.float32)


def _no_less_accurate(ours: Any, others: Any, margin: float) -> Any:
    """Whether the others' paired gain has its lower bound at −margin or above."""
    from energylabel.reckoning import gains_at_least

    both = ours @ others.T
    gained, lost = others.sum(axis=1)[None] - both, ours.sum(axis=1)[:, None] - both
    return gains_at_least(gained, lost, ours.shape[1], -margin)
