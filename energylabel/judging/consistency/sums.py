"""Windows: whole passes over a slice, whose parts sum, read by the meters that took part."""

from collections.abc import Iterator, Sequence

from energylabel.judging.consistency.saying import Check, above, below, cpu_seconds_in, unequal
from energylabel.meters import METERS, Meter
from energylabel.reckoning import shortest_window_s
from energylabel.records import Evidence, Reading, SliceRun
from energylabel.standard import DEFAULT, load_scale

_GAPS_S, _GAPS_SHARE, _TIMES = 0.02, 0.005, 3
_ROUNDING_S = 1e-6
_CLOCK = "cpu_time"


def passes(evidence: Evidence) -> Iterator[str]:
    """Queries, tokens and seconds of each run are those of whole passes over its slice."""
    slices = evidence.settings.slices
    floor = shortest_window_s(evidence.settings.protocol, evidence.meters, evidence.settings.device)
    floor *= 1 - load_scale(DEFAULT).clock_tolerance
    for place, _, run in runs_of(evidence):
        queries = run.passes * slices[run.slice]
        yield from unequal(f"{place}.queries", run.queries, "its passes over its slice", queries)
        yield from below(f"{place}.seconds", run.seconds, "the shortest of the protocol", floor)
        most = cpu_seconds_in(evidence, run.seconds)
        yield from above(f"{place}.cpu_seconds", run.cpu_seconds, "what its seconds hold", most)
        if run.foreign_cpu_share is not None:
            others = run.foreign_cpu_share * run.cpu_seconds
            yield from above(
                f"{place}.foreign_cpu_share, in seconds,", others, "what there are", most
            )


def tokens(evidence: Evidence) -> Iterator[str]:
    """A model reads a slice with the same tokens every time; all slices make the queries."""
    slices, asked = evidence.settings.slices, len(evidence.answers.gold)
    seen: dict[tuple[str, int], int] = {}
    for place, role, run in runs_of(evidence):
        first = seen.setdefault((role, run.slice), run.tokens // run.passes)
        expected = first * run.passes
        yield from unequal(
            f"{place}.tokens", run.tokens, "the slice's tokens in its passes", expected
        )
    answered = evidence.answers.tokens
    for role, whole, name in (
        ("reference", evidence.reference.tokens, "reference.tokens"),
        ("candidate", answered, "answers.tokens"),
    ):
        met = [seen[role, number] for number in range(len(slices)) if (role, number) in seen]
        place = f"the tokens of the {role}'s slices"
        yield from above(place, sum(met), name, whole)
        same_rows = role == "reference" or asked == evidence.settings.queries
        if len(met) == len(slices) and same_rows:
            yield from unequal(name, whole, place, sum(met))


def processor_time(evidence: Evidence) -> Iterator[str]:
    """A window's CPU-seconds are those of its passes, and what lies between them.

    That is the same little in every window of a model: counting costs it, more on a machine with
    many processes. A meter that stands in for all others may replay other CPU-seconds.
    """
    if any(meter.stands_in for meter in _known(evidence)):
        return
    sums = [sum(window.pass_cpu_seconds) for window in evidence.windows]
    over: dict[str, list[float]] = {}
    for window, own in zip(evidence.windows, sums, strict=True):
        over.setdefault(window.role, []).append(window.cpu_seconds - own)
    for number, (window, own) in enumerate(zip(evidence.windows, sums, strict=True)):
        place = f"windows[{number}]"
        there = len(window.pass_cpu_seconds)
        yield from unequal(f"{place}.passes", window.passes, "those of pass_cpu_seconds", there)
        counting = max(0.0, min(over[window.role]))
        most = own + _GAPS_S + _GAPS_SHARE * own + _TIMES * counting
        other, name = "the sum of its pass_cpu_seconds", f"{place}.cpu_seconds"
        yield from below(name, window.cpu_seconds, other, own - _ROUNDING_S)
        yield from above(name, window.cpu_seconds, f"{other} and what lies between them", most)


def readings(evidence: Evidence) -> Iterator[str]:
    """Every meter that gives joules is read in every window, the last to start first."""
    counting = [meter for meter in evidence.meters if meter.covers]
    said = [(meter.name, meter.method, sorted(meter.covers)) for meter in reversed(counting)]
    stretches: list[tuple[str, Sequence[Reading]]] = [
        (place, run.energy) for place, _, run in runs_of(evidence)
    ]
    stretches += [(f"idle[{n}]", run.energy) for n, run in enumerate(evidence.idle)]
    for place, energy in stretches:
        found = [(each.meter, each.method, sorted(each.joules)) for each in energy]
        yield from unequal(f"{place}.energy", found, "what the meters cover", said)
    # What is too short for a meter is without its reading.
    brief = [("single", evidence.single.energy)]
    brief += [(f"fitting {n}", each.energy) for n, each in enumerate(evidence.fittings)]
    for place, energy in brief:
        found = [(each.meter, each.method, sorted(each.joules)) for each in energy]
        if found != [each for each in said if each in found]:
            yield f"{place}.energy is of {found}, but the meters cover {said}"
    stretches += [*brief]
    for place, energy in stretches:
        for reading in energy:
            if reading.usage is not None or not all(each > 0 for each in reading.joules.values()):
                yield f"{place}.energy: {reading.meter} gave {reading.joules}, which is no energy"


def meters(evidence: Evidence) -> Iterator[str]:
    """Meters of this program are what it says of them; one of them counts processor time."""
    names = [meter.name for meter in evidence.meters]
    if len(set(names)) != len(names):
        yield f"meters are {names}, not each once"
    if _CLOCK not in names:
        yield f"meters are {names}, but {_CLOCK} takes part in every rating"
    for record in evidence.meters:
        known = METERS.found.get(record.name)
        if known is None or known.stands_in:
            continue
        place, other = f"meter {record.name}", "what it is known for"
        yield from unequal(f"the method of {place}", record.method, other, known.method)
        if not known.covers.issuperset(record.covers) or bool(known.covers) != bool(record.covers):
            yield f"{place} covers {record.covers}, but it is known for {sorted(known.covers)}"


def runs_of(evidence: Evidence) -> Iterator[tuple[str, str, SliceRun]]:
    """Each run over a slice: where it stands, whose it is, and itself."""
    for number, window in enumerate(evidence.windows):
        yield f"windows[{number}]", window.role, window
    for number, pair in enumerate(evidence.prefill):
        yield f"prefill[{number}].alone", "candidate:prefill", pair.alone
        yield f"prefill[{number}].whole", "candidate", pair.whole
    for place, each in enumerate(evidence.baselines):
        for number, run in enumerate(each.windows):
            yield f"baselines[{place}].windows[{number}]", each.family, run


def _known(evidence: Evidence) -> list[Meter]:
    found = METERS.found
    return [found[meter.name] for meter in evidence.meters if meter.name in found]


SUMS: tuple[Check, ...] = (passes, tokens, processor_time, readings, meters)
