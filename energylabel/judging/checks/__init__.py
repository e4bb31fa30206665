"""Evidence × Metrics → Findings: stable? uncontaminated? long enough? sane?

Each check gives one finding. ``invalid`` withholds the energy letter; a finding whose name is in
:data:`REFUSALS` and whose outcome is ``invalid`` stops the rating as a whole.
"""

from energylabel.judging.checks.answers import ANSWER_CHECKS, REFUSALS
from energylabel.judging.checks.baselines import BASELINE_CHECKS, dominated
from energylabel.judging.checks.counters import COUNTER_CHECKS
from energylabel.judging.checks.figures import FIGURE_CHECKS
from energylabel.judging.checks.label_names import LABEL_CHECKS
from energylabel.judging.checks.model_files import FILE_CHECKS
from energylabel.judging.checks.own_answers import OWN_ANSWER_CHECKS
from energylabel.judging.checks.readings import READING_CHECKS
from energylabel.judging.checks.runtime import RUNTIME_CHECKS
from energylabel.judging.checks.surroundings import SURROUNDING_CHECKS, machine_findings
from energylabel.records import Evidence, Finding, Metrics, Scale

__all__ = ["REFUSALS", "check", "refusal"]


def check(evidence: Evidence, metrics: Metrics, scale: Scale) -> tuple[Finding, ...]:
    """All findings, those that judge the figures first. One for each check that applies."""
    checks = (
        *ANSWER_CHECKS,
        *OWN_ANSWER_CHECKS,
        *RUNTIME_CHECKS,
        *LABEL_CHECKS,
        *FILE_CHECKS,
        *READING_CHECKS,
        *FIGURE_CHECKS,
        *COUNTER_CHECKS,
        *BASELINE_CHECKS,
        *SURROUNDING_CHECKS,
    )
    judged = [one(evidence, metrics, scale) for one in checks]
    findings = [finding for finding in judged if finding is not None]
    if not any(finding.outcome == "invalid" for finding in findings):
        # Where the energy figure is invalid, so is a comparison with it.
        findings += filter(None, [dominated(evidence, metrics, scale)])
    return (*findings, *machine_findings(evidence.hardware, evidence.settings.threads))


def refusal(findings: tuple[Finding, ...]) -> Finding | None:
    """The first finding that stops the rating as a whole, or None."""
    stops = (f for f in findings if f.outcome == "invalid" and f.name in REFUSALS)
    return next(stops, None)
