"""The page over 10,000 labels: how long it takes to make, how large it is, how fast it answers.

    python benchmarks/page.py [--labels 10000] [--keep FOLDER]

The labels are made of the committed ones: names and revisions of their own, figures moved at
random, so that they compress no better than real ones. Their ids are those of their evidence, and
no figure follows from it: the full check is timed apart, over copies of what is committed. Needs
Debian's chromium (or CHROMIUM=path) and playwright.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 100_000
"""Bytes of evidence that is copied: larger ones are of linear models with thousands of passes."""

WORDS = (
    "bert",
    "mini",
    "distil",
    "rober",
    "large",
    "base",
    "small",
    "xlm",
    "e5",
    "gte",
    "nli",
    "news",
)
SORTS = (
    "name",
    "hardware",
    "energy",
    "wh",
    "accuracy",
    "p95",
    "memory",
    "front",
    "date",
    "workload",
)


def originals() -> list[Path]:
    """Folders of committed labels with evidence of a usual size."""
    found = sorted((ROOT / "labels").rglob("evidence.json"))
    small = [path.parent for path in found if path.stat().st_size < LARGEST]
    return [folder for folder in small if "history" not in folder.parts]


def make_labels(out: Path, count: int) -> None:
    """Write labels with names and figures of their own."""
    rng = random.Random(17)  # noqa: S311 - no secret hangs on it
    kinds = [
        ((folder / "evidence.json").read_bytes(), json.loads((folder / "label.json").read_bytes()))
        for folder in originals()
    ]
    for number in range(count):
        evidence, label = kinds[number % len(kinds)]
        name = f"org{rng.randrange(900)}/{'-'.join(rng.sample(WORDS, 3))}-{number}"
        content = evidence.replace(
            json.dumps(label["subject"]["name"]).encode(), json.dumps(name).encode()
        )
        content, change = answered(content, rng)
        folder = out / name / "w" / "h"
        folder.mkdir(parents=True)
        (folder / "evidence.json").write_bytes(content)
        made = moved(json.loads(json.dumps(label)), name, content, change, rng)
        (folder / "label.json").write_text(json.dumps(made))


def answered(evidence: bytes, rng: random.Random) -> tuple[bytes, float]:
    """Evidence with other answers, and by how much the accuracy has changed."""
    record = json.loads(evidence)
    gold, said = (np.array(record["answers"][key]) for key in ("gold", "predicted"))
    label_map = np.array(record["settings"]["label_map"])
    right = label_map[said] == gold
    random_rows = np.random.default_rng(rng.randrange(2**32)).random(len(gold))
    shift = rng.uniform(-0.1, 0.08)
    other = np.where(right, (said + 1) % len(label_map), np.argsort(label_map)[gold])
    likely = np.where(right, max(-shift, 0), max(shift, 0)) / np.where(right, 1, 0.2)
    new = np.where(random_rows < likely, other, said)
    before, mark, rest = evidence.partition(b'"predicted":[')
    _, _, after = rest.partition(b"]")
    changed = before + mark + ",".join(map(str, new)).encode() + b"]" + after
    return changed, float((label_map[new] == gold).mean() - right.mean())


def moved(
    label: dict[str, Any], name: str, evidence: bytes, shift: float, rng: random.Random
) -> dict[str, Any]:
    """The label with another name and figures of its own."""
    factor = rng.lognormvariate(0, 1)
    metrics = label["metrics"]
    for each in ("index", "repeatability", "cpu_ratio", "wall_ratio"):
        metrics["energy"][each] = scaled(metrics["energy"][each], factor)
    modelled = metrics["energy"].get("modelled")
    if modelled:
        modelled["wh_per_1000"] = scaled(modelled["wh_per_1000"], factor)
    right = metrics["accuracy"]["accuracy"]
    for end in ("low", "value", "high"):
        right[end] = min(max(right[end] + shift, 0.001), 0.999)
    speed = metrics["speed"]
    for each in ("latency_p50_s", "latency_p95_s", "latency_p99_s", "throughput_per_s"):
        speed[each] *= factor * rng.uniform(0.9, 1.1)
    metrics["peak_memory_bytes"] = int(metrics["peak_memory_bytes"] * rng.uniform(0.5, 4))
    label["subject"] |= {"name": name, "revision": rng.randbytes(32).hex()}
    label["subject"]["parameters"] = int(label["subject"]["parameters"] * rng.uniform(0.5, 9))
    label["issued_at"] += rng.uniform(0, 3e7)
    label["id"] = hashlib.sha256(evidence).hexdigest()
    return label


def scaled(figure: dict[str, Any], factor: float) -> dict[str, Any]:
    """An estimate or a range, all of it times the same."""
    return {
        key: value * factor if key in {"low", "value", "high"} and value is not None else value
        for key, value in figure.items()
    }


def build(labels: Path, out: Path, *options: str) -> tuple[float, float, str]:
    """Seconds by the clock and of processors, with nothing remembered, and what was said."""
    state = {"XDG_STATE_HOME": str(out.with_suffix(".state"))}
    spent, began = spent_by_children(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "energylabel", "page", str(labels), "--out", str(out), *options],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | state,
    )
    return time.perf_counter() - began, spent_by_children() - spent, done.stderr


def spent_by_children() -> float:
    """Processor seconds of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


_READY = """() => new Promise((done) => {
  const there = () => document.querySelector("#labels tbody tr");
  const look = () => requestAnimationFrame(() => there() ? done(performance.now()) : look());
  look();
})"""
_TIMED = """([act, value]) => new Promise((done) => {
  const field = document.querySelector(act), began = performance.now();
  if (field.tagName === "BUTTON") field.click();
  else { field.value = value; field.dispatchEvent(new Event("input", {bubbles: true})); }
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
})"""
"""From the act to the frame that shows what came of it."""

FILTERS = (
    ("[name=q]", "bert"),
    ("[name=q]", ""),
    ("[name=workload]", "sst2-test-v1"),
    ("[name=workload]", ""),
    ("[name=acc]", "85"),
    ("[name=acc]", ""),
    ("[name=wh]", "0.01"),
    ("[name=wh]", ""),
)


def browse(page: Path, rounds: int) -> dict[str, list[float]]:
    """Milliseconds until the first rows, of each sort and of each filter."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    times: dict[str, list[float]] = {"first rows": [], "sort": [], "filter": []}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for _ in range(rounds):
            view = browser.new_page(viewport={"width": 1400, "height": 900})
            view.goto(page.as_uri(), wait_until="commit")
            times["first rows"].append(view.evaluate(_READY))
            for by in SORTS:
                times["sort"].append(view.evaluate(_TIMED, [f"thead button[data-by={by}]", ""]))
            for act_value in FILTERS:
                times["filter"].append(view.evaluate(_TIMED, list(act_value)))
            view.close()
        browser.close()
    return times


def full_check(work: Path) -> tuple[int, float]:
    """Labels and processor seconds of a full check over copies of the committed ones."""
    copies = work / "copies"
    folders = originals() * 8
    for number, folder in enumerate(folders):
        to = copies / str(number)
        to.mkdir(parents=True)
        for name in ("evidence.json", "label.json"):
            shutil.copy2(folder / name, to / name)
    _, start, _ = build(originals()[0], work / "one", "--check", "full")
    _, spent, _ = build(copies, work / "full", "--check", "full")
    return len(folders), spent - start


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="Where the labels lie, or are made once.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        labels = chosen.keep or work / "labels"
        if not labels.exists():
            make_labels(labels, chosen.labels)
        clock, processor = [], []
        for _ in range(chosen.rounds):
            seconds, spent, said = build(labels, work / "site")
            clock.append(seconds)
            processor.append(spent)
        if "left out" in said:
            raise SystemExit(said)
        page = work / "site" / "index.html"
        print("| what | median | worst | of |\n| --- | --- | --- | --- |")
        print(row("build, s", clock))
        print(row("build, processor seconds", processor))
        print(f"| file, MB | {page.stat().st_size / 1e6:.2f} | | |")
        for what, times in browse(page, chosen.rounds).items():
            print(row(f"{what}, ms", times))
        count, spent = full_check(work)
        print(f"| full check, processor ms a label | {1000 * spent / count:.0f} | | {count} |")


def row(what: str, times: list[float]) -> str:
    """One line of the table."""
    return f"| {what} | {statistics.median(times):.3g} | {max(times):.3g} | {len(times)} |"


if __name__ == "__main__":
    main()
