from pathlib import Path
from typing import Any

import pytest
from support.evidence import make_hardware
from support.workers import make_samples, resolved

from energylabel.errors import EnergyLabelError, MeasurementError, NotRatableError, UsageError
from energylabel.options import Options
from energylabel.planning import planner as planning
from energylabel.planning.planner import PROTOCOLS, Plan, check_runtime, plan
from energylabel.standard import PROCEDURE

MODEL = resolved(Path("/models/tiny"))
SAMPLES = make_samples()


def made(**changes: Any) -> Plan:
    hardware = changes.pop("hardware", make_hardware())
    model = changes.pop("model", MODEL)
    samples = changes.pop("samples", SAMPLES)
    label_map = changes.pop("label_map", (0, 1))
    return plan(model, samples, label_map, hardware, Options(**changes))


def test_the_numbers_of_the_standard():
    standard, quick = PROTOCOLS["standard"], PROTOCOLS["quick"]
    assert (standard.min_window_s, standard.warm_up_s, standard.settle_s) == (5, 10, 1)
    assert (standard.min_estimated_window_s, quick.min_estimated_window_s) == (2, 1)
    assert (standard.idle_s, quick.idle_s) == (10, 0)
    assert (standard.min_slices, standard.max_reference_pass_s) == (6, 10)
    assert (standard.blocks_per_round, standard.max_rounds) == (6, 5)
    assert (standard.target_half_width, standard.single_queries) == (0.02, 200)
    assert (quick.min_window_s, quick.max_slice_queries) == (1, 50)
    assert quick.blocks_per_round * quick.max_rounds == 3
    assert Options().queries == PROCEDURE.texts.queries == 1000


def test_threads_are_the_physical_cores():
    assert made(hardware=make_hardware(physical_cores=6, logical_cpus=12)).threads == 6


def test_the_shortest_rating_by_hand():
    # standard: 10 s of warm-up and six blocks of two windows of 2 s that take turns
    planning.check_time_limit(Options(time_limit_s=34.0))
    with pytest.raises(MeasurementError, match=r"takes about 34 more seconds.* leaves 33"):
        planning.check_time_limit(Options(time_limit_s=33.9))
    # quick: three blocks of four windows of 1 s
    planning.check_time_limit(Options(protocol="quick", time_limit_s=28.0))
    with pytest.raises(MeasurementError):
        planning.check_time_limit(Options(protocol="quick", time_limit_s=27.0))


def test_a_model_larger_than_the_memory():
    # 438 MB for the reference and 1 GB for the process beside the weights
    enough = MODEL.weight_bytes + 1_438_000_000
    assert made(hardware=make_hardware(memory_bytes=enough))
    with pytest.raises(NotRatableError, match=r"needs about 1\.4 GB"):
        made(hardware=make_hardware(memory_bytes=enough - 1))


def test_the_key_names_model_data_and_machine():
    keys = {
        made().key,
        made(model=resolved(Path("/x"), revision="b" * 64)).key,
        made(model=resolved(Path("/x"), name="local/other")).key,
        made(hardware=make_hardware(cpu_model="another")).key,
        made(samples=changed_workload(content_sha256="ab" * 32)).key,
    }
    assert len(keys) == 5
    assert made().key == made(model=resolved(Path("/moved"))).key


def test_each_setup_has_a_key_and_so_a_count_of_attempts_of_its_own():
    setups = [{}, {"dtype": "bfloat16"}, {"batch_size": 8}, {"dtype": "bfloat16", "batch_size": 8}]
    assert len({made(**each).key for each in setups}) == 4
    # 32 texts are the standard's own batches: nothing was chosen.
    assert made(batch_size=32).key == made().key
    assert made(batch_size=32).setup.slug() == ""
    assert made(**setups[3]).setup.slug() == "bfloat16-batch-8"


def test_the_usual_way_to_ask_is_one_way():
    model = resolved(Path("/x"), family="prompted-lm", labels=None)
    usual = made(model=model)
    assert made(model=model, mode="score").key == usual.key
    assert len({usual.key, *(made(model=model, **each).key for each in OTHERS)}) == 4


OTHERS: tuple[dict[str, Any], ...] = (
    {"mode": "generate"},
    {"shots": 2},
    {"mode": "generate", "shots": 2},
)


def changed_workload(**changes: Any) -> Any:
    return SAMPLES.model_copy(update={"workload": SAMPLES.workload.model_copy(update=changes)})


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": "quick"},
        {"dtype": "float32"},
        {"batch_size": 16},
        {"queries": 20},
        {"accuracy_rows": "all"},
        {"country": "FRA"},
        {"label_map": (1, 0)},
        {"hardware": make_hardware(physical_cores=1)},
    ],
)
def test_what_changes_a_figure_changes_the_signature(change: dict[str, Any]):
    assert made(**change).signature != made().signature


def test_a_later_time_limit_may_continue_and_a_later_version_may_not(
    monkeypatch: pytest.MonkeyPatch,
):
    assert made(time_limit_s=9.0).signature == made().signature
    before = made().signature
    monkeypatch.setattr(planning, "__version__", "99.0")
    assert made().signature != before


@pytest.mark.parametrize(
    ("options", "family", "error", "message"),
    [
        ({"dtype": "int8"}, None, UsageError, "--dtype int8 is not for the runtime pytorch"),
        ({"runtime": "onnxruntime", "dtype": "float16"}, None, UsageError, "float16 is not for"),
        ({"runtime": "tvm"}, None, UsageError, "there is no runtime 'tvm'"),
        ({"runtime": "onnxruntime"}, "zero-shot-nli", NotRatableError, "on PyTorch alone"),
        ({"runtime": "onnxruntime"}, "tfidf-linear", NotRatableError, "on PyTorch alone"),
    ],
    ids=str,
)
def test_a_runtime_that_cannot_run_it_is_refused(
    options: dict[str, Any],
    family: str | None,
    error: type[EnergyLabelError],
    message: str,
):
    model = resolved(Path("/models/tiny"), **({"family": family} if family else {}))
    with pytest.raises(error, match=message) as caught:
        check_runtime(model, Options(**options))
    assert caught.value.hint


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packages of every runtime, whether they are here or not."""
    monkeypatch.setattr(planning, "refuse_lacking", lambda _: None)


@pytest.mark.usefixtures("installed")
def test_a_runtime_of_the_processor_refuses_a_gpu():
    options = Options(runtime="onnxruntime")
    with pytest.raises(UsageError, match="does not compute on the device cuda") as caught:
        check_runtime(MODEL, options, "cuda")
    assert caught.value.hint == "add --device cpu"
    check_runtime(MODEL, options, "cpu")


@pytest.mark.usefixtures("installed")
def test_the_usual_runtime_is_not_in_the_setup():
    assert made().setup.runtime is None
    other = made(runtime="onnxruntime", dtype="int8")
    assert other.setup.slug() == "onnxruntime-int8"
    assert other.key != made().key
    assert (other.opening.runtime, other.opening.dtype) == ("onnxruntime", "int8")
    assert other.opening.queries == other.samples.queries
