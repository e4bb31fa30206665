"""What holds for every export: what may leave at all, and which additions a format takes."""

from dataclasses import replace

from energylabel.errors import MeasurementError, UsageError
from energylabel.exporting.base import EXPORTERS, FLAGS, Additions, Dossier, Exporter
from energylabel.formatting import listed
from energylabel.records import Evidence, Label


def export(name: str, evidence: Evidence, label: Label, more: Additions | None = None) -> bytes:
    """One label in one format.

    Args:
        name: Of the format, as in :data:`EXPORTERS`.
        evidence: Of the rating.
        label: What follows from it.
        more: What the label does not know.

    Raises:
        UsageError: There is no such format, it cannot hold this label (a quick look, an estimate
            where it has one number alone), or it demands what nobody said.
        MeasurementError: A check found the measurement invalid.
    """
    exporter = EXPORTERS.get(name)
    if label.quick_look:
        raise UsageError(
            f"{label.subject.name}: a quick look is never published, so there is no export of it",
            "rate it with --protocol standard",
        )
    invalid = next((each for each in label.findings if each.outcome == "invalid"), None)
    if exporter.energy and invalid is not None:
        raise MeasurementError(
            f"{label.subject.name}: the measurement is invalid: {invalid.message}",
            invalid.remedy or "rate it again",
        )
    more = more or Additions()
    _check(exporter, more)
    return exporter.write(Dossier(evidence, label, _with_grid(exporter, evidence, more)))


def _check(exporter: Exporter, more: Additions) -> None:
    """Nothing that was said is left out in silence."""
    for addition, flag in FLAGS.items():
        if getattr(more, addition) is not None and addition not in exporter.takes:
            takers = sorted(
                name for name, each in EXPORTERS.found.items() if addition in each.takes
            )
            raise UsageError(
                f"{exporter.title} has no field for {flag}",
                f"leave it out; it is for {listed(takers)}",
            )


def _with_grid(exporter: Exporter, evidence: Evidence, more: Additions) -> Additions:
    """The grid of the rating, where one was named then; another one now would be a lie."""
    rated, said = evidence.carbon, more.carbon
    if "carbon" not in exporter.takes or rated is None:
        return more
    if said is not None and said.country != rated.country:
        raise UsageError(
            f"the label was rated for the grid of {rated.country}, not of {said.country}",
            "leave --country out",
        )
    return replace(more, carbon=rated)
