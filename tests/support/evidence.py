"""Evidence as a rating on a small machine leaves it: deterministic, no model needed.

``make_evidence`` takes any field of :class:`Evidence` to override: a MiniLM-like model.
"""

import math
import random
from typing import Any

from energylabel import workloads
from energylabel.classifiers import REFERENCE_NAME, REFERENCE_SEED
from energylabel.records.evidence import (
    Answers,
    Component,
    Evidence,
    MeterRecord,
    Method,
    ProtocolSettings,
    Reading,
    ReferenceModel,
    Role,
    Settings,
    SingleRun,
    WarmUp,
    Window,
)
from energylabel.records.hardware import Hardware
from energylabel.records.setup import Setup
from energylabel.records.subject import FileDigest, Subject
from energylabel.records.workload import Workload

START = 1_790_000_000.0
LABELS = ("World", "Sports", "Business", "Sci/Tech")
ROLES: tuple[Role, ...] = ("reference", "candidate", "candidate", "reference")
REFERENCE_CPU_SECONDS = 0.08  # per query


def make_protocol(**overrides: Any) -> ProtocolSettings:
    """The standard protocol."""
    values: dict[str, Any] = {
        "name": "standard",
        "min_window_s": 5.0,
        "min_estimated_window_s": 2.0,
        "min_slices": 6,
        "max_slice_queries": None,
        "max_reference_pass_s": 10.0,
        "blocks_per_round": 6,
        "max_rounds": 5,
        "target_half_width": 0.02,
        "warm_up_s": 10.0,
        "warm_up_limit_s": 60.0,
        "settle_s": 1.0,
        "idle_s": 10.0,
        "single_queries": 200,
    }
    return ProtocolSettings(**values | overrides)


def quick_protocol() -> ProtocolSettings:
    """The quick look."""
    return make_protocol(
        name="quick",
        min_window_s=1.0,
        min_estimated_window_s=1.0,
        idle_s=0.0,
        min_slices=1,
        max_slice_queries=50,
        blocks_per_round=3,
        max_rounds=1,
    )


def make_hardware(**overrides: Any) -> Hardware:
    """Two cores of a virtual machine without counters."""
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


WITHOUT_FILES = {
    "source": "embedded",
    "name": "energylabel/tfidf-linear",
    "revision": "ab" * 32,
    "family": "tfidf-linear",
}
"""Names the model of a family without files."""


def make_subject(**overrides: Any) -> Subject:
    """A MiniLM-L6 with a head of four labels."""
    values: dict[str, Any] = {
        "source": "hub",
        "name": "example-org/minilm-l6-ag-news",
        "revision": "0123456789abcdef0123456789abcdef01234567",
        "family": "sequence-classification",
        "architecture": "BertForSequenceClassification",
        "parameters": 22_714_756,
        "dtype": "float32",
        "labels": LABELS,
        "max_tokens": 512,
        "files": (
            FileDigest(path="config.json", size=735, sha256="ab" * 32),
            FileDigest(path="model.safetensors", size=90_866_120, sha256="cd" * 32),
        ),
    }
    return Subject(**values | overrides)


def make_workload(**overrides: Any) -> Workload:
    """AG News as it comes with the program, by another title."""
    known = workloads.load("ag-news-v1")
    values: dict[str, Any] = {
        "name": "ag-news-v1",
        "title": "AG News: topic of a news item",
        "origin": "hub",
        "dataset": known.dataset,
        "labels": LABELS,
        "language": "en",
        "licence": known.licence,
        "seed": known.seed,
        "rows": 7600,
        "majority_share": 0.25,
        "reference_accuracy": known.reference_accuracy,
        "content_sha256": "ef" * 32,
        "repaired_texts": 0,
    }
    return Workload(**values | overrides)


def make_settings(**overrides: Any) -> Settings:
    """Six slices of a thousand queries, batches of 32; the setup follows from what is asked."""
    asking, device = overrides.get("asking"), overrides.pop("device", "cpu")
    setup: dict[str, Any] = {"device": device, "gpus": int(device == "cuda")}
    if asking is not None:
        setup |= {"mode": asking.mode, "shots": asking.shots}
    values: dict[str, Any] = {
        "protocol": make_protocol(),
        "setup": Setup(**setup),
        "batch_size": 32,
        "batch_size_requested": 32,
        "threads": 2,
        "wait_policy": "PASSIVE",
        "attention": "sdpa",
        "queries": 1000,
        "accuracy_rows": "auto",
        "label_map": (0, 1, 2, 3),
        "slices": (167, 167, 167, 167, 166, 166),
        "time_limit_s": None,
        "country": None,
    }
    return Settings(**values | overrides)


def make_answers(
    right: int = 1820, rows: int = 2000, classes: int = 4, **overrides: Any
) -> Answers:
    """``right`` of ``rows`` answers are right, spread evenly; the others name the next class."""
    gold = tuple(row % classes for row in range(rows))
    wrong = rows - right
    missed = {row * rows // wrong for row in range(wrong)}
    predicted = tuple((g + (row in missed)) % classes for row, g in enumerate(gold))
    values: dict[str, Any] = {
        "predicted": predicted,
        "gold": gold,
        "tokens": rows * 53,
        "uncut_tokens": rows * 53,
        "truncated": 0,
        "seconds": rows / 120,
    }
    return Answers(**values | overrides)


def make_windows(
    ratio: float = 0.14,
    *,
    wall_ratio: float | None = None,
    blocks: int = 6,
    slices: tuple[int, ...] = (167, 167, 167, 167, 166, 166),
    min_window_s: float = 5.0,
    cv: float = 0.01,
    drift: float = 0.0,
    session: int = 0,
    first_block: int = 0,
    started_at: float = START + 60,
    method: Method = "load-model",
    components: tuple[Component, ...] = ("cpu",),
    foreign: float | None = 0.01,
    watts: float = 4.0,
    seed: int = 0,
    interleaved: bool = False,
) -> tuple[Window, ...]:
    """Windows of whole blocks R C C R, or R C that take turns.

    ``ratio`` is the candidate's CPU-seconds (and joules) per query over the reference's,
    ``wall_ratio`` its run time's (default: the same), ``cv`` the noise of each window, ``drift``
    the relative change of all costs from the first to the last window, ``watts`` each
    component's joules for a CPU-second.
    """
    rng = random.Random(seed)
    windows = []
    clock = started_at
    length = 2 if interleaved else 4
    for place in range(length * blocks):
        block, position = divmod(place, length)
        role = ROLES[position]
        slice_ = (first_block + block) % len(slices)
        cpu_query = REFERENCE_CPU_SECONDS * (1 + drift * place / (length * blocks - 1))
        wall_query = cpu_query / 2
        if role == "candidate":
            wall_query *= ratio if wall_ratio is None else wall_ratio
            cpu_query *= ratio
        noise = math.exp(rng.gauss(0, cv))
        pass_s = wall_query * slices[slice_] * noise
        passes = max(1, -int(-min_window_s // pass_s))
        pass_cpu = cpu_query * slices[slice_] * noise
        seconds = pass_s * passes
        windows.append(
            Window(
                session=session,
                block=first_block + block,
                position=position,
                slice=slice_,
                role=role,
                kept=True,
                passes=passes,
                queries=passes * slices[slice_],
                tokens=passes * slices[slice_] * (50 if role == "reference" else 53),
                started_at=clock - windows[-1].seconds + 0.1 if interleaved and position else clock,
                seconds=seconds,
                cpu_seconds=pass_cpu * passes,
                pass_cpu_seconds=(pass_cpu,) * passes,
                interleaved=interleaved,
                foreign_cpu_share=foreign,
                energy=(
                    Reading(
                        meter="codecarbon" if method == "load-model" else "rapl",
                        method=method,
                        joules=dict.fromkeys(components, watts * pass_cpu * passes),
                    ),
                ),
            )
        )
        clock += seconds + (0.0 if interleaved and not position else 1.2)
    return tuple(windows)


CODECARBON = MeterRecord(
    name="codecarbon",
    method="load-model",
    covers=("cpu",),
    version="3.3.2",
    details={"mode": "cpu_load", "tdp_watts": 8.0, "tdp_is_generic": True, "tracking": "machine"},
)
CPU_TIME = MeterRecord(name="cpu_time", method="cpu-time", covers=(), version=None, details={})
RAPL = MeterRecord(
    name="rapl", method="hardware-counter", covers=("cpu",), version=None, details={}
)


def make_evidence(**overrides: Any) -> Evidence:
    """A standard rating of a MiniLM-like model: index 14, accuracy 0.91, one round."""
    windows = overrides.get("windows") or make_windows()
    beside = [run for each in overrides.get("baselines", ()) for run in each.windows]
    last = max((*windows, *beside), key=lambda run: run.started_at)
    values: dict[str, Any] = {
        "tool_version": "0.1.0",
        "started_at": START,
        "finished_at": last.started_at + last.seconds + 30,
        "subject": make_subject(),
        "workload": make_workload(),
        "hardware": make_hardware(),
        "settings": make_settings(),
        "meters": (CODECARBON, CPU_TIME),
        "reference": ReferenceModel(
            name=REFERENCE_NAME,
            seed=REFERENCE_SEED,
            parameters=109_483_778,
            dtype="float32",
            tokens=50_000,
        ),
        "warm_up": tuple(
            WarmUp(session=0, role=role, seconds=seconds, cpu_seconds_per_query=each, steady=True)
            for role, seconds, each in (
                ("reference", 12.0, (0.0824, 0.0801, 0.0803, 0.0800)),
                ("candidate", 11.0, (0.0119, 0.0112, 0.0113, 0.0112)),
            )
        ),
        "windows": windows,
        "idle": (),
        "single": SingleRun(
            latencies_s=tuple(0.012 + 0.00002 * ((37 * i) % 200) for i in range(200)),
            seconds=2.8,
            cpu_seconds=5.0,
            energy=(Reading(meter="codecarbon", method="load-model", joules={"cpu": 20.0}),),
        ),
        "answers": make_answers(),
        "model_peak_bytes": 600 * 2**20,
        "base_bytes": 300 * 2**20,
        "rating_peak_bytes": 1100 * 2**20,
        "versions": {
            "codecarbon": "3.3.2",
            "energylabel": "0.1.0",
            "python": "3.11.7",
            "torch": "2.13.0",
            "transformers": "5.23.0",
        },
        "sessions": 1,
        "attempts": (),
        "carbon": None,
    }
    return Evidence(**values | overrides)


def quick_evidence(**overrides: Any) -> Evidence:
    """A quick look at the same model: one round of three blocks of short windows."""
    slices = (50, 50, 50)
    windows = make_windows(blocks=3, slices=slices, min_window_s=1.0)
    settings = make_settings(protocol=quick_protocol(), slices=slices, queries=150)
    whole = make_evidence(windows=windows, settings=settings)
    values = {
        "windows": windows,
        "settings": settings,
        "reference": whole.reference.model_copy(update={"tokens": 50 * 150}),
        "single": whole.single.model_copy(
            update={"latencies_s": whole.single.latencies_s[:150], "seconds": 2.1}
        ),
    }
    return make_evidence(**values | overrides)
