"""Labels of one model that meet in one block."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.evidence import make_hardware, make_settings, make_workload
from support.parcels import FILES, MODEL, rated, store

from energylabel.publishing.base import Parcel
from energylabel.publishing.model_card import splice
from energylabel.publishing.proposing import parcel
from energylabel.records import Evidence

COMMIT = "0123456789abcdef" * 2 + "01234567"
DAY = 86_400
INTEL = make_hardware(cpu_model="Intel Xeon 8375C")


def at(days: float, evidence: Evidence) -> Evidence:
    """The same rating so many days later."""
    moved: dict[str, Any] = {
        name: getattr(evidence, name) + days * DAY for name in ("started_at", "finished_at")
    }
    moved["windows"] = tuple(
        each.model_copy(update={"started_at": each.started_at + days * DAY})
        for each in evidence.windows
    )
    return evidence.model_copy(update=moved)


def of_hub(days: float, files: dict[str, bytes] = FILES, **overrides: Any) -> Evidence:
    return at(days, rated(MODEL, COMMIT, files, **overrides))


def workload(name: str) -> Any:
    return make_workload(name=name)


def make_six(out: Path) -> list[Parcel]:
    """Six labels of one model, the oldest first."""
    usual = make_settings()
    setup = usual.setup.model_copy(update={"compiled": True})
    made = [
        of_hub(0),
        of_hub(1, hardware=INTEL),
        of_hub(2, workload=workload("emotion-v1")),
        of_hub(3, settings=usual.model_copy(update={"setup": setup})),
        of_hub(4, files={**FILES, "model.safetensors": b"other weights"}, hardware=INTEL),
        of_hub(5, workload=workload("banking77-v1")),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", "https://huggingface.co")
        return [parcel(store(out / str(n), each)) for n, each in enumerate(made)]


def block(card: bytes) -> str:
    return card.decode().partition("<!-- energylabel:begin")[2]


def mentions(card: bytes | str) -> list[dict[str, Any]]:
    text = card.decode() if isinstance(card, bytes) else card
    inside = text.partition("<!-- energylabel:labels\n")[2].partition("\n-->")[0]
    return [json.loads(line) for line in inside.split("\n") if line]


def put(parcels: list[Parcel], card: bytes = b"# T\n") -> bytes:
    for each in parcels:
        card = splice(card, each).card
    return card
