"""Evidence → Label, in one call: figures, checks, classes."""

from energylabel.judging.assembling import label as make_label
from energylabel.judging.checks import check
from energylabel.judging.grades import grade
from energylabel.judging.metrics import measure
from energylabel.records import Evidence, Label
from energylabel.standard import DEFAULT, load_scale


def judge(evidence: Evidence, evidence_url: str | None = None) -> Label:
    """Evidence → Label, without hardware: metrics, checks, grades.

    ``evidence_url`` is where the evidence can be read, None while it is not published.
    """
    scale = load_scale(DEFAULT)
    metrics = measure(evidence, scale)
    findings = check(evidence, metrics, scale)
    grades = grade(metrics, findings, scale, evidence.settings.device)
    return make_label(evidence, metrics, findings, grades, scale.name, evidence_url=evidence_url)
