"""Evidence → Label: metrics, checks, classes. Needs no hardware and nothing above it.

In: :class:`~energylabel.records.Evidence`. Out: :class:`~energylabel.records.Label`.
"""

from energylabel.judging.assembling import MAJORITY_POINT, REFERENCE_POINT
from energylabel.judging.checks import refusal
from energylabel.judging.checks.surroundings import machine_findings
from energylabel.judging.judgement import judge

__all__ = [
    "MAJORITY_POINT",
    "REFERENCE_POINT",
    "judge",
    "machine_findings",
    "refusal",
]
