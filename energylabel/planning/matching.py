"""Model labels → workload labels, and the workload that fits a model: where tools fail silently.

Names match after folding (:mod:`energylabel.workloads.folding`) and by the workload's synonyms. A
mapping that is not certain is refused, with both label sets and the option that settles it.
"""

import json
import shlex
from collections.abc import Mapping, Sequence

from energylabel import workloads
from energylabel.classifiers import find_family
from energylabel.errors import NotRatableError, UsageError
from energylabel.records import ResolvedModel, Workload, WorkloadDefinition
from energylabel.workloads import Names, are_numbers, generic_ids, label_map_option, well_known

# Collections hold several tasks, so that their name alone does not say which one.
_COLLECTIONS = frozenset({"glue", "nyu-mll/glue", "tweet_eval", "cardiffnlp/tweet_eval"})

LabelMap = tuple[int | None, ...]
"""For each model label id the workload label id; None: an answer that is always wrong."""


def parse_label_map(text: str) -> dict[str, str]:
    """``model=workload,…`` (or a JSON object, for names that hold ``,`` or ``=``) as a mapping.

    Raises:
        UsageError: A pair is incomplete, or a model label is named twice.
    """
    if text.lstrip().startswith("{"):
        return _parse_json(text)
    result: dict[str, str] = {}
    for pair in text.split(","):
        model, sign, label = (part.strip() for part in pair.partition("="))
        if not (model and sign and label):
            raise UsageError(
                f"--label-map holds {pair.strip()!r:.80}, which is not MODEL=WORKLOAD",
                "write pairs such as LABEL_0=negative,LABEL_1=positive, or a JSON object",
            )
        if model in result:
            raise UsageError(
                f"--label-map names the model label {model!r:.80} twice",
                "give each model label one workload label",
            )
        result[model] = label
    return result


def match_labels(
    model_labels: Sequence[str],
    workload: Workload | WorkloadDefinition,
    synonyms: Mapping[str, Sequence[str]] = {},
    overrides: Mapping[str, str] = {},
) -> LabelMap:
    """Map each of the model's labels to a workload label.

    Every workload label must be reached by exactly one model label. Further model labels are
    allowed where the others match by name; their answers count as wrong. ``LABEL_0`` … (or plain
    numbers), and integer labels of own data, are taken in order when the counts agree: whether
    the order is right shows only in the answers (``permutation_gain``).

    Args:
        model_labels: The model's label names by id.
        workload: The workload, for its labels.
        synonyms: Further names of the workload's labels.
        overrides: Model label name to workload label name, from ``--label-map``.

    Returns:
        One entry for each model label.

    Raises:
        UsageError: ``overrides`` names an unknown label, or a workload label twice.
        NotRatableError: The labels do not match.
    """
    known = Names.of(workload.labels, synonyms)
    fixed = _overrides(model_labels, workload, known, overrides)
    if not fixed:
        in_order = _in_order(model_labels, workload, known)
        if in_order is not None:
            return in_order
    return _by_name(model_labels, workload, known, fixed)


def match_own(
    model_labels: Sequence[str], workload: Workload, overrides: Mapping[str, str] = {}
) -> LabelMap:
    """The same for own data, whose labels nobody has given synonyms: the well-known ones do.

    They are looked at only where the labels do not match without.

    Raises:
        UsageError: As :func:`match_labels`.
        NotRatableError: As :func:`match_labels`.
    """
    try:
        return match_labels(model_labels, workload, {}, overrides)
    except NotRatableError:
        return match_labels(model_labels, workload, well_known(workload.labels), overrides)


def lacking(
    model_labels: Sequence[str], labels: Sequence[str], overrides: Mapping[str, str] = {}
) -> tuple[str, ...]:
    """The labels of own data that nothing in the model means, where something means others.

    Args:
        model_labels: The model's label names by id.
        labels: Those of the data.
        overrides: Model label name to label of the data, from ``--label-map``.
    """
    known = Names.of(labels, well_known(labels))
    names = [overrides.get(label, label) for label in model_labels]
    meant = {known.find(name) for name in names} - {None}
    missing = tuple(label for number, label in enumerate(labels) if number not in meant)
    return missing if meant else ()


def choose_workload(model: ResolvedModel) -> WorkloadDefinition:
    """The workload of the package that the model's labels and card point to.

    Raises:
        UsageError: None does, or several; the hint has the command for each.
    """
    labels = model.labels
    if labels is None:
        raise UsageError(
            f"{model.name} has no labels of its own that say what to ask it",
            "choose a --workload (`energylabel workloads` lists them), or give --data"
            + (" and --train-data" if find_family(model.family).training_rows else ""),
        )
    if model.source == "embedded":
        return workloads.load(workloads.DEMO)
    shipped = [workloads.load(name) for name in workloads.names() if name != workloads.DEMO]
    named = [item for item in shipped if _named_in_card(model, item, collections=True)]
    if generic_ids(labels) is not None:
        found = [
            item
            for item in shipped
            if len(item.labels) == len(labels) and _named_in_card(model, item, collections=False)
        ]
    else:
        found = _matching(labels, shipped)
        found = [item for item in found if item in named] or found
    if len(found) == 1:
        return found[0]
    if not found and not named and generic_ids(labels) is not None:
        named = [item for item in shipped if len(item.labels) == len(labels)]
    raise _no_choice(model, found or named, matching=bool(found))


def _parse_json(text: str) -> dict[str, str]:
    try:
        pairs = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"--label-map is not valid JSON: {error}",
            'write it as {"LABEL_0": "negative", "LABEL_1": "positive"}',
        ) from error
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise UsageError(
            "--label-map is JSON, but no object of names",
            'write it as {"LABEL_0": "negative", "LABEL_1": "positive"}',
        )
    return pairs


def _overrides(
    model_labels: Sequence[str],
    workload: Workload | WorkloadDefinition,
    known: Names,
    overrides: Mapping[str, str],
) -> dict[int, int]:
    """The overrides by ids."""
    models = Names.of(model_labels)
    result: dict[int, int] = {}
    for model, label in overrides.items():
        source, target = models.find(model), known.find(label)
        if source is None:
            raise UsageError(
                f"--label-map names {model!r:.80}, which the model lacks",
                f"the model's labels are {_shown(model_labels)}",
            )
        if target is None:
            raise UsageError(
                f"--label-map names {label!r:.80}, which {workload.name} lacks",
                f"the workload's labels are {_shown(workload.labels)}",
            )
        if source in result or target in result.values():
            raise UsageError(
                f"--label-map maps more than once from {model!r:.80} or to {label!r:.80}",
                "give each workload label one model label",
            )
        result[source] = target
    return result


def _in_order(
    model_labels: Sequence[str], workload: Workload | WorkloadDefinition, known: Names
) -> LabelMap | None:
    """The mapping by number, where numbers are all there is to go by."""
    if len(model_labels) != len(workload.labels):
        return None
    found = [known.find(label) for label in model_labels]
    if set(found) == set(range(len(workload.labels))):
        return None  # the labels match by name, which says more
    numbers = generic_ids(model_labels)
    if numbers is not None:
        return numbers
    own = isinstance(workload, Workload) and workload.origin == "file"
    if own and are_numbers(workload.labels) and not any(number is not None for number in found):
        return tuple(range(len(model_labels)))
    return None


def _by_name(
    model_labels: Sequence[str],
    workload: Workload | WorkloadDefinition,
    known: Names,
    fixed: Mapping[int, int],
) -> LabelMap:
    claimed = set(fixed.values())
    result: list[int | None] = []
    for number, label in enumerate(model_labels):
        found = known.find(label)
        result.append(fixed.get(number, None if found in claimed else found))
    reached = [number for number in result if number is not None]
    missing = [number for number in range(len(workload.labels)) if number not in reached]
    double = [number for number in dict.fromkeys(reached) if reached.count(number) > 1]
    if not missing and not double:
        return tuple(result)
    if double:
        rivals = [model_labels[i] for i, number in enumerate(result) if number == double[0]]
        why = f"{_shown(rivals)} all mean {workload.labels[double[0]]!r:.60}"
    else:
        why = f"nothing in the model means {_shown([workload.labels[i] for i in missing])}"
    raise NotRatableError(
        f"the model's labels do not match those of {workload.name}: {why}. "
        f"Model: {_shown(model_labels)}. Workload: {_shown(workload.labels)}.",
        _mapping_hint(model_labels, workload.labels, result),
    )


def _mapping_hint(
    model_labels: Sequence[str], labels: Sequence[str], found: Sequence[int | None]
) -> str:
    """The `--label-map` that completes what was found, left-over labels in their order."""
    if len(model_labels) < len(labels):
        return (
            "the model has too few labels for these texts; choose another with --workload "
            "(`energylabel workloads` lists them), or --data with the model's labels"
        )
    if all(target is None for target in found):
        return (
            "the model seems to be for another task; if not, say which label means which with "
            "--label-map MODEL=WORKLOAD,…"
        )
    pairs: dict[int, int] = {}
    for source, target in enumerate(found):
        if target is not None and target not in pairs.values():
            pairs[source] = target
    spare = [source for source in range(len(model_labels)) if source not in pairs]
    missing = [target for target in range(len(labels)) if target not in pairs.values()]
    pairs |= dict(zip(spare, missing, strict=False))
    names = {model_labels[source]: labels[target] for source, target in sorted(pairs.items())}
    return f"if this is what the labels mean, add {label_map_option(names)}"


def _matching(
    labels: Sequence[str], definitions: Sequence[WorkloadDefinition]
) -> list[WorkloadDefinition]:
    """Workloads that the labels match by name; those without extra labels, if there are any."""
    matching: list[tuple[WorkloadDefinition, LabelMap]] = []
    for definition in definitions:
        known = Names.of(definition.labels, definition.synonyms)
        found = tuple(known.find(label) for label in labels)
        reached = [number for number in found if number is not None]
        if sorted(reached) == list(range(len(definition.labels))):
            matching.append((definition, found))
    exact = [definition for definition, found in matching if None not in found]
    return exact or [definition for definition, _ in matching]


def _named_in_card(
    model: ResolvedModel, definition: WorkloadDefinition, *, collections: bool
) -> bool:
    card = {name.casefold() for name in model.datasets}
    aliases = {name.casefold() for name in definition.aliases}
    return bool(card & (aliases if collections else aliases - _COLLECTIONS))


def _no_choice(
    model: ResolvedModel, candidates: Sequence[WorkloadDefinition], *, matching: bool
) -> UsageError:
    rate = f"energylabel rate {shlex.quote(model.name if model.source == 'hub' else model.folder)}"
    commands = "; ".join(f"`{rate} --workload {item.name}`" for item in candidates)
    labels = _shown(model.labels or ())
    if matching:
        return UsageError(
            f"several workloads fit the labels of {model.name} ({labels}): "
            f"{', '.join(item.name for item in candidates)}",
            f"choose one: {commands}",
        )
    listed = f"perhaps {commands}; " if commands else ""
    return UsageError(
        f"no workload is certain to fit the labels of {model.name} ({labels})",
        f"{listed}`energylabel workloads` lists all, and your own texts go in with "
        f"`{rate} --data FILE --text-column TEXT --label-column LABEL`",
    )


def _shown(labels: Sequence[str], limit: int = 10) -> str:
    """Up to ten labels, each cut to 40 signs on one line, and how many more there are."""
    some = ", ".join(json.dumps(label[:40], ensure_ascii=False) for label in labels[:limit])
    more = len(labels) - limit
    return f"{some} and {more} more ({len(labels)} in all)" if more > 0 else some
