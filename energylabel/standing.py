"""Whether a label on the Hub still stands: for the same files, workload and kind of machine."""

from pathlib import Path

from energylabel import storing, workloads
from energylabel.choosing import Request
from energylabel.detecting import detect
from energylabel.errors import SchemaError, UsageError
from energylabel.inspecting.listing import INDEX, WEIGHTS, small_files
from energylabel.observing import Event, Observer
from energylabel.publishers._repository import Listing, Repository
from energylabel.records.evidence import Evidence
from energylabel.resolving import parse_model


def find(request: Request, observer: Observer) -> str | None:
    """The address of the label that makes this rating needless; None when there is none.

    Looks at ``main`` and at our open pull request. A label stands when the files that a rating
    would load now are those that it was made of, on the same workload (any, if the request names
    none), with the standard protocol, on hardware of the same kind. What else changed in the
    repository, our own block in the card above all, does not matter.

    Raises:
        UsageError: The model is not asked for on the Hub.
        NetworkError: The Hub cannot be reached or refuses.
    """
    reference = parse_model(request.model)
    if reference.source != "hub" or request.offline:
        raise UsageError(
            "--if-changed looks for labels on the Hub, where this model is not asked for",
            "leave out --if-changed",
        )
    wanted = request.workload
    if wanted is not None and wanted.endswith(".toml"):
        wanted = workloads.load_file(Path(wanted)).name
    slug = detect(request.options.device).slug
    repository = Repository(reference.name, observer)
    observer(Event("resolving", f"looking for a label of {reference.name} on the Hub"))
    now = repository.listing(reference.revision or "main")
    pulls = [pull for pull in repository.pulls() if pull.status in ("open", "draft")]
    for revision, url in (("main", repository.url), *((p.revision, p.url) for p in pulls)):
        for evidence in _labels(repository, revision):
            fits = evidence.hardware.slug == slug and wanted in (None, evidence.workload.name)
            if fits and _stands(evidence, repository, now):
                return url
    return None


def _labels(repository: Repository, revision: str) -> list[Evidence]:
    """The evidence of standard labels that a revision holds; what is unreadable is none."""
    listed = repository.listing(revision)
    paths = [
        path
        for path in listed.files
        if path.startswith("energylabel/")
        and path.count("/") == 3
        and path.endswith(f"/{storing.EVIDENCE}")
    ]
    found = []
    for path, content in repository.read(paths, listed.commit).present.items():
        try:
            evidence = storing.parse_evidence(content, path)
        except SchemaError:
            continue  # of another version, or edited: to rate again is what mends it
        ours = storing.published(evidence) == path.rpartition("/")[0]
        if ours and evidence.settings.protocol.name == "standard":
            found.append(evidence)
    return found


def _stands(evidence: Evidence, repository: Repository, now: Listing) -> bool:
    """Whether a rating of what is there now would load the very files of this one."""
    rated = {file.path for file in evidence.subject.files}
    weights = {path for path in rated if path == INDEX or path.endswith(".safetensors")}
    loaded = {*small_files(now.files)} | ({WEIGHTS} if WEIGHTS in now.files else weights)
    return rated == loaded and repository.another(evidence.subject.files, now.commit) is None
