"""Step b: the counter's ticks, power at rest, how well the quick index repeats, and windows."""

import json
import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from energylabel.classifiers.base import Placement
from energylabel.classifiers.sequence_head import PLUGIN as HEAD
from energylabel.devices.nvidia import Gpu, gpus_in_use
from energylabel.errors import MeasurementError
from energylabel.meters._ticks import Watch
from energylabel.reckoning import joules_of
from energylabel.resolving import parse_model, resolve

from .bench import BATCH, Bench, Work, reference, spread, trying
from .record import StepRecord
from .settings import LENGTHS, NO_PACK, Settings

_BLOCKS = 3
_REST, _SETTLE, _TICKS = 8, 3, 2  # windows
_POLL_S = 0.001
_LOOKS = 50


def run(settings: Settings, record: StepRecord, limit_s: float) -> None:
    """See the module."""
    with (
        Bench(settings, record, limit_s) as bench,
        one_gpu(bench) as gpu,
        reference() as session,
    ):
        trying(bench, "ticks of the counter", partial(ticks, bench, gpu, session))
        trying(bench, "the GPU at rest", partial(rest, bench))
        if settings.pack is None:
            record.leave_out("the quick index", NO_PACK)
        else:
            part = partial(repeats, bench, settings.pack, session)
            trying(bench, "the quick index, again and again", part)
        trying(bench, "windows by length", partial(windows, bench, gpu, session))


@contextmanager
def one_gpu(bench: Bench) -> Iterator[Gpu]:
    """The GPU under test, for reading its counter at any moment."""
    with gpus_in_use(places=bench.hardware.places) as (gpu,):
        yield gpu


def repeats(bench: Bench, pack: Path, first: Any) -> None:
    """Quick ratings of the packed model in one process: three blocks each, texts to labels."""
    model = resolve(parse_model(str(pack / "model")))
    with (pack / "texts" / "texts.jsonl").open("rb") as lines:
        texts = [json.loads(line)["text"] for line in lines][: bench.settings.queries]
    placement = Placement("cuda", "float32", bench.hardware.physical_cores)
    candidates: Any = HEAD.open
    with candidates(model, placement) as second:

        def work(session: Any) -> Work:
            def go() -> int:
                return len(session.predict(texts, BATCH).labels)

            return Work(go, go)  # all of them are one batch

        base, candidate = work(first), work(second)
        for each in (base, candidate):
            bench.warm(each, 2 * bench.settings.window_s)
        indexes: list[float] = []
        block_s = 5 * bench.settings.window_s
        while len(indexes) < bench.settings.ratings:
            if not bench.holds(_BLOCKS * block_s, f"quick index {len(indexes) + 1}"):
                break
            logs = [
                math.log(bench.block("packed model", "batch", candidate, base)[0])
                for _ in range(_BLOCKS)
            ]
            indexes.append(100 * math.exp(statistics.fmean(logs)))
            bench.record.add(quick_indexes=indexes, quick_spread=spread(indexes))


def rest(bench: Bench) -> None:
    """Power at rest, with networks loaded and nothing to do."""
    window_s = bench.settings.window_s
    if not bench.holds((_REST + _SETTLE) * window_s, "the GPU at rest"):
        return
    time.sleep(_SETTLE * window_s)
    found = bench.meters.at_rest(_REST * window_s)
    watts = joules_of(found.energy, ["gpu"]) / found.seconds
    bench.record.add(idle_watts=watts, idle_seconds=found.seconds)


def ticks(bench: Bench, gpu: Gpu, session: Any) -> None:
    """How often the energy counter moves, under load."""
    seconds = _TICKS * bench.settings.window_s
    if not bench.holds(2 * seconds, "ticks of the counter"):
        return
    work = bench.work(session._network, BATCH, 1)
    bench.warm(work, seconds / 2)
    with Watch([gpu], _POLL_S, lambda *_: False, seconds) as watch:
        while not watch.done.is_set():
            work.little()
    seen = watch.ticks()[gpu]
    periods = [later.at - sooner.at for sooner, later in pairwise(seen)]
    if not periods:
        raise MeasurementError(f"the counter did not tick twice in {seconds:g} s")
    bench.record.add(
        look_s={"counter": median_s(gpu.joules, work), "power": median_s(gpu.watts, work)},
        ticks=len(seen),
        tick_s={
            "median": statistics.median(periods),
            "shortest": min(periods),
            "longest": max(periods),
        },
    )


def median_s(look: Callable[[], float], work: Work) -> float:
    """Seconds that asking the GPU takes beside its load, in the median."""
    found = []
    for _ in range(_LOOKS):
        work.little()
        began = time.perf_counter()
        look()
        found.append(time.perf_counter() - began)
    return statistics.median(found)


def windows(bench: Bench, gpu: Gpu, session: Any) -> None:
    """Scatter of the power of one steady load by the window's length.

    Each window is told twice: by the meter, whose ends are ticks (``aligned``), and by the counter
    as it stands at the window's two ends.
    """
    scatter: list[dict[str, Any]] = []
    work = bench.work(session._network, BATCH, 100)
    bench.warm(work, 2 * bench.settings.window_s)
    for length, times in LENGTHS.items():
        if length > bench.settings.longest_s:
            bench.record.leave_out(f"windows of {length:g} s", "longer than --longest")
            continue
        row: dict[str, Any] = {"seconds": length, "aligned": [], "plain": [], "refused": 0}
        for _ in range(times):
            if not bench.holds(length + 1, f"windows of {length:g} s"):
                break
            measured(bench, gpu, work, length, row)
        row |= {f"{kind}_spread": spread(row[kind]) for kind in ("aligned", "plain")}
        scatter.append(row)
        bench.record.add(windows=scatter)


def measured(bench: Bench, gpu: Gpu, work: Work, length: float, row: dict[str, Any]) -> None:
    """One window, in watts both ways; a window that the meter refuses is counted."""
    ends: list[tuple[float, float]] = []
    try:
        bench.once(
            f"{length:g} s",
            "windows",
            work,
            length,
            edge=lambda: ends.append((gpu.joules(), time.perf_counter())),
        )
    except MeasurementError:
        row["refused"] += 1
    else:
        taken = bench.record.content["windows"][-1]
        row["aligned"].append(taken["joules"] / taken["seconds"])
    if len(ends) == 2:
        (first, began), (last, ended) = ends
        row["plain"].append((last - first) / (ended - began))
