"""``energylabel compare`` over committed labels and over the loopback Hub."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hub.fixtures import HubHome
from support.evidence import make_answers, make_windows
from support.metered import make_idle, metered_evidence, with_a_rest
from support.parcels import MODEL, again, published, store

from energylabel.cli.app import main

LABELS = Path(__file__).parents[2] / "labels"
Told = tuple[int, str, str]


def one(pattern: str) -> Path:
    (found,) = LABELS.glob(pattern)
    return found


MINILM = one("local/minilm-l6-sst2/*/sst2-test-v1/cpu-amd-epyc-2")
TFIDF = one("energylabel/tfidf-linear/*/sst2-test-v1/cpu-amd-epyc-2")
TINY = one("local/tiny-agnews/*/ag-news-heldout-v1/cpu-amd-epyc-2")


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    def run(*arguments: object) -> Told:
        with pytest.raises(SystemExit) as ended:
            main(["compare", *map(str, arguments)])
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def record(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_bytes())


def test_two_committed_labels_by_figures_of_our_own(told: Callable[..., Told]):
    code, out, _ = told(MINILM, TFIDF, "--format", "json")
    (pair,) = json.loads(out)["differences"]
    assert code == 0
    energies = [record(each, "label.json")["metrics"]["energy"] for each in (MINILM, TFIDF)]
    first, second = (each["index"]["value"] for each in energies)
    assert pair["energy_ratio"]["value"] == pytest.approx(second / first)
    walls = [each["wall_ratio"]["value"] for each in energies]
    assert pair["energy_ratio"]["low"] < pair["energy_ratio"]["value"] / 1.25
    assert pair["energy_ratio"]["high"] > 1.25 * walls[1] / walls[0]
    rights = []
    for folder in (MINILM, TFIDF):
        evidence = record(folder, "evidence.json")
        names = evidence["settings"]["label_map"]
        answers = evidence["answers"]
        rights.append(
            [names[p] == g for p, g in zip(answers["predicted"], answers["gold"], strict=True)]
        )
    gained = sum(b and not a for a, b in zip(*rights, strict=True))
    lost = sum(a and not b for a, b in zip(*rights, strict=True))
    assert pair["rows"] == 1821
    assert pair["accuracy_gain"]["value"] == pytest.approx((gained - lost) / 1821)
    assert (pair["energy"], pair["accuracy"], pair["dominates"]) == ("less", "worse", None)


def test_people_get_a_table_and_a_sentence_for_each_pair(told: Callable[..., Told]):
    code, out, err = told(MINILM, TFIDF, TINY, "--price", "0.3")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].split()[:5] == ["model", "energy", "index", "Wh/1,000", "accuracy"]
    assert "cost/million" in lines[0]
    assert re.search(
        r"^A  local/minilm-l6-sst2 +≈ C–D +≈ 14.4 +≈ 0.0041–0.032 +F 87.9 % of 1,821", lines[1]
    )
    said = lines[5:]
    assert said[0].startswith(
        "B (energylabel/tfidf-linear) against A (local/minilm-l6-sst2): 1/780 of the energy ("
    )
    assert "; −8.9 points of accuracy (−11.0 to −6.8 on 1,821 rows); " in said[0]
    assert said[1] == (
        "C (local/tiny-agnews) against A (local/minilm-l6-sst2): not compared"
        " (workload: sst2-test-v1 and ag-news-heldout-v1)"
    )
    assert said[3] == ("not dominated: A (local/minilm-l6-sst2), B (energylabel/tfidf-linear)")


def test_markdown_is_a_table_and_a_list(told: Callable[..., Told]):
    code, out, _ = told(MINILM, TFIDF, "--format", "markdown", "--country", "FRA")
    lines = out.splitlines()
    assert code == 0
    assert lines[1].startswith("| --- | --- |")
    assert {line.count("|") for line in lines[:4]} == {lines[1].count("|")}
    assert "kg CO2e/million" in lines[0]
    assert lines[-1].startswith("- B ")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((MINILM,), 2, "one label is compared with nothing"),
        ((MINILM, TFIDF, "--against", TINY), 2, "--against takes one label"),
        ((MINILM, TFIDF, "--fail-if-energy", "+5%"), 2, "name it with --against"),
        ((MINILM, "--against", TFIDF, "--fail-if-energy", "5"), 2, "such as +5%"),
        ((MINILM, "--against", TFIDF, "--fail-if-accuracy", "much"), 2, "such as -0.5"),
        ((MINILM, LABELS / "nothing"), 2, "does not exist"),
        ((MINILM, LABELS / "local"), 2, "labels: "),
        ((MINILM, LABELS / "local"), 2, "energylabel list"),
        ((LABELS,), 2, "labels, and each one to compare is named by itself"),
        ((LABELS,), 2, "such as: energylabel compare "),
        ((MINILM, LABELS, "--workload", "none-v1"), 2, "has no label of none-v1"),
        ((MINILM, "--against", "main"), 2, "is no model on the Hub"),
        ((MINILM, "mistyped"), 2, "mistyped is no file or folder here"),
        ((MINILM, MINILM), 2, "two of these are the same label"),
        ((MINILM, TFIDF, "--country", "XXX"), 2, "no carbon intensity is known"),
    ],
)
def test_bad_input_is_one_line_with_a_remedy(
    told: Callable[..., Told], arguments: tuple[object, ...], code: int, words: str
):
    ended, out, err = told(*arguments)
    assert (ended, out) == (code, "")
    assert words in err
    assert err.count("error:") == 1


def test_evidence_that_contradicts_itself_is_not_compared(
    told: Callable[..., Told], tmp_path: Path
):
    forged = json.loads((TFIDF / "evidence.json").read_bytes())
    forged["windows"][0]["queries"] += 1
    (tmp_path / "evidence.json").write_text(json.dumps(forged))
    code, out, err = told(MINILM, tmp_path)
    assert (code, out) == (2, "")
    assert "contradicts itself" in err


def rating(ratio: float, right: int) -> dict[str, Any]:
    windows = with_a_rest(make_windows(ratio, method="hardware-counter", cv=0.001))
    made = metered_evidence(windows=windows, idle=make_idle(windows=windows))
    names = ("windows", "meters", "idle", "single")
    return {name: getattr(made, name) for name in names} | {"answers": make_answers(right)}


def test_a_label_that_stands_already_lost_nothing(told: Callable[..., Told]):
    limits = ("--fail-if-energy", "+0%", "--fail-if-accuracy", "0")
    code, out, err = told(MINILM, "--against", MINILM, *limits)
    assert (code, err) == (0, "")
    assert "1.00 times the energy" in out


@pytest.mark.parametrize("limit", ["--fail-if-accuracy=-0.5", "--fail-if-energy=+5%"])
def test_a_limit_that_cannot_be_checked_is_not_met(told: Callable[..., Told], limit: str):
    code, _, err = told(TINY, "--against", MINILM, "--workload", "ag-news-heldout-v1", limit)
    assert code == 2
    invalid = one("energylabel/char-tfidf-linear/*/ag-news-heldout-v1/cpu-amd-epyc-2")
    code, _, err = told(TINY, "--against", invalid, limit)
    assert code == ("energy" in limit)
    assert err.count("the limit on energy cannot be checked, not comparable") == code
    elsewhere = one("local/minilm-l6-sst2/*/sst2-test-v1/cpu-intel-xeon-processor-2")
    code, out, err = told(MINILM, "--against", elsewhere, limit)
    assert code == ("accuracy" in limit)
    assert "0.920 times the index (0.667–1.18), not distinguishable" in out
    assert err.count("the limit on accuracy cannot be checked, not comparable: hardw") == code


@pytest.mark.slow
def test_a_planted_regression_against_the_hub_s_main_is_caught(
    told: Callable[..., Told],
    hub_home: HubHome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    from energylabel import publishing

    hub_home.sign_in("writer")
    publishing.push(published(hub_home, tmp_path / "old", **rating(0.14, 1820)), "commit")
    same = again(hub_home, tmp_path / "same", **rating(0.1402, 1822))
    worse = again(hub_home, tmp_path / "worse", **rating(0.16, 1720))
    gate = ("--against", "main", "--fail-if-energy", "+5%", "--fail-if-accuracy", "-0.5")
    code, out, err = told(same, *gate)
    assert (code, err.count("error:")) == (0, 0)
    assert out.count("not distinguishable") >= 1
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    code, out, err = told(worse, *gate, "--format", "github")
    assert code == 1
    assert "::error title=energylabel compare::takes 1.14 times the energy" in out
    assert "lost 5.0 points of accuracy" in out
    assert summary.read_text().count("**Worse:**") == 2
    code, out, _ = told(worse, *gate, "--format", "json")
    assert (code, len(json.loads(out)["regressions"])) == (1, 2)
    # The label on the Hub can be named as such, too.
    code, out, _ = told(MODEL, same, "--format", "json")
    assert (code, len(json.loads(out)["labels"])) == (0, 2)
    # The first label of a workload regresses from nothing.
    code, out, err = told(store(tmp_path / "else", other(same)), *gate)
    assert (code, out.count("\n")) == (0, 3)
    assert "the Hub's main has no such label yet: there is nothing to compare with" in err


def other(folder: Path) -> Any:
    from energylabel import storing

    evidence = storing.read_evidence(folder)
    workload = evidence.workload.model_copy(update={"name": "other-v1"})
    return evidence.model_copy(update={"workload": workload})
