"""A finished rating in words, for each format that people or GitHub read."""

from energylabel.cli.output import annotation, clean
from energylabel.pipeline import Rated
from energylabel.records.base import Estimate
from energylabel.records.label import Label
from energylabel.records.verdict import SpeedMetrics
from energylabel.registry import plugin

_LEVELS = {"noted": "notice", "warned": "warning", "invalid": "error"}
_MARKS = {"warned": "!", "invalid": "x", "noted": "-"}


def human(rated: Rated) -> str:
    """A few lines with everything that matters, then the findings that are not plain passes."""
    label = rated.label
    metrics, conditions = label.metrics, label.conditions
    heading = (
        f"{clean(label.subject.name)} @ {label.subject.revision[:12]} on {label.workload.name}"
    )
    if label.quick_look:
        heading += "  [quick look]"
    lines = [
        heading,
        f"  energy    {_energy(label)}",
        f"            {label.provenance} · {conditions.device} · {conditions.dtype}"
        + ("" if conditions.native else " (not native)"),
        f"  accuracy  {_accuracy(label)}",
        f"  latency   {_speed(metrics.speed)}",
        f"  label     {rated.folder / 'label.svg'}",
        f"  id        {label.id}",
    ]
    lines += [
        f"  {_MARKS[finding.outcome]} {clean(finding.message)}"
        + (f" ({clean(finding.remedy)})" if finding.remedy else "")
        for finding in label.findings
        if finding.outcome in _MARKS
    ]
    return "\n".join(lines)


def markdown(rated: Rated) -> str:
    """The card block."""
    content: bytes = plugin("renderers", "markdown").render(rated.label).content
    return content.decode().rstrip("\n")


def github(rated: Rated) -> str:
    """Workflow commands: one notice with the classes, one annotation for each finding."""
    label = rated.label
    title = f"energylabel {label.subject.name}"
    lines = [annotation("notice", title, f"energy {_energy(label)} · accuracy {_accuracy(label)}")]
    lines += [
        annotation(_LEVELS[finding.outcome], f"{title}: {finding.name}", finding.message)
        for finding in label.findings
        if finding.outcome in _LEVELS
    ]
    return "\n".join(lines)


def _speed(speed: SpeedMetrics) -> str:
    p50, p95 = 1e3 * speed.latency_p50_s, 1e3 * speed.latency_p95_s
    rate = speed.throughput_per_s
    told = f"{rate:,.0f}" if rate >= 100 else f"{rate:.3g}"
    return f"p50 {p50:.3g} ms · p95 {p95:.3g} ms · {told} texts/s"


def _energy(label: Label) -> str:
    energy, grade = label.metrics.energy, label.grades.energy
    sign = "" if energy.provenance == "metered" else "≈ "
    about = "≈ " if energy.provenance == "estimated" else ""
    text = f"{grade.letter or '?'}  index {about}{_figure(energy.index)}"
    if grade.borderline_with is not None:
        text += f", borderline {'–'.join(grade.touches)}"
    if energy.wh_per_1000 is not None:
        text += f" · {sign}{energy.wh_per_1000.value:.3g} Wh per 1,000 texts"
    if grade.letter is None:
        text += f" · withheld: {'; '.join(grade.reasons)}"
    return text


def _accuracy(label: Label) -> str:
    accuracy, grade = label.metrics.accuracy, label.grades.accuracy
    value = accuracy.accuracy
    text = f"{grade.letter or '–'}  {100 * value.value:.1f} %"
    if value.low is not None and value.high is not None:
        text += f" ({100 * value.low:.1f}–{100 * value.high:.1f})"
    text += f" on {accuracy.rows:,} rows"
    if accuracy.error_index is not None:
        return f"{text} · error index {_figure(accuracy.error_index)}"
    return f"{text} · no class: {accuracy.error_index_reason}"


def _figure(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3g}"
    return f"{estimate.value:.3g} ({estimate.low:.3g}–{estimate.high:.3g})"
