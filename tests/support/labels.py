"""Labels as they come out of ratings, plain and extreme; no rating needed."""

from typing import Any

from energylabel.records.base import Estimate
from energylabel.records.hardware import Hardware
from energylabel.records.label import (
    BaselinePoint,
    Conditions,
    Label,
    LabelSubject,
    LabelWorkload,
)
from energylabel.records.verdict import (
    AccuracyMetrics,
    EnergyMetrics,
    Finding,
    Grade,
    Grades,
    Metrics,
    SpeedMetrics,
)
from energylabel.records.workload import ReferenceAccuracy

STANDARD = "text-classification-v1"
LABEL_ID = "7c419e02b8d54f11a0c3" + "5e" * 22
REVISION = "3f9a1c27b0d4" + "8b" * 14
HOSTILE_NAME = (
    'evil/<script>alert("1")</script>](javascript:x)|*b*_i_`c`\\\n-->${{ secrets.X }}'
    "::error::\u202egnp.exe\x1b[31m\x00 &amp; ' \" $x$ www.example.org"
)


def estimate(value: float, low: float | None = None, high: float | None = None) -> Estimate:
    """An estimate from 12 observations."""
    return Estimate(value=value, low=low, high=high, count=12)


def make_grade(letter: str | None, index: Estimate | None, **overrides: Any) -> Grade:
    """A clear grade; ``touches``, ``borderline_with`` and ``reasons`` can be given."""
    values: dict[str, Any] = {
        "scale": STANDARD,
        "letter": letter,
        "index": index,
        "touches": (letter,) if letter else (),
        "borderline_with": None,
        "reasons": (),
    }
    return Grade(**values | overrides)


def make_hardware(**overrides: Any) -> Hardware:
    """Two cores of a virtual machine."""
    values: dict[str, Any] = {
        "device": "cpu",
        "cpu_model": "AMD EPYC 9R14",
        "physical_cores": 2,
        "logical_cpus": 2,
        "machine_cpus": 2,
        "memory_bytes": 24 * 2**30,
        "architecture": "x86_64",
        "system": "Linux 6.18",
        "virtualised": True,
        "cpu_quota": None,
        "power_source": None,
        "governor": None,
        "native_dtypes": ("float32", "bfloat16"),
    }
    return Hardware(**values | overrides)


def make_energy(**overrides: Any) -> EnergyMetrics:
    """An estimated index of 13.7."""
    index = overrides.get("index", estimate(13.7, 11.0, 17.1))
    values: dict[str, Any] = {
        "provenance": "estimated",
        "index": index,
        "repeatability": estimate(13.7, 13.6, 13.8),
        "half_width": 0.008,
        "wall_ratio": estimate(13.8, 13.7, 13.9),
        "cpu_ratio": estimate(13.7, 13.6, 13.8),
        "wh_per_1000": estimate(0.0312, 0.0301, 0.0323),
        "reference_wh_per_1000": estimate(0.228, 0.226, 0.230),
        "components": ("cpu", "dram"),
        "grams_co2e_per_1000": None,
        "queries": 1000,
        "blocks": 12,
        "rounds": 2,
        "retaken_blocks": 0,
        "seconds": 131.0,
    }
    return EnergyMetrics(**values | overrides)


def make_accuracy(**overrides: Any) -> AccuracyMetrics:
    """90.1 % of 7,600 rows."""
    values: dict[str, Any] = {
        "accuracy": estimate(0.9012, 0.8943, 0.9077),
        "macro_f1": 0.9008,
        "per_class_recall": {"World": 0.91, "Sports": 0.97, "Business": 0.86, "Sci/Tech": 0.87},
        "rows": 7600,
        "majority_share": 0.25,
        "error_index": estimate(176.4, 164.8, 188.8),
        "error_index_reason": None,
        "permutation_gain": 0.0,
        "distinct_answers": 4,
    }
    return AccuracyMetrics(**values | overrides)


def make_metrics(**overrides: Any) -> Metrics:
    """All figures of a small model on two cores."""
    values: dict[str, Any] = {
        "energy": make_energy(),
        "accuracy": make_accuracy(),
        "speed": SpeedMetrics(
            latency_p50_s=0.0162,
            latency_p95_s=0.0274,
            latency_p99_s=0.0411,
            latency_queries=200,
            throughput_per_s=107.3,
        ),
        "tokens_per_query": 53.1,
        "reference_tokens_per_query": 55.8,
        "truncated_share": 0.0,
        "peak_memory_bytes": 551_000_000,
        "foreign_cpu_share": 0.01,
        "drift": 0.004,
        "first_pass_excess": 0.01,
    }
    return Metrics(**values | overrides)


def make_subject(**overrides: Any) -> LabelSubject:
    """A MiniLM with a head for AG News."""
    values: dict[str, Any] = {
        "source": "hub",
        "name": "acme/minilm-l6-agnews",
        "revision": REVISION,
        "family": "sequence-classification",
        "architecture": "BertForSequenceClassification",
        "parameters": 22_714_756,
        "labels": ("World", "Sports", "Business", "Sci/Tech"),
    }
    return LabelSubject(**values | overrides)


def make_workload(**overrides: Any) -> LabelWorkload:
    """AG News."""
    values: dict[str, Any] = {
        "name": "ag-news-v1",
        "title": "AG News, topic of a news item",
        "labels": ("World", "Sports", "Business", "Sci/Tech"),
        "language": "en",
        "rows": 7600,
        "reference_accuracy": ReferenceAccuracy(value=0.944, source="https://example.org/paper"),
    }
    return LabelWorkload(**values | overrides)


def make_conditions(**overrides: Any) -> Conditions:
    """The standard protocol on a CPU."""
    values: dict[str, Any] = {
        "protocol": "standard",
        "device": "cpu",
        "dtype": "float32",
        "native": True,
        "batch_size": 32,
        "threads": 2,
        "max_tokens": 512,
        "attempts": 1,
    }
    return Conditions(**values | overrides)


def make_label(**overrides: Any) -> Label:
    """An estimated C with an F for accuracy; grades follow the metrics unless given."""
    metrics = overrides.get("metrics", make_metrics())
    values: dict[str, Any] = {
        "id": LABEL_ID,
        "standard": STANDARD,
        "subject": make_subject(),
        "workload": make_workload(),
        "hardware": make_hardware(),
        "conditions": make_conditions(),
        "metrics": metrics,
        "findings": (),
        "grades": Grades(
            energy=make_grade("C", metrics.energy.index),
            accuracy=make_grade("F", metrics.accuracy.error_index),
        ),
        "provenance": metrics.energy.provenance,
        "baselines": (
            BaselinePoint(name="majority", energy_index=None, accuracy=0.25),
            BaselinePoint(name="BERT-base", energy_index=100.0, accuracy=0.944),
        ),
        "evidence_url": None,
        "issued_at": 1_795_219_200.0,
        "issued_by": "energylabel 0.1.0",
    }
    return Label(**values | overrides)


def metered() -> Label:
    """A metered D of a model on the Hub, with baselines."""
    index = estimate(31.2, 30.8, 31.6)
    metrics = make_metrics(
        energy=make_energy(
            provenance="metered", index=index, wh_per_1000=estimate(0.0713, 0.0708, 0.0718)
        ),
        accuracy=make_accuracy(
            accuracy=estimate(0.9434, 0.9380, 0.9484), error_index=estimate(101.1, 92.1, 110.7)
        ),
    )
    return make_label(
        metrics=metrics,
        grades=Grades(
            energy=make_grade("D", index),
            accuracy=make_grade("D", metrics.accuracy.error_index),
        ),
        baselines=(
            BaselinePoint(name="majority", energy_index=None, accuracy=0.25),
            BaselinePoint(name="TF-IDF + linear", energy_index=0.4, accuracy=0.912),
        ),
        evidence_url="https://huggingface.co/acme/minilm-l6-agnews/resolve/main/energylabel/evidence.json",
    )


def borderline() -> Label:
    """An estimated D that may be an E, and an accuracy that may be an E or F."""
    index = estimate(33.0, 26.3, 41.4)
    metrics = make_metrics(
        energy=make_energy(index=index), accuracy=make_accuracy(error_index=estimate(160, 149, 172))
    )
    return make_label(
        metrics=metrics,
        grades=Grades(
            energy=make_grade("D", index, touches=("D", "E"), borderline_with="E"),
            accuracy=make_grade(
                "E", metrics.accuracy.error_index, touches=("E", "F"), borderline_with="F"
            ),
        ),
    )


def no_letter() -> Label:
    """An estimate that touches four classes."""
    index = estimate(24.0, 7.9, 52.0)
    metrics = make_metrics(energy=make_energy(index=index))
    reason = "the 95 % interval touches B, C, D and E, and three or more give no letter"
    return make_label(
        metrics=metrics,
        grades=Grades(
            energy=make_grade(None, index, touches=("B", "C", "D", "E"), reasons=(reason,)),
            accuracy=make_grade("F", metrics.accuracy.error_index),
        ),
    )


def withheld() -> Label:
    """An invalid measurement: the index stays in the record, two reasons, no watt-hours."""
    metrics = make_metrics(
        energy=make_energy(wh_per_1000=None, reference_wh_per_1000=None, components=())
    )
    found = (
        Finding(
            name="drift",
            outcome="invalid",
            message="the reference drifted by 9 % over the run, after another round too",
        ),
        Finding(
            name="first-pass",
            outcome="invalid",
            message="a first pass took 31 % more processor time than the later ones",
        ),
    )
    return make_label(
        metrics=metrics,
        findings=found,
        grades=Grades(
            energy=make_grade(
                None, metrics.energy.index, touches=("C",), reasons=tuple(f.message for f in found)
            ),
            accuracy=make_grade("F", metrics.accuracy.error_index),
        ),
        conditions=make_conditions(attempts=3),
    )


def unpublished() -> Label:
    """A workload without a published accuracy, in a local folder."""
    reason = "no published BERT-base accuracy is known for this workload"
    metrics = make_metrics(
        accuracy=make_accuracy(error_index=None, error_index_reason=reason, rows=412)
    )
    return make_label(
        metrics=metrics,
        subject=make_subject(source="folder", name="local/my-classifier", revision="ab" * 32),
        workload=make_workload(name="my-tickets", title="my-tickets", reference_accuracy=None),
        grades=Grades(
            energy=make_grade("C", metrics.energy.index),
            accuracy=make_grade(None, None, reasons=(reason,)),
        ),
    )


def many_classes() -> Label:
    """Banking77: a majority share near one percent, cut texts, bfloat16 without arithmetic."""
    index = estimate(88.0, 70.9, 110.2)
    metrics = make_metrics(
        energy=make_energy(index=index, grams_co2e_per_1000=estimate(0.0121)),
        accuracy=make_accuracy(
            accuracy=estimate(0.9231, 0.9131, 0.9320),
            majority_share=0.013,
            rows=3080,
            error_index=estimate(121.6, 107.5, 137.4),
        ),
        truncated_share=0.1234,
    )
    return make_label(
        metrics=metrics,
        workload=make_workload(name="banking77-v1", labels=tuple(f"intent {i}" for i in range(77))),
        conditions=make_conditions(max_tokens=64, dtype="bfloat16", native=False, attempts=2),
        grades=Grades(
            energy=make_grade("F", index),
            accuracy=make_grade(
                "E", metrics.accuracy.error_index, touches=("D", "E"), borderline_with="D"
            ),
        ),
    )


def extreme(value: float, watt_hours: float, letter: str) -> Label:
    """Very small or very large figures."""
    index = estimate(value, value / 1.26, value * 1.26)
    metrics = make_metrics(
        energy=make_energy(
            index=index,
            wh_per_1000=estimate(watt_hours, watt_hours * 0.97, watt_hours * 1.03),
        ),
        speed=SpeedMetrics(
            latency_p50_s=0.0162 * value / 14,
            latency_p95_s=0.0274 * value / 14,
            latency_p99_s=0.0411 * value / 14,
            latency_queries=200,
            throughput_per_s=107.3 * 14 / value,
        ),
    )
    return make_label(
        metrics=metrics,
        subject=make_subject(parameters=8_030_261_248 if value > 100 else 4100),
        grades=Grades(
            energy=make_grade(letter, index),
            accuracy=make_grade("F", metrics.accuracy.error_index),
        ),
    )


def named(name: str) -> Label:
    """The usual label under another name."""
    return make_label(subject=make_subject(name=name))


def quick_look() -> Label:
    """The embedded demo with the short protocol."""
    return make_label(
        subject=make_subject(source="embedded", name="energylabel/demo", revision="cd" * 32),
        conditions=make_conditions(protocol="quick"),
    )


def part_metered() -> Label:
    """A G of a large model: the processor counted, the memory modelled."""
    index = estimate(151.0, 147.2, 154.9)
    metrics = make_metrics(energy=make_energy(provenance="part-metered", index=index))
    return make_label(
        metrics=metrics,
        grades=Grades(
            energy=make_grade("G", index),
            accuracy=make_grade("F", metrics.accuracy.error_index),
        ),
    )


def crowded() -> Label:
    """Hostile and overlong text in every field that is free, and many baselines close by."""
    return make_label(
        subject=make_subject(name=HOSTILE_NAME, architecture=HOSTILE_NAME, family=HOSTILE_NAME),
        workload=make_workload(name="very-long-workload-name-" * 2 + "v1", title=HOSTILE_NAME),
        hardware=make_hardware(cpu_model=HOSTILE_NAME * 3, physical_cores=128),
        conditions=make_conditions(dtype=HOSTILE_NAME, native=False, max_tokens=8, attempts=12),
        metrics=make_metrics(truncated_share=0.99999),
        grades=Grades(
            energy=make_grade(None, None, reasons=(HOSTILE_NAME, "x" * 1000)),
            accuracy=make_grade(None, None, reasons=(HOSTILE_NAME,)),
        ),
        baselines=tuple(
            BaselinePoint(name=f"{HOSTILE_NAME} {i}", energy_index=10.0 + i, accuracy=0.9 + i / 999)
            for i in range(6)
        ),
        evidence_url="https://example.org/x)](javascript:alert(1)) <b>",
        issued_by=HOSTILE_NAME,
    )


def gallery() -> dict[str, Label]:
    """Every kind of label that pictures are looked at for."""
    return {
        "estimated": make_label(),
        "metered": metered(),
        "part-metered": part_metered(),
        "borderline": borderline(),
        "no-letter": no_letter(),
        "withheld": withheld(),
        "unpublished": unpublished(),
        "many-classes": many_classes(),
        "quick": quick_look(),
        "small": extreme(0.31, 0.000012, "A"),
        "large": extreme(4200.0, 1234.0, "G"),
        "long": named("some-research-organisation-name/" + "distilled-multilingual-sentiment-" * 2),
        "cjk": named("東京大学/日本語ニュース分類器-小型-한국어-简体中文"),
        "emoji": named("acme/happy-😀-model-ไทย-العربية"),
        "hostile": named(HOSTILE_NAME),
        "crowded": crowded(),
        "huge-name": named("x" * 150 + "/" + "W" * 300),
    }
