"""Step c: what trained weights do to power, and the index of architectures beside their CPU index.

Index: 100 × joules per text ÷ those of the reference, windows R C C R, token ids of the reference.
"""

from functools import partial
from pathlib import Path
from typing import Any

from .architectures import ARCHITECTURES, Architecture
from .bench import BATCH, FAULTS, JOULES_PER_WH, Bench, Work, reference, spread, trying
from .record import StepRecord, tell
from .settings import NO_PACK, Settings
from .weights import base_of, seeded, trained

_FIRST = (
    "DistilBERT",
    "BERT-base",
    "MiniLM 6×384",
    "BERT-large",
    "ModernBERT-base",
    "BERT 2×128",
    "ALBERT-base",
    "DeBERTa-v3-base",
    "ELECTRA-small 12×256",
    "BERT-base in bf16",
    "SmolLM2-135M with a head",
    "MiniLM 12×384",
)
"""The most unlike each other first; the rest follow in the table's order."""

_SHORT = 0.6
"""Of a window: many architectures tell more than sharp figures of few."""


def run(settings: Settings, record: StepRecord, limit_s: float) -> None:
    """See the module."""
    with Bench(settings, record, limit_s) as bench, reference() as session:
        base = bench.loads(session._network)
        for work in base.values():
            bench.warm(work, 2 * settings.window_s)
        if settings.pack is None:
            record.leave_out("trained weights", NO_PACK)
        else:
            folder = settings.pack / "model"
            trying(bench, "trained against seeded", partial(trained_to_seeded, bench, folder))
            bench.free()
            filled = partial(base_index, bench, folder, base["batch"])
            trying(bench, "BERT-base's shape with trained weights", filled)
            bench.free()
        architectures(bench, base)


def trained_to_seeded(bench: Bench, folder: Path) -> None:
    """The packed model ÷ its shape with weights that are drawn as the reference's are."""
    network = trained(folder)
    other = seeded(network).to(bench.device)
    work = bench.work(network.to(bench.device), BATCH)
    ratios(bench, "trained_to_seeded", work, bench.work(other, BATCH))


def base_index(bench: Bench, folder: Path, base: Work) -> None:
    """BERT-base's shape filled with the packed model's weights, 100 × joules ÷ reference's."""
    network = base_of(trained(folder)).to(bench.device)
    ratios(bench, "base_index", bench.work(network, BATCH), base, 100)


def ratios(bench: Bench, name: str, work: Work, against: Work, scale: float = 1) -> None:
    """Blocks of one against the other, in ``batch``."""
    if not bench.holds(10 * bench.settings.window_s, name):
        return
    for each in (work, against):
        bench.warm(each, bench.settings.window_s)
    found = [scale * bench.block(name, "weights", work, against)[0] for _ in range(2)]
    bench.record.add(**{name: found, f"{name}_spread": spread(found)})


def architectures(bench: Bench, base: dict[str, Work]) -> None:
    """Index of each architecture in both scenarios."""
    rows: list[dict[str, Any]] = []
    in_turn = sorted(
        ARCHITECTURES, key=lambda each: _FIRST.index(each.name) if each.name in _FIRST else 99
    )
    for each in in_turn[: bench.settings.architectures]:
        if not bench.holds(10 * bench.settings.window_s, each.name):
            continue
        tell(each.name)
        try:
            rows.append(measured(bench, each, base))
        except FAULTS as error:
            bench.record.leave_out(each.name, f"{type(error).__name__}: {str(error)[:300]}")
        bench.free()
        bench.record.add(architectures=rows)


def measured(bench: Bench, each: Architecture, base: dict[str, Work]) -> dict[str, Any]:
    """A row of the scale. ``scatter`` is of the two windows of the candidate."""
    loads = bench.loads(each.build(bench.device))
    row: dict[str, Any] = {
        "name": each.name,
        "millions": each.millions,
        "cpu_index": each.cpu_index,
    }
    for load, work in loads.items():
        bench.warm(work, bench.settings.window_s / 2)
        seconds = _SHORT * bench.settings.window_s
        ratio, joules = bench.block(each.name, load, work, base[load], seconds)
        first, second = (
            taken["joules"] / taken["texts"] for taken in bench.record.content["windows"][-3:-1]
        )
        row[load] = {
            "index": 100 * ratio,
            "wh_per_1000": 1000 * joules / JOULES_PER_WH,
            "scatter": spread([first, second]),
        }
    return row
