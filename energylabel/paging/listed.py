"""A label → one of many: every figure of the page, plain values for JSON, CSV and Parquet."""

import hashlib
import re
from dataclasses import dataclass, field

from energylabel.comparing import Contender
from energylabel.errors import SchemaError
from energylabel.publishing import Stored
from energylabel.records import OWN, Estimate, Grade, Label, Range
from energylabel.rendering import plain
from energylabel.standard import load_scale

_URL = re.compile(r"https?://[\w.~:/?#@!$&()*+,;=%-]{1,2000}", re.ASCII)
_LONGEST = 300
"""Characters of a text; a stranger's may have any length."""

_LATEST = 4_102_444_800.0
"""Unix time of the year 2100."""

_EXACT = 2**53
"""Integers from here on are not all numbers of JavaScript."""

_NEVER_TWICE = re.compile(r"-v[0-9]+$")


@dataclass(frozen=True, slots=True)
class Earlier:
    """A label that this one took the place of, as it says itself."""

    id: str
    issued_at: float
    energy_class: str | None
    accuracy_class: str | None
    energy_index: float | None
    accuracy: float
    provenance: str


@dataclass(frozen=True, slots=True)
class ListedLabel:
    """One label in short. Seconds, bytes, watt-hours per 1,000 texts; shares from 0 to 1.

    ``hardware`` is the kind of machine, ``machine`` the processor's or GPU's name; ``setup`` what
    differs from the standard's own, empty where nothing does; ``asked`` how a question in words
    was put. ``comparable`` is the same for labels of one front, None where the standard lets a
    label be compared with nothing. ``*_low`` and ``*_high`` are the 95 % interval, of an
    estimate's watt-hours the range, which has no middle: ``wh_per_1000`` is None there.
    ``energy_open`` and ``accuracy_open`` are the classes that the interval touches, where there
    are several. ``remarks`` are the findings that warn. ``evidence`` is an address, or a path
    from the page. ``checked``: all of it was seen to follow from the evidence. ``contender`` is no
    figure: it decides about the front.
    """

    id: str
    name: str
    revision: str
    source: str
    family: str
    parameters: int | None
    workload: str
    workload_title: str
    language: str | None
    classes: int
    hardware: str
    device: str
    machine: str
    cores: int
    setup: str
    asked: str
    dtype: str
    batch_size: int
    threads: int
    standard: str
    protocol: str
    provenance: str
    components: str
    comparable: str | None
    energy_class: str | None
    energy_open: str
    energy_index: float | None
    energy_index_low: float | None
    energy_index_high: float | None
    blocks: int
    wh_per_1000: float | None
    wh_per_1000_low: float | None
    wh_per_1000_high: float | None
    watts_per_core_low: float | None
    watts_per_core_high: float | None
    accuracy_class: str | None
    accuracy_open: str
    accuracy: float
    accuracy_low: float | None
    accuracy_high: float | None
    rows: int
    error_index: float | None
    majority_share: float
    macro_f1: float
    latency_p50_s: float
    latency_p95_s: float
    latency_queries: int
    throughput_per_s: float
    peak_memory_bytes: int | None
    fitted_rows: int | None
    attempts: int
    issued_at: float
    issued_by: str
    remarks: tuple[str, ...]
    evidence: str | None
    history: tuple[Earlier, ...]
    checked: bool
    contender: Contender | None = field(default=None, repr=False, compare=False)

    @property
    def called(self) -> str:
        """The workload as people are shown it: of own data the title too."""
        own = self.workload.startswith(OWN) and self.workload_title
        return f"{self.workload_title} ({self.workload})" if own else self.workload


def listed(found: Stored, place: str | None = None, earlier: tuple[Label, ...] = ()) -> ListedLabel:
    """The label as the page lists it.

    Args:
        found: The label, with its setup.
        place: Path of its evidence from the page; used where it is not published.
        earlier: Labels that it took the place of, the latest first.

    Raises:
        SchemaError: A figure is none that a rating can have.
        UsageError: This program does not know the standard that the label follows.
    """
    label = found.label
    load_scale(label.standard)
    _refuse_impossible(label)
    metrics, grades, conditions = label.metrics, label.grades, label.conditions
    energy, accuracy, speed = metrics.energy, metrics.accuracy, metrics.speed
    invalid, declared = _invalid(label), label.declared_accuracy is not None
    index = None if invalid else energy.index
    counted, modelled = energy.wh_per_1000, energy.modelled
    wh = modelled.wh_per_1000 if modelled else counted
    watts = modelled.watts_per_core if modelled else None
    url = label.evidence_url
    return ListedLabel(
        id=label.id,
        name=_text(label.subject.name),
        revision=label.subject.revision,
        source=label.subject.source,
        family=_text(label.subject.family),
        parameters=label.subject.parameters,
        workload=label.workload.name,
        workload_title=_text(label.workload.title),
        language=_text(label.workload.language) if label.workload.language else None,
        classes=len(label.workload.labels),
        hardware=label.hardware.slug,
        device=conditions.device,
        machine=_text(label.hardware.device_name),
        cores=label.hardware.physical_cores,
        setup=found.setup.slug(),
        asked=found.setup.asked,
        dtype=_text(conditions.dtype),
        batch_size=conditions.batch_size,
        threads=conditions.threads,
        standard=label.standard,
        protocol=conditions.protocol,
        provenance=label.provenance,
        components="+".join(energy.components),
        comparable=None if invalid or label.quick_look else _comparable(found),
        energy_class=grades.energy.letter,
        energy_open="" if invalid else _open(grades.energy),
        energy_index=index.value if index else None,
        energy_index_low=index.low if index else None,
        energy_index_high=index.high if index else None,
        blocks=energy.blocks,
        wh_per_1000=counted.value if counted else None,
        wh_per_1000_low=_low(wh),
        wh_per_1000_high=_high(wh),
        watts_per_core_low=_low(watts),
        watts_per_core_high=_high(watts),
        accuracy_class=label.shared_accuracy_class,
        accuracy_open="" if declared else _open(grades.accuracy),
        accuracy=accuracy.accuracy.value,
        accuracy_low=accuracy.accuracy.low,
        accuracy_high=accuracy.accuracy.high,
        rows=accuracy.rows,
        error_index=accuracy.error_index.value if accuracy.error_index and not declared else None,
        majority_share=accuracy.majority_share,
        macro_f1=accuracy.macro_f1,
        latency_p50_s=speed.latency_p50_s,
        latency_p95_s=speed.latency_p95_s,
        latency_queries=speed.latency_queries,
        throughput_per_s=speed.throughput_per_s,
        peak_memory_bytes=metrics.peak_memory_bytes,
        fitted_rows=metrics.fitting.rows if metrics.fitting else None,
        attempts=conditions.attempts,
        issued_at=label.issued_at,
        issued_by=_text(label.issued_by),
        remarks=tuple(
            _text(each.message) for each in label.findings if each.outcome in {"warned", "invalid"}
        ),
        evidence=url if url is not None and _URL.fullmatch(url) else place,
        history=tuple(_earlier(each) for each in earlier if _impossible(each) is None),
        checked=found.checked,
        contender=found.contender,
    )


def _comparable(found: Stored) -> str:
    """What labels of one front share (standard, section 7); setups are what is compared there.

    A workload's name tells its rows where it has a version; a user's own file tells nothing.
    """
    label = found.label
    parts = [
        label.standard,
        label.workload.name,
        str(label.workload.rows),
        ",".join(label.workload.labels),
        label.hardware.slug,
        str(label.hardware.physical_cores),
        label.hardware.architecture,
        label.provenance,
        "+".join(label.metrics.energy.components),
    ]
    if not _NEVER_TWICE.search(label.workload.name):
        parts.append(found.content or label.id)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _text(words: str) -> str:
    line = plain(words[: 4 * _LONGEST])
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _refuse_impossible(label: Label) -> None:
    found = _impossible(label)
    if found is not None:
        raise SchemaError(
            f"the label says {found}, which no rating can",
            "energylabel verify tells whether it follows from its evidence",
        )


def _impossible(label: Label) -> str | None:
    """A figure that would be in the way of others, where nobody has computed it again."""
    metrics = label.metrics
    energy, right = metrics.energy, metrics.accuracy.accuracy
    shares = [share for share in (right.low, right.value, right.high) if share is not None]
    known = (label.subject.parameters, metrics.peak_memory_bytes, metrics.accuracy.rows)
    counts = [count for count in known if count is not None]
    counted = energy.wh_per_1000
    if energy.index.value <= 0 or (counted is not None and counted.value <= 0):
        return "that it takes no energy"
    if not all(0 <= share <= 1 for share in shares):
        return f"an accuracy of {right.value:g}"
    if not 0 <= label.issued_at < _LATEST:
        return f"a date of {label.issued_at:g} s"
    if max(counts) >= _EXACT:
        return f"a count of {max(counts)}"
    return None


def _invalid(label: Label) -> bool:
    return any(finding.outcome == "invalid" for finding in label.findings)


def _open(grade: Grade) -> str:
    """``D–E`` where the interval touches both, best first; empty for one class."""
    return f"{grade.touches[0]}–{grade.touches[-1]}" if len(grade.touches) > 1 else ""


def _low(figure: Estimate | Range | None) -> float | None:
    return figure.low if figure else None


def _high(figure: Estimate | Range | None) -> float | None:
    return figure.high if figure else None


def _earlier(label: Label) -> Earlier:
    return Earlier(
        id=label.id,
        issued_at=label.issued_at,
        energy_class=label.grades.energy.letter,
        accuracy_class=label.shared_accuracy_class,
        energy_index=None if _invalid(label) else label.metrics.energy.index.value,
        accuracy=label.metrics.accuracy.accuracy.value,
        provenance=label.provenance,
    )
