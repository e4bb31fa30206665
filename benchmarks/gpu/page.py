"""The page of ``gpu_report.py``: what each step of a run found, and what it did not."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from .runs import Run, percent, shown
from .settings import STEPS
from .standard import NUMBERS


def page(runs: Sequence[Run]) -> str:
    """The whole page, Markdown."""
    names = [run.gpu for run in runs]
    lines = [f"# The GPU check: {', '.join(dict.fromkeys(names))}", ""]
    lines += [
        "Made by `gpu_report.py` from the records of `gpu_check.py`. Every figure was measured in",
        "the runs below; what was not says so.",
        "",
        "## The standard's numbers",
        "",
    ]
    head = [f"run {number}: {name}" for number, name in enumerate(names, 1)]
    rows = [
        [number.section, f"“{number.quote.strip('| ').replace(' | ', ', ')}”"]
        + [number.measured(run) for run in runs]
        for number in NUMBERS
    ]
    lines += table(["section", "the standard says", *head], rows)
    for number, run in enumerate(runs, 1):
        lines += ["", *of_run(run, f"Run {number}: " if len(runs) > 1 else "")]
    return "\n".join(lines) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    told = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(row)} |" for row in told]


def of_run(run: Run, number: str) -> Iterator[str]:
    """Everything of one run; ``number`` begins its heading."""
    hardware, began = run.head["hardware"], datetime.fromtimestamp(run.head["started_at"], UTC)
    yield f"## {number}{run.gpu}, {began:%Y-%m-%d}"
    yield ""
    (gpu,) = hardware["gpus"]
    yield f"{gpu['memory_bytes'] / 1e9:.0f} GB, driver {gpu['driver']}, beside"
    yield f"{hardware['logical_cpus']} processors ({hardware['cpu_model']});"
    yield ", ".join(f"{name} {version}" for name, version in run.head["versions"].items()) + "."
    install = run.head.get("install")
    if install:
        lacking = "; ".join(install["lacking"]) or "nothing"
        yield f"{len(install['taken'])} packages were installed in {install['seconds']} s;"
        yield f"lacking: {lacking}."
    yield ""
    limits = {row["name"]: row["limit_s"] for row in run.head["steps"]}
    rows = []
    for step in STEPS:
        took = run.steps.get(step.name, {}).get("seconds")
        limit = limits.get(step.name)
        times = ["–" if each is None else f"{each:.0f} s" for each in (limit, took)]
        rows.append([f"{step.name}: {step.title}", *times, run.state(step.name)])
    yield from table(["step", "limit", "took", "how it ended"], rows)
    for step in STEPS:
        if step.name in run.steps:
            yield ""
            yield f"### {step.title}"
            yield ""
            yield from _SECTIONS[step.name](run)
            yield from left_out(run.steps[step.name])


def left_out(step: dict[str, Any]) -> Iterator[str]:
    """What a step did not measure, and why."""
    rows = step.get("left_out", [])
    if step.get("error"):
        rows = [*rows, {"what": "the rest of this step", "why": step["error"]}]
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        by_reason.setdefault(one_line(row["why"]), []).append(row["what"])
    if rows:
        yield ""
        yield from (f"- Left out: {'; '.join(what)}: {why}" for why, what in by_reason.items())


def one_line(text: str) -> str:
    """Without line ends and bars, which a table or list would not survive."""
    return " ".join(text.replace("|", "/").split())


def rating(run: Run) -> Iterator[str]:
    """Step a."""
    found = run.steps["a"].get("found", {})
    code = shown(found.get("doctor_code"), "d")
    yield f"- `doctor`: {shown(found.get('doctor_s'), '.1f', ' s')}, exit code {code}"
    yield f"- start to label: {shown(found.get('start_to_label_s'), '.1f', ' s')}"
    index = found.get("index") or {}
    value, low, high = (shown(index.get(name)) for name in ("value", "low", "high"))
    yield f"- index {value} ({low} to {high}), {found.get('provenance', 'no provenance')}"
    if "windows" in found:
        counted = found["windows_with_counted_gpu_joules"]
        yield f"- joules of the GPU from its counter: {counted} of {found['windows']} windows"
    drawn = found.get("picture")
    size = f"{drawn['width']} × {drawn['height']} pixels" if drawn else "not drawn"
    yield f"- picture: {size}"


def repeats(run: Run) -> Iterator[str]:
    """Step b."""
    values = run.found("b", "quick_indexes") or []
    told = ", ".join(f"{value:.3g}" for value in values) or "none"
    yield f"- quick indexes: {told}; spread {percent(run.found('b', 'quick_spread'))}"
    yield f"- at rest: {shown(run.found('b', 'idle_watts'), '.1f', ' W')}"
    ticks = {name: run.found("b", "tick_s", name) for name in ("median", "shortest", "longest")}
    told = ", ".join(f"{n} {shown(v and 1000 * v, '.1f', ' ms')}" for n, v in ticks.items())
    yield f"- the counter ticks: {told}"
    looks = {name: run.found("b", "look_s", name) for name in ("counter", "power")}
    told = ", ".join(f"{n} {shown(v and 1000 * v, '.2f', ' ms')}" for n, v in looks.items())
    yield f"- a look takes, in the median: {told}"
    rows = [
        [
            f"{row['seconds']:g}",
            f"{len(row['plain'])}",
            percent(row["aligned_spread"]),
            percent(row["plain_spread"]),
            f"{row['refused']}",
        ]
        for row in run.found("b", "windows") or []
    ]
    if rows:
        yield ""
        head = ["seconds", "windows", "aligned: spread of watts", "not aligned", "refused"]
        yield from table(head, rows)


def scale(run: Run) -> Iterator[str]:
    """Step c."""
    for name, words in (
        ("trained_to_seeded", "joules, trained ÷ seeded weights of the packed model's shape"),
        ("base_index", "index of BERT-base's shape with trained weights"),
    ):
        values = run.found("c", name) or []
        yield f"- {words}: {', '.join(f'{value:.4g}' for value in values) or shown(None)}"
    rows = [
        [
            row["name"],
            f"{row['millions']:g}",
            f"{row['cpu_index']:g}",
            f"{row['batch']['index']:.1f}",
            percent(row["batch"]["scatter"]),
            f"{row['single']['index']:.1f}",
            f"{row['single']['wh_per_1000']:.3g}",
        ]
        for row in run.found("c", "architectures") or []
    ]
    if rows:
        yield ""
        head = ["architecture", "parameters, M", "CPU index", "batch: index", "two windows differ"]
        yield from table([*head, "single: index", "single: Wh per 1,000"], rows)


def published(run: Run) -> Iterator[str]:
    """Step d."""
    rows = []
    for load in ("single", "batch"):
        small, large = (
            run.found("d", load, "wh_per_1000", name) for name in ("distilbert", "bert_large")
        )
        ratio = run.found("d", load, "large_to_distilbert")
        rows.append([load, shown(small), shown(large), shown(ratio)])
    head = ["load", "6 layers of 768, Wh per 1,000", "BERT-large, Wh per 1,000", "ratio"]
    yield from table(head, rows)


def proxy(run: Run) -> Iterator[str]:
    """Step e."""
    fits = run.found("e", "fits") or {}
    rows = [
        [
            name,
            f"{fit['points']}",
            shown(fit["r2"], ".4f"),
            shown(fit["slope"], ".0f"),
            shown(fit["worst"], ".2f"),
            shown(fit["exponent"], ".3f"),
            shown(fit["band"], ".2f"),
        ]
        for name, fit in fits.items()
    ]
    head = ["load", "points", "R²", "slope, W", "line ÷ true, worst", "exponent", "band ×÷"]
    yield from table(head, rows)


def formats(run: Run) -> Iterator[str]:
    """Step f."""
    rows = [
        [row["name"], f"{row['joules_per_1000']:.3g}", f"{row['ratio']:.3f}"]
        for row in run.found("f", "formats") or []
    ]
    head = ["BERT-base's shape", "joules per 1,000 texts", "÷ float32, 16,384 tokens"]
    yield from table(head, rows)


_SECTIONS = {
    "a": rating,
    "b": repeats,
    "c": scale,
    "d": published,
    "e": proxy,
    "f": formats,
}
