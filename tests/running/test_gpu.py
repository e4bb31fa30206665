"""Ratings on a GPU, as far as they go without one: the decisions, the records and the labels.

The worker answers at once; NVML is a library of our own behind the real ``nvidia-ml-py``.
"""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import fake_nvml
from support.evidence import make_hardware
from support.fake_nvml import UUIDS, needs_compiler
from support.fake_worker import FakeWorker
from support.workers import make_plan, make_samples, resolved

from energylabel import diagnosing
from energylabel.cli.doctor import lines
from energylabel.errors import MeasurementError, NotRatableError, UsageError
from energylabel.events import silent
from energylabel.judging.judgement import judge
from energylabel.options import Options
from energylabel.planning.planner import Plan, plan
from energylabel.reckoning.provenance import foreign_part, shortest_window_s
from energylabel.records.evidence import Evidence, MeterRecord, Reading
from energylabel.records.hardware import GpuUnit, Hardware
from energylabel.rendering._render import printed, render_all
from energylabel.running import steps as running
from energylabel.running import strangers as sharing
from energylabel.running.slices import warm_up_texts
from energylabel.storing.journal import Journal
from energylabel.worker.client import Worker

UNIT = GpuUnit(
    name="NVIDIA H200", memory_bytes=150_754_820_096, driver="999.1", bus_id="00000000:41:00.0"
)
MACHINE: Hardware = make_hardware(
    device="cuda", gpus=(UNIT,), native_dtypes=("float32", "float64", "float16", "bfloat16")
)
GPU = ("nvml", "hardware-counter", "gpu", 40.0)
CPU_COUNTED = ("rapl", "hardware-counter", "cpu", 4.0)
CPU_MODELLED = ("codecarbon", "load-model", "cpu", 900.0)  # it never counts


def gpu(joules: float) -> tuple[str, str, str, float]:
    """A counted GPU that takes so many joules for each CPU-second beside it."""
    return ("nvml", "hardware-counter", "gpu", joules)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fake_nvml.build(tmp_path_factory.mktemp("nvml"))


Rate = Callable[..., Evidence]


@pytest.fixture
def rate(tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rate:
    """Rate with these meters and so many processes on the GPU, the worker's own among them."""

    def call(*meters: tuple[str, str, str, float], seen: Any = 1, **options: Any) -> Evidence:
        made = make_plan(tiny_bert, options=options, protocol={"min_slices": 1})
        setup = made.setup.model_copy(update={"device": "cuda", "gpus": 1})
        made = dataclasses.replace(made, hardware=MACHINE, setup=setup)
        counts = iter(seen) if isinstance(seen, list) else iter([0] + [seen] * 99)

        def computing(places: tuple[str, ...]) -> tuple[int, ...] | None:
            assert places == (UNIT.bus_id,)
            count = next(counts)
            return None if count is None else (count,)

        monkeypatch.setattr(sharing, "computing", computing)
        monkeypatch.setattr(running, "choose_meters", lambda _: tuple(m[0] for m in meters))
        monkeypatch.setattr(running, "Worker", FakeWorker(meters=meters))
        return running.run(made, Journal("k" * 64, tmp_path), silent, resume=False)

    return call


def planned(**options: Any) -> Plan:
    return plan(resolved(Path("/m")), make_samples(), (0, 1), MACHINE, Options(**options))


def test_the_protocol_of_a_gpu_by_the_standard():
    made = planned()
    assert (made.batching.tokens, made.batching.rows(512), made.batching.rows(10)) == (
        16_384,
        32,
        1638,
    )
    assert (made.protocol.warm_up_s, made.protocol.min_slices) == (10, 1)
    assert made.protocol.max_reference_pass_s is None
    assert planned(protocol="quick").protocol.max_slice_queries is None
    assert warm_up_texts(made.batching) == 256
    other = UNIT.model_copy(update={"bus_id": "x"})
    elsewhere = dataclasses.replace(made, hardware=MACHINE.model_copy(update={"gpus": (other,)}))
    assert elsewhere.key == made.key
    assert elsewhere.signature != made.signature  # windows of two GPUs are not one rating
    assert planned(batch_size=8).batching.rows(512) == 8
    with pytest.raises(NotRatableError, match=r"NVIDIA H200 has 150\.8 GB"):
        large = resolved(Path("/m"), weight_bytes=150_000_000_000)
        roomy = MACHINE.model_copy(update={"memory_bytes": 10**12})
        plan(large, make_samples(), (0, 1), roomy, Options())


def test_windows_without_ticks_to_align_to_are_twice_as_long():
    settings = planned().protocol
    counter = MeterRecord(
        name="nvml", method="hardware-counter", covers=("gpu",), version=None, details={}
    )
    sensor = counter.model_copy(update={"name": "nvml_power", "method": "sampled-power"})
    assert shortest_window_s(settings, [counter, sensor], "cuda") == 5
    assert shortest_window_s(settings, [sensor], "cuda") == 10


def test_counters_on_gpu_and_processor_are_metered(rate: Rate):
    label = judge(rate(GPU, CPU_COUNTED))
    energy = label.metrics.energy
    assert energy.provenance == "metered"
    assert energy.components == ("cpu", "gpu")
    assert energy.index.value == pytest.approx(25, rel=0.01)  # the candidate takes a quarter
    assert label.conditions.device == "cuda"
    assert label.conditions.native
    assert label.hardware.slug == "cuda-nvidia-h200"
    assert energy.index.low is not None
    # 25 lies in D, up to 35.4; one more tenth on a GPU does not reach it, nor C's 17.7.
    assert (label.grades.energy.letter, label.grades.energy.touches) == ("D", ("D",))


def test_a_processor_that_takes_little_at_most_leaves_it_part_metered(rate: Rate):
    energy = judge(rate(gpu(61.0), CPU_MODELLED)).metrics.energy  # at most 15 W of 76: 20 %
    assert energy.provenance == "part-metered"
    assert energy.components == ("gpu",)
    assert energy.modelled is None


def test_a_processor_that_may_take_more_than_a_fifth_makes_it_an_estimate(rate: Rate):
    evidence = rate(gpu(59.0), CPU_MODELLED)
    label = judge(evidence)
    energy = label.metrics.energy
    assert energy.provenance == "estimated"
    assert energy.components == ("cpu", "gpu")
    assert (energy.wh_per_1000, energy.by_component) == (None, {})
    assert energy.modelled is not None
    # The GPU's joules as counted, and 2 to 15 W for each CPU-second beside them.
    wh = energy.modelled.wh_per_1000
    assert wh.high / wh.low == pytest.approx((59 + 15) / (59 + 2))
    # Windows of both models last as long here: per query, run time says 100. The hull says so.
    assert energy.index.value == pytest.approx(25, rel=0.01)
    assert energy.index.high == pytest.approx(125, rel=0.01)
    assert energy.index.low == pytest.approx(25 / 1.25, rel=0.01)
    assert label.grades.energy.letter is None
    (said,) = (each for each in label.findings if each.name == "provenance")
    assert "more than 20% of the joules" in said.message
    assert "run time, not metered" not in printed(label)["description"]


def test_sampled_power_is_named(rate: Rate):
    label = judge(rate(("nvml_power", "sampled-power", "gpu", 40.0), CPU_COUNTED))
    assert label.metrics.energy.sampled == ("gpu",)
    assert "hardware counters and sampled power" in printed(label)["description"]
    (said,) = (each for each in label.findings if each.name == "provenance")
    assert (said.outcome, "the power of gpu was only sampled" in said.message) == ("noted", True)
    assert "sampled" not in judge(rate(GPU, CPU_COUNTED)).metrics.energy.model_dump(mode="json")


def test_one_at_a_time_is_too_short_for_a_sensor(rate: Rate):
    sensor = Reading(meter="nvml_power", method="sampled-power", joules={"gpu": 30.0})
    counter = Reading(meter="rapl", method="hardware-counter", joules={"cpu": 10.0})
    evidence = rate(("nvml_power", "sampled-power", "gpu", 40.0), CPU_COUNTED)
    single = evidence.single.model_copy(update={"energy": (sensor, counter), "seconds": 4.9})
    texts = len(single.latencies_s)

    def judged(seconds: float) -> dict[str, float]:
        run = single.model_copy(update={"seconds": seconds})
        return judge(evidence.model_copy(update={"single": run})).metrics.energy.single

    assert judged(4.9) == {"cpu": pytest.approx(10 / texts / 3.6)}
    assert judged(5.0)["gpu"] == pytest.approx(30 / texts / 3.6)


def test_others_processor_time_weighs_as_much_as_its_joules(rate: Rate):
    # A neighbour as busy as the rating itself: all of its joules on a CPU, an eleventh here.
    window = rate(GPU, CPU_COUNTED).windows[0].model_copy(update={"foreign_cpu_share": 1.0})
    assert foreign_part(window) == pytest.approx(4 / 44)
    alone = window.model_copy(update={"energy": window.energy[:1]})
    assert alone.energy[0].joules.keys() == {"gpu"}
    assert foreign_part(alone) == 0
    processor = window.model_copy(update={"energy": window.energy[1:]})
    assert foreign_part(processor) == 1.0


def test_no_gpu_meter_no_rating(rate: Rate):
    with pytest.raises(MeasurementError, match="nothing measures the energy of the GPU"):
        rate(("nvml", "hardware-counter", "dram", 1.0), ("codecarbon", "load-model", "gpu", 1.0))


def test_the_label_names_the_gpu_and_its_batches(rate: Rate, tiny_bert: Path):
    evidence = rate(GPU, CPU_COUNTED)
    batches = {"batch_size": 16_384, "batch_size_requested": 16_384, "batch_tokens": 16_384}
    settings = evidence.settings.model_copy(update=batches)
    label = judge(evidence.model_copy(update={"settings": settings}))
    words = printed(label)
    assert words["machine"] == "NVIDIA H200, 151 GB"
    assert words["batch"] == "batches of up to 16,384 tokens"
    card = next(made for made in render_all(label) if made.name == "card.md").content.decode()
    assert "NVIDIA H200, 151 GB, 1 thread of AMD EPYC 9R14" in card
    assert "texts/s at batches of up to 16,384 tokens" in card


def test_records_of_a_processor_say_nothing_of_a_gpu():
    stored = make_hardware().model_dump(mode="json")
    assert "gpu" not in stored
    assert Hardware.from_dict(stored) == make_hardware()
    assert Hardware.from_dict(MACHINE.model_dump(mode="json")) == MACHINE
    with pytest.raises(ValueError, match="GPUs are there when the device is cuda"):
        make_hardware(device="cuda")


def test_strangers_end_a_rating_before_it_begins(rate: Rate):
    with pytest.raises(MeasurementError, match="another process computes") as caught:
        rate(GPU, CPU_COUNTED, seen=[1])
    assert "--allow-shared" in caught.value.hint
    assert caught.value.retryable


def test_strangers_that_come_later_withhold_the_letter(rate: Rate):
    evidence = rate(GPU, CPU_COUNTED, seen=[0, 1, 3, 1])
    assert evidence.gpu_strangers == 2
    label = judge(evidence)
    assert label.withheld
    assert any("up to 2 other processes" in reason for reason in label.grades.energy.reasons)


def test_allowed_strangers_stand_on_the_label(rate: Rate):
    label = judge(rate(GPU, CPU_COUNTED, seen=[2, 2, 2, 2], allow_shared=True))
    assert not label.withheld
    (found,) = (each for each in label.findings if each.name == "gpu-exclusive")
    assert found.outcome == "warned"
    card = next(made for made in render_all(label) if made.name == "card.md").content.decode()
    assert "shared with others" in card


@pytest.mark.parametrize("nobody", [None, 0])  # 0: not even the worker itself is seen
def test_a_driver_that_does_not_tell(rate: Rate, nobody: int | None):
    evidence = rate(GPU, CPU_COUNTED, seen=[nobody] * 9)
    assert "gpu_strangers" not in evidence.model_dump(mode="json")
    (found,) = (each for each in judge(evidence).findings if each.name == "gpu-exclusive")
    assert found.outcome == "not-available"


@pytest.mark.slow
def test_a_pytorch_without_cuda_says_so(monkeypatch: pytest.MonkeyPatch):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this PyTorch can use the GPU of this machine")
    monkeypatch.setattr("energylabel.worker.client.uuids_at", lambda _: UUIDS[:1])
    with (
        pytest.raises(UsageError, match=r"PyTorch .* cannot use the GPU") as caught,
        Worker(1, MACHINE),
    ):
        pass
    assert "--device cpu" in caught.value.hint


@pytest.mark.slow
def test_doctor_tries_what_a_rating_would(monkeypatch: pytest.MonkeyPatch):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this PyTorch can use the GPU of this machine")
    monkeypatch.setattr(diagnosing, "detect", lambda: MACHINE)
    monkeypatch.setattr(diagnosing, "computing", lambda _: (2,))
    monkeypatch.setattr("energylabel.worker.client.uuids_at", lambda _: UUIDS[:1])
    found = diagnosing.diagnose()
    said = {each.name: each for each in found.findings}
    assert not found.ratable
    assert said["gpu-exclusive"].message == "other processes compute on the NVIDIA H200: 2"
    assert "cannot use the GPU" in said["gpu"].message
    assert "gpu         NVIDIA H200, 151 GB, driver 999.1" in lines(found)


def found(library: Path, device: str, torch: str = "2.13.0", **switches: object) -> Any:
    """What is detected over the fake library, by a PyTorch of this version."""
    code = (
        "import json, sys\n"
        "from energylabel import errors\n"
        "from energylabel.devices import machine\n"
        f"machine.version = lambda name: {torch!r}\n"
        "try:\n"
        f"    said = machine.detect({device!r}).model_dump(mode='json')\n"
        "    said = [said['device'], *(said.get('gpus') or [None]), said['native_dtypes']]\n"
        "except errors.UsageError as error:\n"
        "    said = error.message\n"
        "print(json.dumps(said))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=fake_nvml.environment(library, **switches),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


@pytest.mark.slow
@needs_compiler
def test_the_gpu_that_is_asked_for_is_found(library: Path):
    two = {"gpus": 2, "names": "First,Second", "capability": "9.0,7.5"}
    native = ["float32", "float64", "float16", "bfloat16"]
    device, gpu, dtypes = found(library, "auto", **two)
    assert (device, gpu["name"], dtypes) == ("cuda", "First", native)
    assert gpu["memory_bytes"] == 80 * 2**30
    assert gpu["bus_id"] == "00000000:41:00.0"
    assert UUIDS[0] not in json.dumps(gpu)
    device, gpu, dtypes = found(library, "cuda:1", **two)
    assert (device, gpu["name"], dtypes) == ("cuda", "Second", native[:3])
    # Hidden from this process: not there.
    assert found(library, "cuda", **two, cuda_visible_devices=UUIDS[1])[1]["name"] == "Second"
    assert "sees 2 GPUs, counted from 0" in found(library, "cuda:2", **two)


@pytest.mark.slow
@needs_compiler
def test_automatic_means_a_gpu_that_pytorch_can_use(library: Path):
    assert found(library, "auto", torch="2.13.0+cpu")[0] == "cpu"
    assert found(library, "auto", torch="2.13.0+cu130")[0] == "cuda"
    assert found(library, "cpu")[0] == "cpu"
    assert found(library, "auto", mig=1)[0] == "cpu"
    assert found(library, "auto", init=9)[0] == "cpu"
    assert "--device cuda: NVML" in found(library, "cuda", init=9)
