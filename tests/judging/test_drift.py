"""Whether the figures moved during the rating: what is judged, and what is scatter."""

import re

import pytest
from support.evidence import CPU_TIME, RAPL, make_evidence, make_windows, quick_evidence
from support.findings import altered, find
from support.metered import metered_evidence


@pytest.mark.parametrize(
    ("change", "outcome"), [(0.03, "passed"), (0.09, "invalid"), (-0.09, "invalid")]
)
def test_drift_with_counters_is_that_of_the_reference(change, outcome):
    windows = make_windows(cv=0, drift=change, method="hardware-counter")
    assert find("drift", metered_evidence(windows=windows)).outcome == outcome


@pytest.mark.parametrize(("change", "outcome"), [(0.03, "passed"), (0.09, "invalid")])
def test_drift_of_an_estimate_is_that_of_the_index(change, outcome):
    windows = make_windows(blocks=12, cv=0, drift=0.2)
    assert find("drift", make_evidence(windows=windows)).outcome == "passed"
    moved = altered(
        windows,
        cpu_seconds=lambda i, w: (
            w.cpu_seconds * (1 + change * i / 47 if w.role == "candidate" else 1)
        ),
    )
    finding = find("drift", make_evidence(windows=moved))
    assert finding.outcome == outcome
    assert "reference +2" in finding.message


def test_a_drift_that_scatter_makes_is_a_warning():
    """±25 % from block to block: a slope of 5 % over the run is nothing to see in that."""
    windows = make_windows(blocks=18, cv=0)
    scattered = altered(
        windows,
        cpu_seconds=lambda i, w: (
            w.cpu_seconds * (1 + 0.1 * i / 71) * (1.25 if i // 4 % 7 in {1, 2, 5} else 0.8)
            if w.role == "candidate"
            else w.cpu_seconds
        ),
    )
    finding = find("drift", make_evidence(windows=scattered))
    assert finding.outcome == "warned"
    assert re.search(r"index [+-]\d+\.\d% \(-\d.*% to \+\d.*%\): more than 5%", finding.message)


def test_drift_of_a_quick_look_and_of_too_few_windows():
    slices = (50, 50, 50)
    windows = make_windows(blocks=3, slices=slices, min_window_s=1.0, cv=0, drift=0.1)
    assert find("drift", quick_evidence(windows=windows)).outcome == "not-available"
    counted = make_windows(
        blocks=3,
        slices=slices,
        min_window_s=1.0,
        cv=0,
        drift=0.1,
        method="hardware-counter",
    )
    quick = quick_evidence(windows=counted, meters=(RAPL, CPU_TIME))
    assert find("drift", quick).outcome == "warned"
    assert find("drift", quick_evidence(windows=windows[:4])).outcome == "not-available"
