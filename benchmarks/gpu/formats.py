"""Step f: number formats, a compiled network, and what a batch may hold: joules per 1,000 texts.

All of BERT-base's shape against the reference in float32 with batches of 16,384 tokens.
"""

import copy
from functools import partial
from typing import Any

from energylabel.classifiers.base import Batching

from .bench import BATCH, Bench, Work, reference, trying
from .record import StepRecord
from .settings import Settings

_DTYPES = ("bfloat16", "float16")
_BUDGETS = (1024, 4096, 65_536)
_COMPILED = 4
"""Windows that the time must still hold before a compilation begins; it takes a minute at worst."""


def run(settings: Settings, record: StepRecord, limit_s: float) -> None:
    """See the module."""
    with Bench(settings, record, limit_s) as bench, reference() as session:
        network = session._network
        base = bench.work(network, BATCH)
        bench.warm(base, 2 * settings.window_s)
        rows: list[dict[str, Any]] = []
        for dtype in _DTYPES:
            trying(bench, dtype, partial(cast, bench, dtype, network, base, rows))
        for tokens in _BUDGETS:
            name = f"float32, {tokens:,} tokens"
            work = bench.work(network, Batching(size=tokens, tokens=tokens, equal_lengths=False))
            trying(bench, name, partial(compare, bench, name, work, base, rows))
        name = "float32, compiled"
        trying(bench, name, partial(compiled, bench, name, network, base, rows))


def cast(bench: Bench, dtype: str, network: Any, base: Work, rows: list[dict[str, Any]]) -> None:
    """The reference in another number format."""
    import torch

    other = copy.deepcopy(network).to(getattr(torch, dtype))
    compare(bench, dtype, bench.work(other, BATCH), base, rows)


def compiled(bench: Bench, name: str, network: Any, base: Work, rows: list[dict[str, Any]]) -> None:
    """The reference through ``torch.compile``, for batches of any shape."""
    import torch

    if not bench.holds(_COMPILED * 3 * bench.settings.window_s, name):
        return
    made = torch.compile(network, dynamic=True)
    compare(bench, name, bench.work(made, BATCH), base, rows)


def compare(bench: Bench, name: str, work: Work, base: Work, rows: list[dict[str, Any]]) -> None:
    """A block against the base; a row with joules per 1,000 texts of both and their ratio."""
    if not bench.holds(6 * bench.settings.window_s, name):
        return
    bench.warm(work, bench.settings.window_s / 2)
    ratio, joules = bench.block(name, "formats", work, base)
    rows.append(
        {
            "name": name,
            "joules_per_1000": 1000 * joules,
            "float32_joules_per_1000": 1000 * joules / ratio,
            "ratio": ratio,
        }
    )
    bench.record.add(formats=rows)
