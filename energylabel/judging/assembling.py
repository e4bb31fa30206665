"""Evidence, metrics, findings and grades → Label. The same evidence gives the same label."""

from collections.abc import Sequence

from energylabel.classifiers import MAJORITY, title_of
from energylabel.reckoning import confusion_matrix
from energylabel.records import (
    BaselinePoint,
    Conditions,
    Evidence,
    Finding,
    Grades,
    Grouping,
    Label,
    LabelSubject,
    LabelWorkload,
    Metrics,
)

REFERENCE_POINT = "BERT-base"
MAJORITY_POINT = title_of(MAJORITY)


def label(
    evidence: Evidence,
    metrics: Metrics,
    findings: Sequence[Finding],
    grades: Grades,
    standard: str,
    *,
    evidence_url: str | None = None,
) -> Label:
    """Put together what a picture or a card needs.

    Args:
        evidence: What was observed; its digest is the label's id.
        metrics: The figures that follow from it.
        findings: What the checks found.
        grades: The two letters.
        standard: Name of the standard that they follow.
        evidence_url: Where the evidence can be read; None while it is not published.
    """
    subject, workload, settings = evidence.subject, evidence.workload, evidence.settings
    return Label(
        schema_version=evidence.schema_version,
        id=evidence.digest(),
        standard=standard,
        subject=LabelSubject(
            source=subject.source,
            name=subject.name,
            revision=subject.revision,
            family=subject.family,
            architecture=subject.architecture,
            parameters=subject.parameters,
            labels=subject.labels,
        ),
        workload=LabelWorkload(
            name=workload.name,
            title=workload.title,
            labels=workload.labels,
            language=workload.language,
            rows=workload.rows,
            reference_accuracy=workload.reference_accuracy,
        ),
        hardware=evidence.hardware,
        conditions=Conditions(
            protocol=settings.protocol.name,
            setup=None if evidence.schema_version == 1 else settings.setup,
            device=settings.device,
            dtype=subject.dtype,
            native=subject.is_function or evidence.hardware.computes(subject.dtype),
            batch_size=_batch_size(evidence),
            batch_tokens=settings.batch_tokens,
            grouping=_grouping(evidence),
            threads=settings.threads,
            max_tokens=subject.max_tokens,
            attempts=len(evidence.attempts) + 1,
            shared_gpu=True if evidence.gpu_strangers else None,
            mode=settings.asking.mode if settings.asking else None,
            shots=settings.asking.shots if settings.asking else None,
            country=settings.country,
        ),
        metrics=metrics,
        findings=tuple(findings),
        grades=grades,
        provenance=metrics.energy.provenance,
        baselines=_points(evidence, metrics),
        confusion=confusion_matrix(evidence.answers, settings.label_map, workload.labels),
        evidence_url=evidence_url,
        issued_at=evidence.finished_at,
        issued_by=f"energylabel {evidence.tool_version}",
    )


def _batch_size(evidence: Evidence) -> int:
    """The largest batch that a window had: where nothing is padded, a slice is smaller than it."""
    settings = evidence.settings
    if settings.batch_tokens is not None or settings.asking is not None:
        return settings.batch_size
    return min(settings.batch_size, max(settings.slices))


def _grouping(evidence: Evidence) -> Grouping | None:
    """Which texts shared a batch, where not all might."""
    found = evidence.agreement
    return None if found is None or found.grouping == "any-lengths" else found.grouping


def _points(evidence: Evidence, metrics: Metrics) -> tuple[BaselinePoint, ...]:
    """What stands beside the model in the plot; a cost that was not metered is no point of it."""
    workload = evidence.workload
    points = [
        BaselinePoint(
            name=title_of(each.family),
            energy_index=each.index.value if each.index else None,
            accuracy=each.accuracy.value,
        )
        for each in metrics.baselines
        if each.index is not None or each.family == MAJORITY
    ]
    if not any(point.name == MAJORITY_POINT for point in points):
        share = metrics.accuracy.majority_share
        points.insert(0, BaselinePoint(name=MAJORITY_POINT, energy_index=None, accuracy=share))
    reference = workload.reference_accuracy
    if reference is not None and not reference.declared:
        published = reference.value
        points.append(BaselinePoint(name=REFERENCE_POINT, energy_index=100.0, accuracy=published))
    return tuple(points)
