"""A finished rating in words, for each format that people or GitHub read."""

from collections.abc import Sequence
from typing import Any

from energylabel import formatting
from energylabel.cli.output import LEVELS, MARKS, annotation, clean
from energylabel.events import Spent
from energylabel.pipeline import Rated
from energylabel.records import Label, SpeedMetrics, TimeSpent
from energylabel.rendering import FORMATS, escape_markdown, printed


def human(rated: Rated) -> str:
    """A few lines with everything that matters, then the findings that are not plain passes."""
    label, values = rated.label, printed(rated.label)
    conditions = label.conditions
    heading = f"{clean(label.subject.name)} @ {label.subject.revision[:12]} on "
    heading += clean(label.workload.called)
    if label.quick_look:
        heading += "  [quick look]"
    lines = [
        heading,
        f"  energy    {_energy(label, values)}",
        f"            {label.provenance} · {conditions.ran}"
        + ("" if conditions.native else " (not native)"),
        f"  accuracy  {_accuracy(label, values)}",
        *(f"  beside    {_beside(each)}" for each in values["beside"]),
        f"  latency   {_speed(label.metrics.speed)}",
        *([f"  fitted    {values['fitting']}"] if values["fitting"] else []),
        f"  label     {rated.folder / 'label.svg'}",
        f"  id        {label.id}",
    ]
    if values["kind"]:
        lines.insert(1, f"  kind      {_kind(label, values)}")
    lines += [
        f"  {MARKS[finding.outcome]} {clean(finding.message)}"
        + (f" ({clean(finding.remedy)})" if finding.remedy else "")
        for finding in label.findings
        if finding.outcome in MARKS
    ]
    lines += [f"  + {more}"] if (more := _more(label)) else []
    return "\n".join(lines)


def _more(label: Label) -> str:
    """What a further file would bring; empty where it is there or would bring nothing."""
    left_out = any(finding.name == "baselines" for finding in label.findings)
    if not label.workload.own or label.metrics.baselines or label.metrics.fitting or left_out:
        return ""
    return (
        "--train-data FILE would add two cheap models, fitted on it and measured beside this one:"
        " the most frequent class, and TF-IDF with a linear model"
    )


def mapped(label: Label) -> list[str]:
    """How labels were taken for each other where their names do not say it."""
    found: list[str] = printed(label)["mapped"]
    return found


def details(rated: Rated) -> list[str]:
    """What explains figures that seem to contradict each other, for ``--verbose``."""
    found: str = printed(rated.label)["quotient"]
    return [found] if found else []


def markdown(rated: Rated) -> str:
    """The card block."""
    return FORMATS.get("markdown").render(rated.label).content.decode().rstrip("\n")


def github(rated: Rated) -> str:
    """Workflow commands: one notice with the classes, one annotation for each finding."""
    label, values = rated.label, printed(rated.label)
    title = f"energylabel {label.subject.name}"
    text = f"energy {_energy(label, values)} · accuracy {_accuracy(label, values)}"
    lines = [annotation("notice", title, text)]
    lines += [
        annotation(
            LEVELS[finding.outcome],
            f"{title}: {finding.name}",
            finding.message,
            finding.remedy or "",
        )
        for finding in label.findings
        if finding.outcome in LEVELS
    ]
    return "\n".join(lines)


def table(rows: Sequence[tuple[str, Rated | None, str]], *, markdown: bool) -> str:
    """One line a model: name, classes, figures, what became of it.

    Args:
        rows: Name, rating if there is one, and the last column.
        markdown: As a Markdown table; else aligned for a terminal.
    """
    heading = ("model", "energy", "index", "Wh/1,000", "accuracy", "outcome")
    return columns([heading, *(_row(*row) for row in rows)], markdown=markdown)


def columns(cells: Sequence[Sequence[str]], *, markdown: bool) -> str:
    """A heading and rows, as a Markdown table or aligned for a terminal."""
    if markdown:
        escaped = [[escape_markdown(cell) for cell in row] for row in cells]
        escaped.insert(1, ["---"] * len(cells[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in escaped)
    shown = [[clean(cell) for cell in row] for row in cells]
    widths = [max(len(row[n]) for row in shown) for n in range(len(cells[0]) - 1)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip()
        for row in shown
    )


def _row(model: str, rated: Rated | None, outcome: str) -> tuple[str, ...]:
    if rated is None:
        return (model, "", "", "", "", outcome)
    label, values = rated.label, printed(rated.label)
    about = "≈ " if label.provenance == "estimated" else ""
    right: str = label.grades.accuracy.letter or "–"
    right += " (declared)" if values["declared"] else ""
    return (
        model,
        label.grades.energy.letter or "?",
        f"{about}{values['energy_index']}" if values["energy_index"] else "",
        values["watt_hours"] or (about + "–".join(values["watt_hours_range"])).rstrip(" ≈"),
        f"{right} {formatting.percentage(label.metrics.accuracy.accuracy.value)} %",
        outcome,
    )


def _beside(baseline: Any) -> str:
    """A baseline: name, accuracy, and what it costs where that is known."""
    text = f"{baseline.name}  {baseline.accuracy} %"
    if baseline.index:
        text += f" · index {baseline.index}"
    if baseline.energy:
        text += f" · {baseline.energy} per 1,000 texts"
    return text


def _speed(speed: SpeedMetrics) -> str:
    p50, p95 = formatting.duration(speed.latency_p50_s), formatting.duration(speed.latency_p95_s)
    return f"p50 {p50} · p95 {p95} · {formatting.significant(speed.throughput_per_s)} texts/s"


def _energy(label: Label, values: dict[str, Any]) -> str:
    """As the label has it: no index where the measurement is invalid."""
    energy, grade = label.metrics.energy, label.grades.energy
    about = "≈ " if energy.provenance == "estimated" else ""
    text: str = grade.letter or "?"
    if values["energy_index"]:
        text += f"  index {about}{_figure(values, 'energy_index')}"
    if values["energy_range"]:
        text += f", borderline {values['energy_range']}"
    if values["energy_amount"]:
        text += f" · {about}{values['energy_amount']} {values['energy_unit']} per 1,000 texts"
    if grade.letter is None:
        text += f" · withheld: {'; '.join(grade.reasons)}"
    return text


def _accuracy(label: Label, values: dict[str, Any]) -> str:
    accuracy, grade = label.metrics.accuracy, label.grades.accuracy
    text = f"{grade.letter or '–'}  {formatting.percentage(accuracy.accuracy.value)} %"
    if values["accuracy_interval"]:
        text += f" ({values['accuracy_interval']})"
    text += f" on {accuracy.rows:,} rows"
    if accuracy.effective_rows is not None:
        text += f", which repeat each other and count as {accuracy.effective_rows:,.0f}"
    if values["error_index"]:
        text += f" · error index {_figure(values, 'error_index')}"
        text += f" against {values['declared']}" if values["declared"] else ""
        if values["accuracy_range"]:
            text += f", borderline {values['accuracy_range']}"
        return text
    declare = "; --reference-accuracy declares one" if label.workload.own else ""
    return f"{text} · no class: {accuracy.error_index_reason}{declare}"


_SPENT: dict[Spent, str] = {
    "resolving": "finding, downloading and reading model and data",
    "waiting": "waiting for the machine",
    "loading": "loading, sizing batches",
    "checking": "asking alone and in batches",
    "warming": "warming up",
    "reference": "measuring the reference",
    "model": "measuring the model",
    "resting": "the machine at rest",
    "answering": "asking for accuracy, one by one",
    "baselines": "baselines",
    "writing": "judging, drawing, writing",
}


def spent(time: TimeSpent) -> list[str]:
    """Where the time went, one line each, and the whole."""
    rows = [(seconds, _SPENT[part]) for part, seconds in time.parts_s.items()]
    return [f"{seconds:8.1f} s  {words}" for seconds, words in (*rows, (time.total_s, "in all"))]


def _kind(label: Label, values: dict[str, Any]) -> str:
    """What kind of model it is, how it was asked and what it wrote."""
    metrics, text = label.metrics, clean(values["kind"])
    if metrics.tokens_per_query is not None:
        text += f" · {formatting.significant(metrics.tokens_per_query)} {values['pieces']} in"
    prompt = metrics.prompt
    if prompt is not None and prompt.written_tokens is not None:
        text += f", {formatting.significant(prompt.written_tokens)} out"
    if prompt is not None and prompt.invalid_share is not None:
        text += f" · {formatting.percentage(prompt.invalid_share)} % invalid"
    if prompt is not None and prompt.prefill_share is not None:
        unit = "energy" if prompt.prefill_metered else "CPU time"
        text += f" · prefill {formatting.percentage(prompt.prefill_share.value)} % of the {unit}"
    return text


def _figure(values: dict[str, Any], name: str) -> str:
    value, interval = values[name], values[f"{name}_interval"]
    return f"{value} ({interval})" if interval else f"{value}"
