"""Labels as they come out of ratings, plain and extreme; no rating needed."""

from support.evidence import make_hardware
from support.label_parts import (
    HOSTILE_NAME,
    estimate,
    make_accuracy,
    make_conditions,
    make_energy,
    make_grade,
    make_label,
    make_metrics,
    make_modelled,
    make_subject,
    make_workload,
)

from energylabel.records.base import Estimate, Range
from energylabel.records.label import BaselinePoint, Label
from energylabel.records.metrics import Finding, Grades, NetEnergy, PromptMetrics, SpeedMetrics

GRAMS = Range(low=0.0032, high=0.024)


def metered() -> Label:
    """A metered D of a model on the Hub, with baselines."""
    index = estimate(31.2, 30.8, 31.6)
    metrics = make_metrics(
        energy=make_energy(
            provenance="metered",
            index=index,
            wh_per_1000=estimate(0.0713, 0.0708, 0.0718),
            by_component={
                "cpu": estimate(0.0641, 0.0637, 0.0645),
                "dram": estimate(0.0072, 0.0071, 0.0073),
            },
            single={"cpu": 0.1184, "dram": 0.0101},
            net=NetEnergy(
                idle_watts={"cpu": 21.4, "dram": 2.9},
                index=estimate(30.4, 29.9, 30.9),
                wh_per_1000=estimate(0.0498, 0.0492, 0.0504),
                single_wh_per_1000=0.0761,
            ),
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
    metrics = make_metrics(energy=make_energy(modelled=None, components=()))
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
        energy=make_energy(index=index, modelled=make_modelled(grams_co2e_per_1000=GRAMS)),
        accuracy=make_accuracy(
            accuracy=estimate(0.9231, 0.9131, 0.9320),
            majority_share=0.013,
            rows=3080,
            error_index=estimate(121.6, 107.5, 137.4),
        ),
        truncated_share=0.1234,
        read_share=0.8766,
    )
    return make_label(
        metrics=metrics,
        workload=make_workload(name="banking77-v1", labels=tuple(f"intent {i}" for i in range(77))),
        conditions=make_conditions(
            max_tokens=64, dtype="bfloat16", native=False, attempts=2, country="DEU"
        ),
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
            modelled=make_modelled(watt_hours),
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


def prompted(mode: str, **written: float | Estimate) -> Label:
    """A language model that was asked with four worked examples."""
    return make_label(
        subject=make_subject(family="prompted-lm", architecture="LlamaForCausalLM"),
        metrics=make_metrics(prompt=PromptMetrics(framing_tokens=58.25, **written)),
        conditions=make_conditions(mode=mode, shots=4),
    )


def writing() -> Label:
    """One that writes its answers, some of which name no label."""
    return prompted(
        "generate",
        written_tokens=3.21,
        invalid_share=0.0312,
        prefill_share=estimate(0.62, 0.57, 0.67),
    )


def crowded() -> Label:
    """Hostile and overlong text in every field that is free, and many baselines close by."""
    return make_label(
        subject=make_subject(name=HOSTILE_NAME, architecture=HOSTILE_NAME, family=HOSTILE_NAME),
        workload=make_workload(name="very-long-workload-name-" * 2 + "v1", title=HOSTILE_NAME),
        hardware=make_hardware(cpu_model=HOSTILE_NAME * 3, physical_cores=128),
        conditions=make_conditions(dtype=HOSTILE_NAME, native=False, max_tokens=8, attempts=12),
        metrics=make_metrics(truncated_share=0.99999, read_share=0.00001),
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
    from support.own_title import of_own_data

    return {
        "own-data": of_own_data(),
        "own-data-long": of_own_data("Tickets from all of the shops of the north, and more " * 2),
        "estimated": make_label(),
        "metered": metered(),
        "part-metered": part_metered(),
        "borderline": borderline(),
        "no-letter": no_letter(),
        "withheld": withheld(),
        "unpublished": unpublished(),
        "many-classes": many_classes(),
        "quick": quick_look(),
        "prompted": prompted("score"),
        "writing": writing(),
        "small": extreme(0.31, 0.000012, "A"),
        "large": extreme(4200.0, 1234.0, "G"),
        "long": named("some-research-organisation-name/" + "distilled-multilingual-sentiment-" * 2),
        "cjk": named("東京大学/日本語ニュース分類器-小型-한국어-简体中文"),
        "emoji": named("acme/happy-😀-model-ไทย-العربية"),
        "hostile": named(HOSTILE_NAME),
        "crowded": crowded(),
        "huge-name": named("x" * 150 + "/" + "W" * 300),
    }
