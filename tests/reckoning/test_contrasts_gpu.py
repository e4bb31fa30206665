"""Baselines on the processor beside a model on a GPU."""

from typing import Any

import pytest
from support.baselines import make_baseline, make_majority
from support.evidence import (
    CPU_TIME,
    REFERENCE_CPU_SECONDS,
    make_evidence,
    make_hardware,
    make_settings,
    make_windows,
)
from support.metered import make_idle

from energylabel.judging.judgement import judge
from energylabel.judging.metrics import measure
from energylabel.records.evidence import Component, Evidence, MeterRecord, Method
from energylabel.records.hardware import GpuUnit
from energylabel.standard.scales import DEFAULT, load_scale

UNIT = GpuUnit(name="NVIDIA H200", memory_bytes=150 * 10**9, driver="1", bus_id="0000:41:00.0")


def meter(name: str, part: Component, method: Method = "hardware-counter") -> MeterRecord:
    return MeterRecord(name=name, method=method, covers=(part,), version=None, details={})


def on_gpu(*parts: Component, **overrides: Any) -> Evidence:
    """A counted GPU; ``parts`` are counted besides."""
    components: tuple[Component, ...] = ("gpu", *parts)
    names = {"gpu": "nvml", "cpu": "rapl", "dram": "rapl"}
    values = {
        "hardware": make_hardware(device="cuda", gpus=(UNIT,)),
        "settings": make_settings(device="cuda"),
        "meters": (*(meter(names[part], part) for part in components), CPU_TIME),
        "windows": make_windows(method="hardware-counter", components=components, cv=0.0),
        "idle": make_idle(),
        "gpu_strangers": 0,
        "baselines": (
            make_majority(),
            make_baseline(method="hardware-counter", components=components, cv=0.0),
        ),
    }
    return make_evidence(**values | overrides)


def test_the_idle_gpu_is_not_the_baselines():
    """Each component has 4 J per CPU-second: the reference two of them, the baseline one."""
    evidence = on_gpu("cpu")
    linear = measure(evidence, load_scale(DEFAULT)).baselines[1]
    assert linear.index is not None
    assert linear.index.value == pytest.approx(0.025 / 2)
    assert linear.wh_per_1000 is not None
    joules = 0.00025 * REFERENCE_CPU_SECONDS * 4
    assert linear.wh_per_1000.value == pytest.approx(joules * 1000 / 3600)


def test_a_loud_neighbour_is_not_made_small_by_a_gpu_at_rest():
    evidence = on_gpu("cpu")
    loud = [
        each.model_copy(
            update={
                "windows": tuple(
                    run.model_copy(update={"foreign_cpu_share": 0.06}) for run in each.windows
                )
            }
        )
        for each in evidence.baselines
    ]
    linear = measure(evidence.model_copy(update={"baselines": tuple(loud)}), load_scale(DEFAULT))
    assert [each.index for each in linear.baselines] == [None, None]


def test_where_the_processor_is_not_counted_there_is_accuracy_alone():
    windows = make_windows(method="hardware-counter", components=("gpu",), watts=80.0, cv=0.0)
    evidence = on_gpu(windows=windows)
    linear = measure(evidence, load_scale(DEFAULT)).baselines[1]
    assert (linear.index, linear.cost_ratio, linear.wh_per_1000) == (None, None, None)
    label = judge(evidence)
    assert label.provenance == "part-metered"
    assert [point.name for point in label.baselines] == ["majority", "BERT-base"]


def test_memory_counted_beside_the_reference_alone_is_left_out():
    evidence = on_gpu("cpu", "dram")
    baseline = make_baseline(method="hardware-counter", components=("gpu", "cpu"), cv=0.0)
    linear = measure(evidence.model_copy(update={"baselines": (baseline,)}), load_scale(DEFAULT))
    assert linear.baselines[0].index is not None
    assert linear.baselines[0].index.value == pytest.approx(0.025 / 2)
