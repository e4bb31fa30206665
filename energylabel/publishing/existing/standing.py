"""Whether a label on the Hub still stands: for the same files, workload and kind of machine."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from energylabel import storing, workloads
from energylabel.classifiers import families
from energylabel.devices import detect
from energylabel.errors import MeasurementError, SchemaError, UsageError
from energylabel.events import Event, Observer
from energylabel.judging import contradictions, judge
from energylabel.options import Options
from energylabel.planning import model_of, setup_of
from energylabel.publishing.repository import Repository
from energylabel.records import Evidence, Hardware, Job, Label

_MOST = 50
"""Labels of one repository; more would be somebody's joke."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A label that still stands, and where it is."""

    label: Label
    url: str


def find_standing(job: Job, observer: Observer) -> Standing | None:
    """The label that makes this rating needless; None when there is none.

    Looks at ``main`` and at our open pull request. A label stands when the files that a rating
    would load now are those that it was made of, on the same workload (any, if the job names
    none), with the standard protocol, on hardware of the same kind; run in the same setup, and
    fitted, where it was, on the workload's own rows. What else changed in the repository, our own
    block in the card above all, does not matter.

    Raises:
        UsageError: The model is not asked for on the Hub.
        NetworkError: The Hub cannot be reached or refuses.
    """
    options = job.options
    reference = model_of(job)
    if reference.source != "hub" or options.offline:
        raise UsageError(
            "--if-changed looks for labels on the Hub, where this model is not asked for",
            "leave out --if-changed",
        )
    wanted = options.workload
    if wanted is not None and wanted.endswith(".toml"):
        wanted = workloads.load_file(Path(wanted)).name
    hardware = detect(options.device)
    repository = Repository(reference.name, observer)
    observer(Event("resolving", f"looking for a label of {reference.name} on the Hub"))
    now = repository.listing(reference.revision or "main")
    repository.identify()
    pulls = [(pull.revision, pull.url) for pull in repository.pulls() if pull.open]
    for revision, url in (("main", repository.url), *pulls):
        for evidence, label in labels_of(repository, revision):
            if (
                evidence.hardware.slug == hardware.slug
                and wanted in (None, evidence.workload.name)
                and _run_alike(options, hardware, evidence)
                and repository.another(evidence.subject, now) is None
            ):
                return Standing(label, url)
    return None


def _run_alike(options: Options, hardware: Hardware, evidence: Evidence) -> bool:
    """Whether the model was run then, and fitted, as it would be now."""
    subject = evidence.subject
    if subject.family not in families():
        return False  # of a plug-in that is not here
    alike = subject.family == options.family if options.family else not subject.family_overridden
    return (
        alike
        and evidence.settings.setup == setup_of(options, subject.family, hardware)
        and not any(fitting.own_rows for fitting in evidence.fittings)
    )


def labels_of(
    repository: Repository, revision: str, refused: Callable[[str], object] = str
) -> list[tuple[Evidence, Label]]:
    """The standard labels that a revision holds.

    What is unreadable is none, and what contradicts itself: a stranger may have written it.
    ``refused`` hears why.
    """
    listed = repository.listing(revision)
    paths = [
        path
        for path in listed.files
        if path.startswith("energylabel/")
        and path.count("/") == 3
        and path.endswith(f"/{storing.EVIDENCE}")
    ][:_MOST]
    found = []
    for path, content in repository.contents(paths, listed).items():
        try:
            evidence = storing.parse_evidence(content, path)
            label = judge(evidence)
        except (SchemaError, MeasurementError) as error:
            refused(f"{repository.name}: {error.message}")
            continue  # of another version, or edited: to rate again is what mends it
        ours = storing.published(evidence) == path.rpartition("/")[0]
        standard = evidence.settings.protocol.name == "standard"
        wrong = next(iter(contradictions(evidence)), None) if ours and standard else None
        if wrong is not None:
            refused(f"{repository.name}: {path}: the evidence contradicts itself: {wrong}")
        elif ours and standard:
            found.append((evidence, label))
    return found
