import pytest
from support.evidence import (
    CPU_TIME,
    RAPL,
    WITHOUT_FILES,
    make_answers,
    make_evidence,
    make_hardware,
    make_protocol,
    make_settings,
    make_subject,
    make_windows,
    make_workload,
    quick_evidence,
)
from support.findings import SCALE, altered, find, findings_of
from support.metered import metered_evidence

from energylabel.judging.checks import check, refusal
from energylabel.judging.metrics import measure
from energylabel.records import WarmUp
from energylabel.records.evidence import Attempt, Reading


def joules(value):
    return (Reading(meter="rapl", method="hardware-counter", joules={"cpu": value}),)


def test_a_clean_rating_has_nothing_against_it():
    findings = findings_of(metered_evidence(hardware=make_hardware(virtualised=False)))
    assert {f.outcome for f in findings.values()} == {"passed"}
    assert refusal(tuple(findings.values())) is None
    assert len(findings) == len({f.name for f in findings.values()})


# --- answers


def test_a_constant_predictor_is_refused():
    answers = make_answers().model_copy(update={"predicted": (1,) * 2000})
    findings = check(e := make_evidence(answers=answers), measure(e, SCALE), SCALE)
    stop = refusal(findings)
    assert (stop.name, stop.outcome) == ("constant-predictor", "invalid")
    assert "'Sports'" in stop.message
    assert "2000" in stop.message


def test_cut_and_repaired_texts_are_noted():
    assert find("truncation", make_evidence()).outcome == "passed"
    cut = make_evidence(answers=make_answers(truncated=50), subject=make_subject(max_tokens=128))
    assert "2.5% of the texts were cut at 128 tokens" in find("truncation", cut).message
    repaired = make_evidence(workload=make_workload(repaired_texts=3))
    assert find("repaired-texts", repaired).outcome == "noted"
    words = make_evidence(
        answers=make_answers(truncated=50),
        subject=make_subject(**WITHOUT_FILES, max_tokens=512),
    )
    assert "2.5% of the texts were cut at 512 words" in find("truncation", words).message


# --- readings


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda i, w: joules(0.0) if i == 5 else w.energy, "in 1 of 24"),
        (lambda i, w: joules(-3.0) if i > 20 else w.energy, "in 3 of 24"),
        (joules(12.5), "stuck at 12.5 in all 24"),
    ],
)
def test_broken_joules_are_invalid(change, said):
    evidence = metered_evidence(
        windows=altered(make_windows(method="hardware-counter"), energy=change)
    )
    finding = find("energy-readings", evidence)
    assert finding.outcome == "invalid"
    assert said in finding.message


def test_a_meter_that_fell_silent_is_invalid():
    windows = altered(make_windows(), energy=lambda i, w: () if i == 7 else w.energy)
    finding = find("energy-readings", make_evidence(windows=windows))
    assert finding.outcome == "invalid"
    assert "missing in 1 of 24" in finding.message


def test_no_joules_at_all_are_not_available():
    evidence = make_evidence(windows=altered(make_windows(), energy=()), meters=(CPU_TIME,))
    findings = findings_of(evidence)
    assert findings["energy-readings"].outcome == "not-available"
    assert "TDP" not in findings["provenance"].message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda i, w: 0.0 if i == 0 else w.cpu_seconds, "in 1 of 24"),
        (7.0, "stuck"),
        (lambda i, w: 3 * w.seconds if i == 3 else w.cpu_seconds, "more than 2 CPUs"),
    ],
)
def test_broken_processor_time_is_invalid(change, said):
    evidence = make_evidence(windows=altered(make_windows(), cpu_seconds=change))
    finding = find("cpu-seconds", evidence)
    assert finding.outcome == "invalid"
    assert said in finding.message


def test_short_windows_are_invalid():
    evidence = make_evidence(windows=make_windows(min_window_s=1.0))
    finding = find("window-length", evidence)
    assert finding.outcome == "invalid"
    assert "2 s" in finding.message
    assert find("window-length", make_evidence(windows=make_windows(min_window_s=2.0))).outcome == (
        "passed"
    )
    metered = metered_evidence(windows=make_windows(min_window_s=2.0, method="hardware-counter"))
    assert "5 s" in find("window-length", metered).message


def test_neighbours_beside_an_estimate_are_noted_with_their_share():
    finding = find("contamination", make_evidence(windows=make_windows(foreign=0.8)))
    assert finding.outcome == "noted"
    assert "80.0%" in finding.message
    unknown = find("contamination", make_evidence(windows=make_windows(foreign=None)))
    assert unknown.outcome == "not-available"


def metered(**knobs):
    return make_windows(method="hardware-counter", **knobs)


def retaken(blocks):
    return altered(metered(blocks=blocks, first_block=6), kept=False)


def one_loud(i, _):
    return 0.06 if i == 2 else 0.0


@pytest.mark.parametrize(
    ("windows", "outcome", "said"),
    [
        (metered(), "passed", "1.0%"),
        (altered(metered(), foreign_cpu_share=one_loud), "invalid", "1 of 6"),
        ((*metered(), *retaken(2)), "noted", "2 blocks"),
        ((*metered(), *retaken(7)), "invalid", "only 6 kept"),
    ],
)
def test_neighbours_beside_counters(windows, outcome, said):
    finding = find("contamination", make_evidence(windows=windows, meters=(RAPL, CPU_TIME)))
    assert finding.outcome == outcome
    assert said in finding.message


def test_an_estimate_says_what_its_joules_are():
    finding = find("provenance", make_evidence())
    assert finding.outcome == "noted"
    assert "own processor time at 2 to 15 W per busy core" in finding.message


# --- figures


@pytest.mark.parametrize(("cv", "outcome"), [(0.001, "passed"), (0.08, "warned"), (0.3, "invalid")])
def test_convergence(cv, outcome):
    windows = make_windows(blocks=30, cv=cv, seed=3)
    finding = find("convergence", make_evidence(windows=windows))
    assert finding.outcome == outcome
    assert "30 blocks" in finding.message


def test_the_width_of_a_quick_look_is_only_noted():
    slices = (50, 50, 50)
    windows = make_windows(blocks=3, slices=slices, min_window_s=1.0, cv=0.15)
    evidence = quick_evidence(windows=windows)
    assert measure(evidence, SCALE).energy.half_width > 0.10
    assert find("convergence", evidence).outcome == "noted"
    one = quick_evidence(windows=windows[:4])
    assert find("convergence", one).outcome == "invalid"


def test_a_model_that_remembers_texts_is_invalid():
    def dear(i, w):
        first, *later = w.pass_cpu_seconds
        return (1.4 * first, *later) if w.position == 1 else w.pass_cpu_seconds

    evidence = make_evidence(windows=altered(make_windows(cv=0), pass_cpu_seconds=dear))
    finding = find("caching", evidence)
    assert finding.outcome == "invalid"
    assert "40%" in finding.message
    apart = make_evidence(windows=altered(make_windows(), session=lambda _, w: w.position))
    assert find("caching", apart).outcome == "not-available"


def test_a_restless_warm_up_is_warned():
    restless = WarmUp(
        session=0, role="candidate", seconds=60, cpu_seconds_per_query=(1.0, 2.0), steady=False
    )
    finding = find("warm-up", make_evidence(warm_up=(restless,)))
    assert finding.outcome == "warned"
    assert "candidate" in finding.message


def test_a_quick_look_says_so():
    finding = find("protocol", quick_evidence())
    assert (finding.outcome, finding.message) == (
        "noted",
        "quick look: 1 round, 3 blocks, 150 queries",
    )


# --- circumstances


@pytest.mark.parametrize(
    ("overrides", "name", "outcome", "said"),
    [
        ({"subject": make_subject(dtype="float16")}, "dtype", "noted", "not native"),
        ({"hardware": make_hardware(cpu_quota=1.5)}, "cpu-quota", "warned", "1.5 CPUs"),
        ({"hardware": make_hardware(cpu_quota=4.0)}, "cpu-quota", "noted", "4 CPUs"),
        ({"hardware": make_hardware(power_source="battery")}, "power-source", "warned", "battery"),
        ({"hardware": make_hardware(power_source="mains")}, "power-source", "passed", "mains"),
        ({"hardware": make_hardware(virtualised=None)}, "virtualised", "not-available", "told"),
        ({"hardware": make_hardware(virtualised=True)}, "virtualised", "noted", "virtual machine"),
        ({"sessions": 3}, "resumed", "noted", "3 sessions"),
        (
            {"settings": make_settings(batch_size=8, batch_size_requested=32)},
            "batch-size", "noted", "8 texts instead of 32",
        ),
        (
            {
                "attempts": (
                    Attempt(started_at=1.0, protocol="standard", outcome="completed", windows=24),
                    Attempt(started_at=2.0, protocol="quick", outcome="failed", windows=0),
                )
            },
            "attempts", "noted", "attempt 3",
        ),
    ],
)  # fmt: skip
def test_circumstances(overrides, name, outcome, said):
    finding = find(name, make_evidence(**overrides))
    assert finding.outcome == outcome
    assert said in finding.message


def test_circumstances_that_do_not_apply_are_left_out():
    findings = findings_of(make_evidence(hardware=make_hardware(virtualised=False)))
    assert not {"cpu-quota", "power-source", "virtualised", "resumed", "batch-size"} & set(findings)


def test_the_target_comes_from_the_settings():
    settings = make_settings(protocol=make_protocol(target_half_width=0.001))
    assert find("convergence", make_evidence(settings=settings)).outcome == "warned"
