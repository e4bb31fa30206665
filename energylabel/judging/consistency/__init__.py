"""Evidence → what in it contradicts itself. A rating writes much of it in more than one place.

Only what holds of every rating is held against one, resumed and retaken blocks included: what
remains is a measured value, which nothing else tells.
``docs/explanation/verifying.md`` lists those.
"""

from energylabel.errors import MeasurementError
from energylabel.judging.consistency.choices import CHOICES
from energylabel.judging.consistency.clock import CLOCK
from energylabel.judging.consistency.learning import LEARNING
from energylabel.judging.consistency.model import MODEL
from energylabel.judging.consistency.order import ORDER
from energylabel.judging.consistency.replies import REPLIES
from energylabel.judging.consistency.runtime import RUNTIME
from energylabel.judging.consistency.sums import SUMS
from energylabel.reckoning import provenance_of
from energylabel.records import Evidence


def contradictions(evidence: Evidence) -> tuple[str, ...]:
    """Plain sentences, each on two places of the evidence that do not agree; empty if all do."""
    device, slices = evidence.settings.device, len(evidence.settings.slices)
    try:
        provenance_of(evidence.meters, device)
    except MeasurementError as error:
        return (f"meters: on the device {device!r}, {error.message}",)
    # The rest counts on these, and would only repeat them.
    runs = (*evidence.windows, *(run for each in evidence.baselines for run in each.windows))
    runs += tuple(run for pair in evidence.prefill for run in (pair.alone, pair.whole))
    strange = sorted({run.slice for run in runs if run.slice >= slices})
    if strange:
        return (f"windows on slice {strange[0]}, but settings.slices has only {slices}",)
    checks = (*MODEL, *CHOICES, *ORDER, *SUMS, *CLOCK, *REPLIES, *LEARNING, *RUNTIME)
    return tuple(line for check in checks for line in check(evidence))
