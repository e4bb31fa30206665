"""The parts of a label, each with overrides: an estimated C with an F for accuracy."""

from typing import Any

from support.evidence import make_hardware

from energylabel.records.base import Estimate, Range
from energylabel.records.label import BaselinePoint, Conditions, Label, LabelSubject, LabelWorkload
from energylabel.records.metrics import (
    AccuracyMetrics,
    EnergyMetrics,
    Grade,
    Grades,
    LoadModel,
    Metrics,
    ModelledEnergy,
    SpeedMetrics,
)
from energylabel.records.setup import Setup
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


def make_modelled(low: float = 0.0081, **overrides: Any) -> ModelledEnergy:
    """At 2 to 15 W per busy core, with CodeCarbon's figure for a processor unknown to it."""
    values: dict[str, Any] = {
        "watts_per_core": Range(low=2.0, high=15.0),
        "wh_per_1000": Range(low=low, high=7.5 * low),
        "reference_wh_per_1000": Range(low=0.059, high=7.5 * 0.059),
        "grams_co2e_per_1000": None,
        "load_model": LoadModel(
            meter="codecarbon",
            wh_per_1000=estimate(0.0312, 0.0301, 0.0323),
            tdp_watts=8.0,
            tdp_is_generic=True,
        ),
    }
    return ModelledEnergy(**values | overrides)


def make_energy(**overrides: Any) -> EnergyMetrics:
    """An estimated index of 13.7; what is not estimated has counted watt-hours."""
    index = overrides.get("index", estimate(13.7, 11.0, 17.1))
    counted: dict[str, Any] = {
        "wh_per_1000": estimate(0.0312, 0.0301, 0.0323),
        "reference_wh_per_1000": estimate(0.228, 0.226, 0.230),
        "components": ("cpu", "dram"),
    }
    modelled: dict[str, Any] = {
        "wh_per_1000": None,
        "reference_wh_per_1000": None,
        "modelled": make_modelled(),
        "components": ("cpu",),
    }
    energy = modelled if overrides.get("provenance", "estimated") == "estimated" else counted
    values: dict[str, Any] = {
        "provenance": "estimated",
        "index": index,
        "repeatability": estimate(13.7, 13.6, 13.8),
        "half_width": 0.008,
        "wall_ratio": estimate(13.8, 13.7, 13.9),
        "cpu_ratio": estimate(13.7, 13.6, 13.8),
        **energy,
        "by_component": {},
        "single": {},
        "net": None,
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
        "read_share": 1.0,
        "peak_memory_bytes": 551_000_000,
        "foreign_cpu_share": 0.01,
        "reference_drift": {"value": 0.012, "low": None, "high": None, "count": 24},
        "index_drift": {"value": 0.004, "low": -0.01, "high": 0.018, "count": 12},
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
    way = {name: overrides[name] for name in ("mode", "shots") if name in overrides}
    values: dict[str, Any] = {
        "protocol": "standard",
        "setup": Setup(device="cpu", **way),
        "device": "cpu",
        "dtype": "float32",
        "native": True,
        "batch_size": 32,
        "threads": 2,
        "max_tokens": 512,
        "attempts": 1,
        "country": None,
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
