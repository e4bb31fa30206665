"""The study's table run again: its statistics against numpy's and scipy's, its draws, its lines."""

import json
import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.stats

ROOT = Path(__file__).parents[2]
SCRIPT = str(ROOT / "benchmarks" / "study.py")


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))


def noisy(count: int, seed: int = 1) -> tuple[list[float], list[float]]:
    dice = random.Random(seed)
    xs = [dice.uniform(1, 9) for _ in range(count)]
    return xs, [3 * x - 2 + dice.gauss(0, 0.7) for x in xs]


def test_the_line_is_scipys():
    from _study_fit import fit

    xs, ys = noisy(25)
    ours, theirs = fit(xs, ys), scipy.stats.linregress(xs, ys)
    assert ours is not None
    assert ours.slope == pytest.approx(theirs.slope)
    assert ours.intercept == pytest.approx(theirs.intercept)
    assert ours.slope_se == pytest.approx(theirs.stderr)
    assert ours.intercept_se == pytest.approx(theirs.intercept_stderr)
    assert ours.r2 == pytest.approx(theirs.rvalue**2)


@pytest.mark.parametrize("x", [-4.0, 5.0, 30.0])
def test_the_band_is_that_of_the_matrix_formula(x: float):
    from _study_fit import fit

    xs, ys = noisy(12)
    design = np.column_stack([np.ones(12), xs])
    beta, (squares,), *_ = np.linalg.lstsq(design, np.array(ys), rcond=None)
    point = np.array([1.0, x])
    spread = squares / 10 * (1 + point @ np.linalg.inv(design.T @ design) @ point)
    line = fit(xs, ys)
    assert line is not None
    assert line.at(x) == pytest.approx(beta @ point)
    # 2.228: Student's t for 10 degrees of freedom, 97.5 %, as printed tables have it.
    assert line.margin(x) == pytest.approx(2.228139 * math.sqrt(spread), rel=1e-6)


def test_the_band_holds_a_further_point_as_often_as_it_says():
    from _study_fit import fit

    dice, inside = random.Random(7), 0
    for seed in range(1500):
        line = fit(*noisy(8, seed))
        assert line is not None
        x = dice.uniform(1, 9)
        inside += abs(3 * x - 2 + dice.gauss(0, 0.7) - line.at(x)) <= line.margin(x)
    assert inside / 1500 == pytest.approx(0.95, abs=0.017)  # three standard errors


def test_a_power_law_is_a_line_through_logarithms():
    from _study_fit import factor, log_fit

    xs = [0.01, 0.3, 2.0, 50.0]
    line = log_fit(xs, [5 * x**1.25 for x in xs])
    assert line is not None
    assert line.slope == pytest.approx(1.25)
    assert math.exp(line.intercept) == pytest.approx(5)
    assert factor(line, xs) == pytest.approx(1)
    rough = log_fit(xs, [5 * x * ratio for x, ratio in zip(xs, (1.1, 0.9, 0.9, 1.1), strict=True)])
    assert rough is not None
    # The band is widest at an end: checked against the matrix formula there.
    assert factor(rough, xs) == pytest.approx(
        math.exp(max(rough.margin(math.log(x)) for x in xs)), rel=1e-12
    )
    assert factor(rough, xs) > math.exp(rough.margin(rough.mean_x)) > 1.2


def test_a_line_that_the_largest_carry_says_nothing_of_the_smallest():
    from _study_fit import fit, worst_ratio

    xs, ys = [0.01, 1.0, 40.0, 2500.0], [0.002, 0.5, 6.0, 700.0]
    line = fit(xs, ys)
    assert line is not None
    assert line.r2 > 0.99
    assert worst_ratio(line, xs, ys) == -math.inf
    exact = fit([1, 2, 3], [2, 4, 6])
    assert exact is not None
    assert worst_ratio(exact, [1, 2, 3], [2, 8, 6]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("xs", "ys"), [([], []), ([1, 2], [1, 2]), ([4, 4, 4, 4], [1, 2, 3, 4]), ([0, 0, 0], [1, 2, 3])]
)
def test_where_there_is_no_line(xs: list[float], ys: list[float]):
    from _study_fit import fit

    assert fit(xs, ys) is None


def test_logarithms_need_values_above_zero():
    from _study_fit import log_fit

    assert log_fit([1, 2, 3], [1, 0, 3]) is None
    assert log_fit([], []) is None


def folder(path: Path, train: int, test: int) -> Path:
    """A workload of two classes, whose label numbers are of no use."""
    path.mkdir(parents=True)
    for name, count in (("train", train), ("test", test)):
        rows = [
            {
                "text": f"{'a good' if n % 2 else 'an awful'} film {name if n % 5 else 'both'} {n}",
                "label": 7,
                "label_name": "positive" if n % 2 else "negative",
            }
            for n in range(count)
        ]
        if rows:
            (path / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_a_draw_is_the_same_for_every_model_and_shares_no_text(tmp_path: Path):
    from _study_data import corpus, draw

    here = corpus(folder(tmp_path / "sst2", 100, 80))
    assert here.definition.name == "sst2-v1"
    one = draw(here, 0, 40)
    assert one == draw(here, 0, 40)
    assert one != draw(here, 1, 40)
    assert len({text for text, _ in one.train}) == len({text for text, _ in one.test}) == 40
    assert not {text for text, _ in one.train} & {text for text, _ in one.test}
    assert set(one.test) <= set(here.test)
    assert all(label == ("good" in text) for text, label in (*one.train, *one.test))


def test_both_parts_come_from_one_file_where_there_is_but_one(tmp_path: Path):
    from _study_data import corpora, draw

    folder(tmp_path / "my_own", 0, 60)
    folder(tmp_path / "sst2", 5, 60)
    (mine,) = corpora(tmp_path, ["my-own-v1"])
    assert mine.definition.labels == ("negative", "positive")
    one = draw(mine, 3, 30)
    assert sorted((*one.train, *one.test)) == sorted(mine.test)
    with pytest.raises(SystemExit, match="none of the workloads"):
        corpora(tmp_path, ["imdb-v1"])


def cell(model: str, seed: int, **values: Any) -> dict[str, Any]:
    made = {
        "model": model,
        "revision": "0",
        "family": model,
        "device": "cpu",
        "fit_s": 0.5,
        "workload": "ag-news-v1",
        "seed": seed,
        "rows": 200,
        "accuracy": 0.6 + 0.1 * seed,
        "seconds": 0.01 * (seed + 1),
        "cpu_s": 0.02 * (seed + 1),
        "joules": 0.72,
        "provenance": "estimated",
        "foreign": 0.5,
    }
    return made | values


def test_the_report_says_what_was_counted_and_what_is_a_model():
    from _study_report import report

    cells = [cell("bow-linear", seed) for seed in range(3)]
    text = report(cells, 200)
    assert "3 cells, 3 draws each; others took 50 % of our CPU time" in text
    assert "| bow-linear | 70.0 ± 10.0 |" in text
    assert "| bow-linear | 0.200 ± 0.100 |" in text  # 0.04 s of 200 texts
    assert "modelled by CodeCarbon, not measured" in text
    assert "| bow-linear | 1,000 ± 0 |" in text  # 0.72 J of 200 texts
    assert "| bow-linear | ag-news-v1 | 70.0 % | 65 % | +5.0 | < 0.05 |" in text
    assert "| bow-linear | 0.500 ± 0 |" in text  # seconds of fitting
    assert "| bow-linear | 1 | – |" in text  # one workload makes no line
    assert "### CPU-seconds on run time" in text
    metered = report([cell("bow-linear", seed, provenance="metered") for seed in range(3)], 200)
    assert "### Joules on run time" in metered
    assert "not measured" not in metered


def test_a_point_is_a_models_mean_on_a_workload_and_the_constant_answer_is_none():
    from _study_report import lines

    places = {"ag-news-v1": 1.0, "sst2-v1": 3.0, "own-v1": 8.0}
    cells = [
        cell("bow-linear", seed, workload=name, seconds=x + noise, cpu_s=2 * x - noise)
        for name, x in places.items()
        for seed, noise in enumerate((-0.5, 0.0, 0.5))
    ]
    cells += [cell("majority", 0, workload=name, seconds=1e-6, cpu_s=5.0) for name in places]
    family, everything = lines(cells, "cpu_s").splitlines()[2:]
    # The draws' noise runs against the line; their means lie on it.
    assert family.startswith("| bow-linear | 3 | 2 ± ")
    assert family.removeprefix("| bow-linear") == everything.removeprefix("| all")
    assert "| 1.000 |" in family


def test_only_the_last_revision_of_a_model_is_reported():
    from _study_report import report

    old = [cell("bow-linear", seed, accuracy=0.1) for seed in range(3)]
    new = [cell("bow-linear", seed, accuracy=0.9, revision="1") for seed in range(3)]
    text = report([*old, *new], 200)
    assert "3 cells, 3 draws each" in text
    assert "| bow-linear | 90.0 ± 0.0 |" in text
    assert "No model and workload" in report([cell("tfidf-linear", 0)], 200)


def test_a_workload_with_too_few_texts_is_known(tmp_path: Path):
    from _study_data import corpus, enough

    both = corpus(folder(tmp_path / "sst2", 100, 80))
    assert enough(both, 40)
    assert not enough(both, 90)
    alone = corpus(folder(tmp_path / "my_own", 0, 60))
    assert enough(alone, 30)
    assert not enough(alone, 31)


def test_the_report_names_what_was_left_out_and_does_without_a_line():
    from _study_report import report

    out = {"model": "m", "revision": "1", "family": "f", "workload": "w-v1", "seed": 0, "rows": 200}
    text = report([cell("bow-linear", 0), out | {"skipped": "no such head"}], 200)
    assert "- m (f) on w-v1: no such head" in text
    assert "| bow-linear | 1 | – |" in text
    assert report([], 200) == "Nothing was measured."
    assert report([cell("majority", 0)], 100) == "Nothing was measured."


@pytest.mark.slow
def test_a_run_goes_on_where_the_last_one_ended(tmp_path: Path):
    from _study_data import corpus
    from study import read_cells

    data = tmp_path / "data"
    assert corpus(folder(data / "sst2", 100, 80)).train
    out = tmp_path / "cells.jsonl"
    command = [sys.executable, SCRIPT, "--data", str(data), "--out", str(out), "--model", "demo"]
    command += ["--family", "tfidf-linear", "--family", "sequence-classification"]
    command += ["--seeds", "2", "--rows", "30", "--seconds", "0.05"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    cells = read_cells(out)
    made = [each for each in cells if "accuracy" in each]
    assert [(each["family"], each["seed"]) for each in made] == [
        ("tfidf-linear", 0),
        ("tfidf-linear", 1),
    ]
    assert all(each["accuracy"] == 1 and each["passes"] > 1 for each in made)
    assert all(each["cpu_s"] > 0 and each["seconds"] > 0 and each["fit_s"] > 0 for each in made)
    (left,) = [each for each in cells if "skipped" in each]
    assert left["family"] == "sequence-classification"
    assert "| tfidf-linear | 100.0 ± 0.0 |" in done.stdout
    assert "demo (sequence-classification) on sst2-v1:" in done.stdout
    # A line that broke off is measured again, and nothing else is.
    lines = out.read_text().splitlines(keepends=True)
    kept = [line for line in lines if '"seed": 0' in line and "accuracy" in line]
    out.write_text("".join(kept) + lines[-1][:20])
    again = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "tfidf-linear · sst2-v1 · seed 1: 100.0 %" in again.stderr
    assert "tfidf-linear · sst2-v1 · seed 0" not in again.stderr
    assert len([each for each in read_cells(out) if "accuracy" in each]) == 2
    assert len([each for each in read_cells(out) if "skipped" in each]) == 1
