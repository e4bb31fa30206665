"""What the templates are given: a label, its figures as text, and where its parts go."""

from dataclasses import dataclass
from typing import Any

from energylabel import formatting
from energylabel.classifiers import ENTAILMENT, UNMENTIONED, title_of
from energylabel.records import BaselineMetrics, Estimate, Grade, Hardware, Label, Range
from energylabel.rendering._drawing.layout import (
    candidates,
    energy_scale,
    link,
    qr,
    qr_target,
    set_name,
    shown_index,
    size_in,
)
from energylabel.rendering._drawing.plot import plot
from energylabel.rendering._drawing.quotient import quotient
from energylabel.rendering._drawing.templating import render
from energylabel.rendering._drawing.text import Typesetter, shorten, width, wrap
from energylabel.standard import PROCEDURE, load_scale

_OWN = " of the user's own"
_CAUTIONS = (
    *("above-majority", "own-answers", "scaled-by-batch", "unlearnt-classes", "permuted-labels"),
)
"""Findings that a reader of the figures must know of, where they warn."""
_MAPPED_LABELS = ("numbered-labels", "renamed-labels")
"""Findings that say how labels were taken for each other, where their names do not."""
_UNKNOWN = "not known"
_ROOM = 432.0
_HALF = 212.0
"""The same, where two columns stand side by side."""
_QR_TILE, _QR_QUIET = 80.0, 4
_WH_SIZE, _WH_LEAST = 58.0, 20.0
_WH_ROOM = 270.0
"""Of the number with its unit: 28 remain to the pill beside them."""
_UNIT_SIZE, _UNIT_GAP = 26.0, 9.0


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One line of a remark; ``start`` marks its first."""

    text: str
    start: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """A baseline in words; ``remark`` is there for one that makes the model needless.

    ``index`` and ``energy`` are empty where there are none to print; those of an estimate
    say so themselves.
    """

    name: str
    accuracy: str
    accuracy_interval: str | None
    index: str
    index_interval: str | None
    energy: str
    fitted: str
    remark: str


def common(label: Label) -> dict[str, Any]:
    """Values that every template may use: figures and the functions that write them."""
    scale = load_scale(label.standard)
    index = shown_index(label)
    graded, error = label.grades.energy, label.grades.accuracy
    energy = label.metrics.energy
    peak, read = label.metrics.peak_memory_bytes, label.metrics.tokens_per_query
    wh, modelled = energy.wh_per_1000, energy.modelled
    amount, _, unit = _amount(wh, modelled.wh_per_1000 if modelled else None).partition(" ")
    values = {
        "label": label,
        "bound": formatting.bound,
        "duration": formatting.duration,
        "grouped_count": lambda count: f"{count:,}",
        "percentage": formatting.percentage,
        "grouped": formatting.grouped,
        "quantity": formatting.quantity,
        "significant": formatting.significant,
        "size": formatting.size,
        "standard_version": label.standard.rpartition("-")[2],
        "which_model": _which(label),
        "at_revision": _at_revision(label),
        "peak_memory": _UNKNOWN if peak is None else formatting.size(peak),
        "pieces_per_text": _UNKNOWN if read is None else formatting.significant(read),
        "energy_range": _range(graded),
        "accuracy_range": _range(error),
        "open_classes": candidates(label),
        "standard_queries": PROCEDURE.texts.queries,
        "energy_index": formatting.index(index.value, scale.energy) if index else "",
        "energy_index_interval": formatting.index_interval(index, scale.energy) if index else None,
        "error_index": formatting.index(error.index.value, scale.error) if error.index else "",
        "error_index_interval": formatting.index_interval(error.index, scale.error)
        if error.index
        else None,
        "watt_hours": formatting.watt_hours(wh.value) if wh else "",
        "watt_hours_range": _ends(modelled.wh_per_1000) if modelled else (),
        "energy_amount": amount,
        "energy_unit": unit,
        "energy_interval": formatting.energy_interval(wh) if wh else None,
        "reference_energy": _amount(
            energy.reference_wh_per_1000, modelled.reference_wh_per_1000 if modelled else None
        ),
        "quotient": quotient(label),
        "carbon": _carbon(label),
        "assumption": f"{formatting.span(modelled.watts_per_core, formatting.bound)} W"
        " per busy core"
        if modelled
        else "",
        "load_model": _load_model(label),
        "counted_energy": formatting.energy,
        "accuracy_interval": formatting.interval(
            label.metrics.accuracy.accuracy, formatting.percent_end
        ),
        "declared": _declared(label),
        "fitting": _fitting(label),
        "kind": _kind(label),
        "pairs": _asks_pairs(label),
        "pieces": label.subject.pieces,
        "cautions": [
            finding.message
            for finding in label.findings
            if finding.outcome == "warned" and finding.name in _CAUTIONS
        ],
        "mapped": [each.message for each in label.findings if each.name in _MAPPED_LABELS],
        "prefill_interval": _prefill_interval(label),
        "batch": _batch(label),
        "machine": _machine(label.hardware),
        "threads": "threads of its own"
        if label.subject.is_function
        else formatting.counted(label.conditions.threads, "thread"),
        "issued_day": formatting.date(label.issued_at),
        "qr_target": qr_target(label),
        "evidence_link": link(label.evidence_url) or "",
        "beside": tuple(_beside(each, label) for each in label.metrics.baselines),
    }
    return values | {
        "title": render("_title.j2", "text", values).strip(),
        "description": render("_description.j2", "text", values).strip(),
    }


def _which(label: Label) -> str:
    """Which model it was, as far as a label can tell."""
    subject = label.subject
    if subject.is_function:
        return "a function of a Python program; its weights are not known"
    count = formatting.quantity(subject.parameters or 0)
    return f"{_at_revision(label).removeprefix('at ')} · {count} parameters"


def _at_revision(label: Label) -> str:
    """``at commit 0123456789ab``; of a function, that it is one."""
    subject = label.subject
    if subject.is_function:
        return "(a function of a Python program)"
    kind = "commit" if subject.source == "hub" else "digest"
    return f"at {kind} {subject.revision[:12]}"


def _declared(label: Label) -> str:
    """What the accuracy class rests on, where that is not published; empty where there is none."""
    value = label.declared_accuracy
    return "" if value is None else f"a declared {formatting.percentage(value)} %"


def _amount(counted: Estimate | None, modelled: Range | None) -> str:
    """An energy with its unit, or its range where it was not counted; empty without either."""
    if modelled is not None:
        return formatting.energy_span(modelled)
    return formatting.energy(counted.value) if counted else ""


def _ends(modelled: Range) -> tuple[str, str]:
    """Both ends of a range of watt-hours, for a program to read; never a digit more than that."""
    return formatting.outward(modelled.low, modelled.high, formatting.rough)


def _carbon(label: Label) -> str:
    """A mass of CO2e, or its range; empty where no country was named."""
    energy = label.metrics.energy
    if energy.modelled is not None:
        grams = energy.modelled.grams_co2e_per_1000
        return formatting.grams_span(grams) if grams else ""
    counted = energy.grams_co2e_per_1000
    return formatting.grams(counted.value) if counted else ""


def _load_model(label: Label) -> str:
    """What a model of the machine's load said, and out of what; empty without one."""
    modelled = label.metrics.energy.modelled
    said = modelled.load_model if modelled else None
    if said is None:
        return ""
    power = "a power that it did not tell"
    if said.tdp_watts is not None:
        known = {True: "a guess for an unknown processor", False: "by the processor's name"}
        source = known.get(said.tdp_is_generic, "")  # type: ignore[arg-type]
        power = f"{said.tdp_watts:g} W{f', {source}' if source else ''}"
    return (
        f"{formatting.energy(said.wh_per_1000.value, 2)}, from the load of the whole machine,"
        f" neighbours included, and a thermal design power of {power}"
    )


def _beside(baseline: BaselineMetrics, label: Label) -> Beside:
    name = title_of(baseline.family)
    exact = label.provenance != "estimated"
    about = "" if exact else "≈ "
    # Ratios to a reference that cannot be trusted are not shown.
    index = baseline.index if shown_index(label) else None
    amount, remark = _amount(baseline.wh_per_1000, baseline.wh_range), ""
    if baseline.dominates and baseline.cost_ratio and index:
        cost = formatting.part(baseline.cost_ratio.value)
        words = formatting.no_worse(
            baseline.accuracy_gain, load_scale(label.standard).dominance_margin
        )
        remark = f"{name} is {words}, for {'about ' * (not exact)}{cost} of the energy"
        remark += ", in this quick look" * label.quick_look
    return Beside(
        name=name,
        accuracy=formatting.percentage(baseline.accuracy.value),
        accuracy_interval=formatting.interval(baseline.accuracy, formatting.percent_end),
        index=about * (index.value >= formatting.LITTLE) + formatting.little(index.value)
        if index
        else "",
        index_interval=formatting.interval(index, formatting.three)
        if index and index.value >= formatting.LITTLE
        else None,
        energy=about + amount if amount else "",
        fitted=f"fitted on {baseline.training_rows:,} rows{_OWN * baseline.own_rows}",
        remark=remark,
    )


def _kind(label: Label) -> str:
    """``prompted-lm · generate · 4 examples``; empty for a model that answers from its own head."""
    family, fitted = label.subject.family, label.metrics.fitting
    if family == UNMENTIONED:
        return ""
    mode, shots = label.conditions.mode, label.conditions.shots
    parts = [family, mode] if mode else [family]
    if shots:
        parts.append(formatting.counted(shots, "example"))
    if fitted is not None:
        parts.append(f"fitted here on {fitted.rows:,} rows{_OWN * fitted.own_rows}")
    return " · ".join(parts)


def _asks_pairs(label: Label) -> bool:
    """Whether a text is read once for each label, beside a hypothesis."""
    return label.conditions.mode == ENTAILMENT


def _prefill_interval(label: Label) -> str | None:
    prompt = label.metrics.prompt
    share = prompt.prefill_share if prompt else None
    return formatting.interval(share, formatting.percent_end) if share else None


def _batch(label: Label) -> str:
    conditions = label.conditions
    unit = "pair" if _asks_pairs(label) else "text"
    if conditions.grouping == "one-by-one":
        return f"one {unit} at a time"
    equal = " of equal length" if conditions.grouping else ""
    if conditions.batch_tokens is not None:
        return f"batches{equal} of up to {conditions.batch_tokens:,} tokens"
    if equal:
        return f"batches of up to {formatting.counted(conditions.batch_size, unit)}{equal}"
    return f"batch {conditions.batch_size}{' pairs' * (unit == 'pair')}"


def _fitting(label: Label) -> str:
    """What fitting the model took; empty for one that came fitted."""
    fitted = label.metrics.fitting
    if fitted is None:
        return ""
    text = f"on {fitted.rows:,} rows{_OWN * fitted.own_rows}: {formatting.duration(fitted.seconds)}"
    if fitted.watt_hours is not None:
        text += f", {formatting.energy(fitted.watt_hours)}"
    elif fitted.watt_hours_range is not None:
        text += f", ≈ {formatting.energy_span(fitted.watt_hours_range)}"
    return f"{text}, in no other figure"


def _machine(hardware: Hardware) -> str:
    """What computes, and how much of it."""
    if hardware.gpus:
        memory = sum(gpu.memory_bytes for gpu in hardware.gpus)
        return f"{hardware.device_name}, {formatting.size(memory)}"
    return f"{hardware.cpu_model}, {formatting.counted(hardware.physical_cores, 'core')}"


def drawing(label: Label) -> dict[str, Any]:
    """Values for the picture of the whole label."""
    values = common(label)
    code = qr(values["qr_target"])
    approx = "≈ " if label.provenance == "estimated" else ""
    number = approx + values["energy_amount"]
    room = _WH_ROOM - _UNIT_GAP - width(values["energy_unit"], _UNIT_SIZE, "semibold")
    wh_size = size_in(number, _WH_SIZE, _WH_LEAST, room)
    return values | {
        "pen": Typesetter(),
        "notes": notes,
        "width": width,
        "wrap": wrap,
        "plot": plot,
        "scale": energy_scale(label),
        "name": set_name(label.subject.name, _ROOM),
        "qr": code,
        "qr_scale": _QR_TILE / (code.modules + _QR_QUIET),
        "wh_size": wh_size,
        "workload_title": shorten(label.workload.title, 14, "regular", _HALF)
        if label.workload.own
        else "",
        "unit_at": width(number, wh_size, "bold") + _UNIT_GAP,
        "unit_size": _UNIT_SIZE,
    }


def _range(grade: Grade) -> str:
    """``D–E`` for a borderline grade, best first."""
    if grade.letter is None or grade.borderline_with is None:
        return ""
    return "–".join(sorted((grade.letter, grade.borderline_with)))


def notes(remarks: list[str], lines: int = 3) -> tuple[NoteLine, ...]:
    """Remarks broken into lines of the label's width."""
    return tuple(
        NoteLine(text, index == 0)
        for remark in remarks
        for index, text in enumerate(wrap(remark, 13.5, "regular", 414, lines))
    )


def badge(label: Label) -> dict[str, Any]:
    """Values for the one-line picture."""
    return common(label) | {"pen": Typesetter(), "width": width}
