"""What was fitted here: the model, the baselines beside it; and the prefill apart."""

from collections.abc import Iterator

from energylabel.classifiers import MAJORITY, families
from energylabel.judging.consistency.saying import Check, above, cpu_seconds_in, unequal
from energylabel.reckoning import complete_blocks
from energylabel.records import Evidence
from energylabel.standard import PROCEDURE


def same_rows(evidence: Evidence) -> Iterator[str]:
    """All that is fitted in a rating is fitted on the first of the same rows."""
    fittings, classes = evidence.fittings, len(evidence.workload.labels)
    names = ([evidence.subject.family] if evidence.fitting else []) + [
        each.family for each in evidence.baselines
    ]
    rows = max((each.rows for each in fittings), default=0)
    for name, each in zip(names, fittings, strict=True):
        place = f"the fitting of {name}"
        for field in ("content_sha256", "own_rows", "asked_rows"):
            first = getattr(fittings[0], field)
            found = getattr(each, field)
            yield from unequal(f"{field} of {place}", found, f"that of {names[0]}", first)
        known = families().get(name)
        if known is not None:
            most = min(rows, known.training_rows)
            yield from unequal(f"the rows of {place}", each.rows, "those it takes", most)
        missing = [label for label in each.unlearnt if label >= classes]
        if missing or list(each.unlearnt) != sorted(set(each.unlearnt)):
            yield f"unlearnt of {place} is {each.unlearnt}, of {classes} labels"
        if len(each.unlearnt) >= classes:
            yield f"unlearnt of {place} is {each.unlearnt}, all labels"
        most_s = cpu_seconds_in(evidence, each.seconds)
        yield from above(
            f"cpu_seconds of {place}", each.cpu_seconds, "what its seconds hold", most_s
        )


def unlearnt(evidence: Evidence) -> Iterator[str]:
    """What no row had is never answered."""
    answers = {each.family: (each.fitting, each.predicted) for each in evidence.baselines}
    if evidence.fitting is not None:
        answers[evidence.subject.family] = (evidence.fitting, evidence.answers.predicted)
    for name, (fitting, predicted) in answers.items():
        said = sorted(set(predicted) & set(fitting.unlearnt))
        if said:
            yield f"{name} answers {said[0]}, but no row of its fitting had that label"


def beside(evidence: Evidence) -> Iterator[str]:
    """Baselines: their windows are on the first slices of whole blocks, their answers labels."""
    classes = len(evidence.workload.labels)
    found = dict.fromkeys(block.reference[0].slice for block in complete_blocks(evidence.windows))
    count = PROCEDURE.baselines.windows
    places = [*found] * count
    names = [each.family for each in evidence.baselines]
    both = sorted({*names} & {*evidence.baselines_left_out, evidence.subject.family})
    if both or len(set(names)) != len(names):
        yield f"baselines are {names}, but {both or names} is the model, left out or there twice"
    said = {*names, *evidence.baselines_left_out}
    if said and said not in _sets(evidence.subject.family):
        yield f"baselines and baselines_left_out are {sorted(said)}, no set of the standard"
    for number, each in enumerate(evidence.baselines):
        place = f"baselines[{number}]"
        slices = [run.slice for run in each.windows]
        yield from unequal(
            f"the slices of {place}", slices, "the first of whole blocks", places[:count]
        )
        highest = max(each.predicted)
        yield from above(f"an id of {place}.predicted", highest, "the last label's", classes - 1)
        if each.family == MAJORITY:
            learnt = classes - len(each.fitting.unlearnt)
            yield from unequal(
                f"{place}.parameters", each.parameters, "the classes it counts", learnt
            )
            answers = len(set(each.predicted))
            yield from unequal(
                f"the different answers of {place}", answers, "that of a majority", 1
            )


def _sets(own: str) -> list[set[str]]:
    """What is measured beside a model: for texts with blanks between words, and without."""
    listed = {name: family.baseline for name, family in families().items() if family.baseline}
    return [
        {name for name, script in listed.items() if script in {"any", texts} and name != own}
        for texts in ("spaced", "unspaced")
    ]


def apart(evidence: Evidence) -> Iterator[str]:
    """The prefill is metered in pairs on the first slice, of a model that writes its answers."""
    pairs = PROCEDURE.prompts.prefill_pairs
    written = evidence.answers.generated is not None
    count = len(evidence.prefill)
    most = pairs if written else 0
    yield from above("the pairs of prefill", count, "those of such a model", most)
    if written and (count < 1 or (count < pairs and evidence.settings.time_limit_s is None)):
        yield f"prefill has {count} pairs, but nothing kept it from {pairs}"
    for number, pair in enumerate(evidence.prefill):
        for name, run in (("alone", pair.alone), ("whole", pair.whole)):
            yield from unequal(f"prefill[{number}].{name}.slice", run.slice, "the first", 0)


LEARNING: tuple[Check, ...] = (same_rows, unlearnt, beside, apart)
