"""The rated model and the reference: names, digests, families."""

from collections.abc import Iterator

from energylabel.classifiers import CUSTOM, REFERENCE_NAME, REFERENCE_SEED, families
from energylabel.judging.consistency.saying import Check, above, unequal
from energylabel.records import UNANSWERED, Evidence, revision_of_files, revision_of_recipe
from energylabel.standard import PROCEDURE

_OURS, _FOLDERS, _DEMO = "energylabel/", "local/", "energylabel/demo"
_UNKNOWN = "unknown format"
_DTYPES = frozenset({"float64", "float32", "bfloat16", "float16"})
_QUANTISED = frozenset({"int8"})


def revision(evidence: Evidence) -> Iterator[str]:
    """What the revision is a digest of: the files, or the recipe of a model without files.

    Of a model of the Hub it is the commit, which the Hub alone can say.
    """
    subject = evidence.subject
    if not subject.has_files:
        yield from unequal("subject.files", subject.files, "that of a model without files", ())
        yield from unequal(
            "subject.revision",
            subject.revision,
            "the SHA-256 of subject.architecture",
            revision_of_recipe(subject.architecture),
        )
        return
    if not subject.files:
        yield f"subject.files is empty, but {subject.name} has files"
    if subject.source == "hub":
        if len(subject.revision) != 40:
            yield f"subject.revision is {subject.revision}, no commit, but subject.source is 'hub'"
    else:
        yield from unequal(
            "subject.revision",
            subject.revision,
            "the SHA-256 over subject.files",
            revision_of_files(subject.files),
        )
    paths = [file.path for file in subject.files]
    if paths != sorted(set(paths)):
        yield f"subject.files are {paths}, not each once and in order"


def name(evidence: Evidence) -> Iterator[str]:
    """What a model may be called that comes from a folder or with the program."""
    subject = evidence.subject
    if subject.source == "folder" and not subject.name.startswith(_FOLDERS):
        yield f"subject.name is {subject.name!r}, but subject.source is 'folder': {_FOLDERS}…"
    if subject.source == "embedded":
        known = _DEMO if subject.has_files else _OURS + subject.family
        yield from unequal("subject.name", subject.name, "that of such a model", known)


def function(evidence: Evidence) -> Iterator[str]:
    """What is known of every model but a function of a program, of which it never is."""
    subject = evidence.subject
    known = {
        "subject.parameters": subject.parameters is not None,
        "subject.max_tokens": subject.max_tokens is not None,
        "model_peak_bytes": evidence.model_peak_bytes is not None,
    }
    for place, there in known.items():
        if there == subject.is_function:
            yield f"{place} is {'' if there else 'not '}there, but subject.source is " + repr(
                subject.source
            )
    if subject.is_function != (subject.family == CUSTOM):
        yield f"subject.source is {subject.source!r}, but subject.family is {subject.family!r}"
    if not subject.is_function:
        return
    if not subject.name.startswith(_FOLDERS):
        yield f"subject.name is {subject.name!r}, but subject.source is 'callable': {_FOLDERS}…"
    counted = evidence.answers.tokens, evidence.answers.truncated
    yield from unequal("the tokens and cuts of answers", counted, "those of a function", (0, 0))
    yield from unequal("subject.dtype", subject.dtype, "that of a function", _UNKNOWN)


def family(evidence: Evidence) -> Iterator[str]:
    """What a family has: a question in words, rows to fit on, files.

    A family that is not installed here is that of a plug-in, and is taken at its word.
    """
    subject, settings = evidence.subject, evidence.settings
    known = families().get(subject.family)
    if known is None:
        return
    said = f"the family {subject.family}"
    has = {
        "settings.asking": (settings.asking is not None, bool(known.modes)),
        "fitting": (evidence.fitting is not None, bool(known.training_rows)),
        "files": (subject.has_files, known.files is not None),
        "answers.framing": (evidence.answers.framing is not None, bool(known.modes)),
    }
    for place, (there, needed) in has.items():
        if there != needed:
            yield f"{place} {'is' if there else 'is not'} there, which is not so of {said}"
    if known.beside_only or (known.cpu_only and settings.device != "cpu"):
        yield f"subject.family is {subject.family!r}, which is not rated on {settings.device}"
    if subject.family_overridden and known.files is None:
        yield f"subject.family_overridden is true, but {said} has no files that say another"
    if settings.asking is not None and known.modes and settings.asking.mode not in known.modes:
        yield f"settings.asking.mode is {settings.asking.mode!r}, which {said} does not have"
    if settings.setup.shots and not known.few_shot:
        yield f"settings.setup.shots is {settings.setup.shots}, but {said} takes no examples"
    writes = known.writes(settings.setup.mode)
    there = evidence.answers.generated is not None
    if writes != there:
        yield f"answers.generated {'is' if there else 'is not'} there, not as in mode of {said}"
    if known.modes or known.training_rows:
        classes = len(evidence.workload.labels)
        more = (UNANSWERED,) if writes else ()
        expected = (*evidence.workload.labels, *more)
        own_map = (*range(classes), *([None] if writes else []))
        yield from unequal("subject.labels", subject.labels, "workload.labels", expected)
        yield from unequal("settings.label_map", settings.label_map, f"that of {said}", own_map)


def numbers(evidence: Evidence) -> Iterator[str]:
    """The number format that was asked for, and the most tokens of a text."""
    subject, setup = evidence.subject, evidence.settings.setup
    if setup.precision in _DTYPES | _QUANTISED:
        yield from unequal(
            "subject.dtype", subject.dtype, "settings.setup.precision", setup.precision
        )
    saved = subject.saved_dtypes
    if saved and (len(saved) < 2 or len({*saved} & _DTYPES) < len(saved)):
        yield f"subject.saved_dtypes are {saved}, not several formats, each once"
    for place, names in (
        ("dropped_settings", subject.dropped_settings),
        ("unread_settings", subject.unread_settings),
    ):
        if list(names) != sorted({*names}):
            yield f"subject.{place} are {names}, not each once and in order"
    most = setup.max_tokens or PROCEDURE.texts.tokens
    yield from above("subject.max_tokens", subject.max_tokens or 0, "the standard's most", most)
    if len(set(subject.labels)) != len(subject.labels):
        yield f"subject.labels are {subject.labels}, not each once"


def reference(evidence: Evidence) -> Iterator[str]:
    """The reference is the same in every rating."""
    found = evidence.reference
    yield from unequal("reference.name", found.name, "the standard's", REFERENCE_NAME)
    yield from unequal("reference.seed", found.seed, "the standard's", REFERENCE_SEED)
    yield from unequal("reference.dtype", found.dtype, "the standard's", "float32")
    yield from unequal("reference.parameters", found.parameters, "the standard's", _parameters())


def program(evidence: Evidence) -> Iterator[str]:
    """The program's version, told twice; so are those of meters that are packages."""
    versions = evidence.versions
    place = "versions.energylabel"
    yield from unequal("tool_version", evidence.tool_version, place, versions.get("energylabel"))
    for meter in evidence.meters:
        if meter.name in versions:
            place = f"versions.{meter.name}"
            yield from unequal(
                f"the version of meter {meter.name}", meter.version, place, versions[meter.name]
            )
    carbon, country = evidence.carbon, evidence.settings.country
    there = carbon.country if carbon else None
    yield from unequal("settings.country", country, "carbon.country", there)


def _parameters() -> int:
    """Of a network of the reference's shape with two labels, by arithmetic."""
    shape = PROCEDURE.reference
    width = shape.width
    dense, norm = width * width + width, 2 * width
    embeddings = (shape.vocabulary + shape.positions + 2) * width + norm
    layer = 4 * dense + 2 * norm + 8 * width * width + 5 * width
    return embeddings + shape.layers * layer + dense + 2 * width + 2


MODEL: tuple[Check, ...] = (revision, name, function, family, numbers, reference, program)
