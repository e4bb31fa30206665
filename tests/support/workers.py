"""Plans, tiny models as resolved ones, and settings short enough for tests."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import pytest
from support.evidence import make_hardware
from support.tiny_models import SENTENCES

from energylabel import workloads
from energylabel.options import Options
from energylabel.planning import planner as planning
from energylabel.planning.planner import PROTOCOLS, Plan, plan
from energylabel.records import OpenModel
from energylabel.records.subject import FileDigest, ResolvedModel, revision_of_files
from energylabel.records.workload import Samples, Workload

THREADS = 1


def digests(folder: Path) -> tuple[FileDigest, ...]:
    """All files of a model's folder; none of one that is not there."""
    return tuple(
        FileDigest(
            path=path.name,
            size=path.stat().st_size,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(folder.glob("*"))
        if path.is_file()
    )


def resolved(folder: Path, max_positions: int | None = 64, **overrides: Any) -> ResolvedModel:
    """What resolving says of a folder made by ``make_model``."""
    values: dict[str, Any] = {
        "source": "folder",
        "name": "local/tiny",
        "revision": revision_of_files(digests(folder)),
        "folder": str(folder),
        "family": "sequence-classification",
        "architecture": "BertForSequenceClassification",
        "model_type": "bert",
        "labels": ("negative", "positive"),
        "max_positions": max_positions,
        "vocabulary_size": 320,
        "files": digests(folder),
        "weight_bytes": 200_000,
    }
    return ResolvedModel(**values | overrides)


def opening(
    model: ResolvedModel,
    role: str = "candidate",
    dtype: str = "auto",
    family: str = "sequence-classification",
) -> OpenModel:
    """The request that loads a model."""
    return OpenModel(
        role=role,
        family=family,
        model=model,
        device="cpu",
        dtype=dtype,
        threads=THREADS,
        task=None,
    )


def make_samples(queries: int = 24, rows: int = 60) -> Samples:
    """Texts of two classes in some order."""
    texts = tuple(SENTENCES[(7 * n) % len(SENTENCES)] for n in range(rows))
    gold = tuple(n % 2 for n in range(rows))
    workload = Workload(
        name="custom-tiny",
        title="Tiny sentences",
        origin="file",
        dataset=None,
        labels=("negative", "positive"),
        language="en",
        licence=None,
        seed=1,
        rows=rows,
        majority_share=0.5,
        reference_accuracy=None,
        content_sha256="cd" * 32,
        repaired_texts=0,
    )
    return Samples(
        workload=workload,
        queries=queries,
        texts=texts,
        gold=gold,
        wording=workloads.wording("en"),
    )


def shorten_quick(patch: pytest.MonkeyPatch, state: Path, **numbers: Any) -> None:
    """A state folder of the test's own, and a quick look of seconds instead of a minute.

    ``numbers`` of the protocol override those that are set here. It is the only protocol.
    """
    patch.setenv("XDG_STATE_HOME", str(state))
    short = {
        "min_window_s": 0.05,
        "min_estimated_window_s": 0.05,
        "warm_up_s": 0.1,
        "warm_up_limit_s": 1.0,
        "settle_s": 0.01,
        "idle_s": 0.2,
        "max_slice_queries": 12,
        "single_queries": 20,
    }
    quick = planning.PROTOCOLS["quick"].model_copy(update=short | numbers)
    patch.setattr(planning, "PROTOCOLS", {"quick": quick})


def make_plan(folder: Path, **overrides: Any) -> Plan:
    """A quick look that lasts about two seconds; ``protocol`` overrides single numbers."""
    short = {
        "min_window_s": 0.03,
        "min_estimated_window_s": 0.03,
        "min_slices": 3,
        "warm_up_s": 0.02,
        "warm_up_limit_s": 0.2,
        "settle_s": 0.01,
        "idle_s": 0.0,
        "single_queries": 5,
    }
    settings = PROTOCOLS["quick"].model_copy(update=short | overrides.pop("protocol", {}))
    options = Options(protocol="quick", **overrides.pop("options", {}))
    hardware = make_hardware(physical_cores=THREADS)
    made = plan(resolved(folder), make_samples(), (0, 1), hardware, options)
    return dataclasses.replace(made, protocol=settings, **overrides)
