"""Options and a model → the texts that are asked, those to learn from, and what its labels mean."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from energylabel import workloads
from energylabel.classifiers import find_family
from energylabel.errors import DataError, NetworkError, NotRatableError, UsageError
from energylabel.events import Observer
from energylabel.options import Options
from energylabel.planning.matching import (
    LabelMap,
    choose_workload,
    lacking,
    match_labels,
    match_own,
    parse_label_map,
)
from energylabel.planning.planner import check_asking, check_runtime
from energylabel.records import (
    Job,
    MappedBy,
    ModelRef,
    ReferenceAccuracy,
    ResolvedModel,
    Samples,
    Workload,
    WorkloadDefinition,
)
from energylabel.resolving import DEMO, parse_model, resolve
from energylabel.sampling import STDIN, OwnData, required, sample, sample_file, train, train_file
from energylabel.workloads import Names, are_numbers, fold, generic_ids, number_of, same_meaning

DECLARED = "declared by whoever rated"
"""Source of an accuracy to compare with that is not published."""

_NUMBERED = re.compile(r"label[0-9]+")


def model_of(job: Job) -> ModelRef:
    """Which model is meant; raises :class:`UsageError`."""
    return parse_model(job.model, folders=not job.listed)


def settle(job: Job, observer: Observer) -> tuple[ResolvedModel, Options]:
    """The model that is meant, and the options with what follows from it alone.

    Raises:
        UsageError: It is no model, or not of its family.
        NotRatableError: It is none that can be rated.
        NetworkError: It cannot be downloaded.
    """
    options = job.options
    model = resolve(
        model_of(job),
        name=options.name,
        family=options.family,
        offline=options.offline,
        max_download_bytes=options.max_download_bytes,
        observer=observer,
    )
    protocol = options.protocol or ("quick" if model.name == DEMO else "standard")
    options = replace(options, protocol=protocol)
    if options.device == "auto" and find_family(model.family).cpu_only:
        options = replace(options, device="cpu")
    return model, options


def choose(options: Options, model: ResolvedModel, observer: Observer) -> tuple[Samples, LabelMap]:
    """The texts, and which of the model's labels is which of the workload's.

    Raises:
        UsageError: No workload is certain, or the options contradict each other.
        NotRatableError: The labels do not match.
        DataError: The rows cannot be used.
        NetworkError: They cannot be downloaded.
    """
    overrides = parse_label_map(options.label_map) if options.label_map else {}
    if model.labels is None and overrides:
        raise UsageError(
            f"{model.name} answers with the workload's own labels", "leave out --label-map"
        )
    check_asking(model, options)
    check_runtime(model, options)
    if options.data is not None:
        samples, label_map = _own(Path(options.data), model, options, overrides, observer)
        return _with_training(samples, model, options, observer=observer), label_map
    if options.language is not None:
        raise UsageError("--language is of --data alone", "leave it out: a workload names its own")
    if options.data_name is not None:
        raise UsageError("--data-name is of --data alone", "leave it out: a workload has a name")
    folder = None
    if options.workload is None:
        definition = choose_workload(model)
    elif options.workload.endswith(".toml"):
        path = Path(options.workload)
        definition, folder = workloads.load_file(path), path.parent
    else:
        definition = workloads.load(options.workload)
    reference = _declared(options)
    if reference is not None and definition.reference_accuracy is not None:
        raise UsageError(
            f"--reference-accuracy is not for {definition.name}, which has a published one "
            f"({definition.reference_accuracy.value:g})",
            "leave it out",
        )
    if folder is None and options.train_data is None:
        for flag, given in (
            ("--skip-bad-rows", options.skip_bad_rows),
            ("--drop-unknown", options.drop_unknown),
        ):
            if given:
                raise UsageError(f"{flag} is for data of your own", "leave it out, or give --data")
    # Before the download: labels that do not fit cost nothing.
    label_map = _label_map(model, definition, definition.synonyms, overrides, options.mode)
    samples = sample(
        definition,
        queries=options.queries,
        accuracy_rows=options.accuracy_rows,
        folder=folder,
        offline=options.offline,
        skip_bad_rows=options.skip_bad_rows and folder is not None,
        drop_unknown=options.drop_unknown and folder is not None,
        reference=reference,
        observer=observer,
    )
    prepared = _with_training(
        samples, model, options, observer=observer, definition=definition, folder=folder
    )
    return prepared, label_map


def own_samples(
    options: Options, observer: Observer, narrow: Callable[[OwnData], OwnData] | None = None
) -> Samples:
    """The user's own texts, whatever the model.

    Args:
        options: Name the file.
        observer: Is told what is read, and what was found out about the file.
        narrow: Sees all rows and gives back those that are taken.

    Raises:
        DataError: The file or its rows cannot be used.
        UsageError: There is no file of the user's own.
    """
    if options.data is None:
        raise UsageError("there are no data of your own to look at", "give them with --data FILE")
    return sample_file(
        Path(options.data),
        text_column=options.text_column,
        label_column=options.label_column,
        name=options.data_name,
        language=options.language,
        queries=options.queries,
        accuracy_rows=options.accuracy_rows,
        skip_bad_rows=options.skip_bad_rows,
        reference=_declared(options),
        narrow=narrow,
        observer=observer,
    )


def mapped_by(model: ResolvedModel, workload: Workload, options: Options) -> MappedBy:
    """How it is known which of a model's labels is which of the workload's."""
    if options.label_map:
        return "label map"
    labels = model.labels
    if labels is None or {Names.of(workload.labels).find(label) for label in labels} >= {
        *range(len(workload.labels))
    }:
        return "name"
    numbered = generic_ids(labels) is not None or are_numbers(workload.labels)
    return "order" if numbered else "well-known names"


def _own(
    data: Path,
    model: ResolvedModel,
    options: Options,
    overrides: Mapping[str, str],
    observer: Observer,
) -> tuple[Samples, LabelMap]:
    """The user's own texts, and which of the model's labels is which of theirs."""
    if options.workload is not None:
        raise UsageError("--data and --workload exclude each other", "leave one of them out")
    if str(data) == STDIN and options.train_data == STDIN:
        raise UsageError(
            "--data and --train-data are both standard input", "give one of them as a file"
        )
    counts: dict[str, int] = {}

    def narrow(own: OwnData) -> OwnData:
        labels = model.labels
        missing = () if labels is None else lacking(labels, own.labels.names, overrides)
        counts.update({name: own.counts[name] for name in missing})
        return own.without(missing) if options.drop_unknown and missing else own

    samples = own_samples(options, observer, narrow)
    try:
        return samples, _label_map(model, samples.workload, {}, overrides, options.mode)
    except NotRatableError as error:
        hint, alike = error.hint, same_meaning(samples.workload.labels)
        if alike:
            named = " and ".join(f"{name!r:.60}" for name in alike[0])
            hint = f"write {named} alike in the file, where they are one class; else {hint}"
        if not counts or options.drop_unknown:
            raise NotRatableError(error.message, hint) from error
        lacked = [f"{name!r:.60} ({rows:,} rows)" for name, rows in [*counts.items()][:10]]
        if len(counts) < len(samples.workload.labels) - 1:  # else one class would be left
            hint = f"{hint}; or leave out those rows: --drop-unknown"
        raise NotRatableError(
            f"{error.message} The model lacks {', '.join(lacked)}"
            + (f" and {len(counts) - 10} more labels" if len(counts) > 10 else "")
            + ".",
            hint,
        ) from error


def _declared(options: Options) -> ReferenceAccuracy | None:
    """What the user wants to be compared with."""
    value = options.reference_accuracy
    if value is None:
        return None
    return ReferenceAccuracy(value=float(value), source=DECLARED, declared=True)


def _with_training(
    samples: Samples,
    model: ResolvedModel,
    options: Options,
    *,
    observer: Observer,
    definition: WorkloadDefinition | None = None,
    folder: Path | None = None,
) -> Samples:
    """The samples with rows to learn from, where somebody learns.

    Args:
        samples: Without them.
        model: May have to be fitted.
        options: May name a file of such rows, ask for worked examples, or for no baselines.
        observer: Is told of downloads.
        definition: The workload's, which may have a split of its own; None for own data.
        folder: Where a workload of the user's own has its files.
    """
    needed = find_family(model.family).training_rows > 0 or options.shots > 0
    training = None
    if options.train_data is not None:
        training = train_file(
            Path(options.train_data),
            samples,
            definition,
            text_column=options.text_column,
            label_column=options.label_column,
            skip_bad_rows=options.skip_bad_rows,
            drop_unknown=options.drop_unknown,
            observer=observer,
        )
    elif definition is not None and (needed or options.baselines):
        try:
            training = train(
                definition,
                samples,
                folder=folder,
                offline=options.offline,
                skip_bad_rows=options.skip_bad_rows and folder is not None,
                drop_unknown=options.drop_unknown and folder is not None,
                observer=observer,
            )
        except (DataError, NetworkError) as error:
            if needed:
                raise
            hint = f"{error.hint}; or do without the cheap models beside it: --no-baselines"
            raise type(error)(error.message, hint) from error
    if needed:
        shots = "--shots shows examples from a train split"
        wanting = shots if options.shots else f"{model.name} has to be fitted"
        training = required(training, wanting)
    return samples.model_copy(update={"training": training})


def _check_words(model: ResolvedModel, workload: Workload | WorkloadDefinition) -> None:
    """Refuse to ask in words about labels that are numbers: nobody could know the answer."""
    said = workload.wording if isinstance(workload, WorkloadDefinition) else None
    words = (said.words if said else None) or {}
    bare = [
        label
        for label in workload.labels
        if label not in words and (number_of(label) is not None or _NUMBERED.fullmatch(fold(label)))
    ]
    if find_family(model.family).modes and bare:
        raise UsageError(
            f"{model.name} is told the labels in words, and those of {workload.name} are numbers "
            f"({', '.join(bare[:5])})",
            "give data whose label column holds names, or a workload of your own with "
            "[wording.words]",
        )


def _label_map(
    model: ResolvedModel,
    workload: Workload | WorkloadDefinition,
    synonyms: Mapping[str, Sequence[str]],
    overrides: Mapping[str, str],
    mode: str | None,
) -> LabelMap:
    if model.labels is None:
        _check_words(model, workload)
        own = tuple(range(len(workload.labels)))
        return (*own, None) if find_family(model.family).writes(mode) else own
    if isinstance(workload, Workload):
        return match_own(model.labels, workload, overrides)
    return match_labels(model.labels, workload, synonyms, overrides)
