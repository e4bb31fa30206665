"""A GPU under the program's own meters: windows of any network over the same token ids."""

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from energylabel.classifiers._batches.padding import Masked
from energylabel.classifiers._loading.forward import classify
from energylabel.classifiers.base import Batching, Placement
from energylabel.classifiers.reference import PLUGIN as REFERENCE
from energylabel.classifiers.reference import ReferenceTokenizer
from energylabel.devices.machine import detect
from energylabel.errors import EnergyLabelError, MeasurementError
from energylabel.meters import METERS
from energylabel.reckoning import joules_of
from energylabel.records.hardware import Device
from energylabel.worker.device import finish, prepare, release
from energylabel.worker.windows import Meters
from energylabel.workloads import data_folder, load

from .record import StepRecord, tell
from .settings import Settings

BATCH = Batching(size=16_384, tokens=16_384, equal_lengths=False)
ONE = Batching(size=1)
LOADS = {"batch": BATCH, "single": ONE}
JOULES_PER_WH = 3600.0
FAULTS = (EnergyLabelError, RuntimeError)
"""What one network's windows may end with: a meter's doubt, or PyTorch's (memory, kernels)."""

_COUNTED = ("nvml", "nvml_power")
_LITTLE = 5


@dataclass(frozen=True, slots=True)
class Work:
    """A pass over all texts, which returns their number, and a little of the same load.

    The little one fills the time until the counter's next tick, outside of a window.
    """

    whole: Callable[[], int]
    little: Callable[[], int]


class Bench:
    """The GPU with its meters, the texts as token ids, and the record of every window.

    A context manager: the meters are open inside of it.

    Args:
        settings: What the check was asked to do.
        record: Gets every window.
        limit_s: Seconds after which no further part is begun, from now on.
    """

    device: Device = "cuda"

    def __init__(self, settings: Settings, record: StepRecord, limit_s: float) -> None:
        self.settings, self.record = settings, record
        self.hardware = detect(self.device)
        self.ids = token_ids(settings.texts)
        self._limit_s = limit_s

    def __enter__(self) -> "Bench":
        """Take hold of the GPU; raises :class:`MeasurementError` where nothing meters it."""
        prepare(self.device, self.hardware.physical_cores)
        with ExitStack() as stack:
            usable = [n for n in _COUNTED if METERS.get(n).probe(self.hardware).usable]
            if not usable:
                raise MeasurementError("nothing measures this GPU's energy; see energylabel doctor")
            opened = [
                stack.enter_context(METERS.get(name).open(self.hardware))
                for name in (*usable, "cpu_time")
            ]
            self.meters = Meters(opened)
            self.record.content["meters"] = usable
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the meters."""
        self._stack.close()

    @property
    def left_s(self) -> float:
        """Seconds in which a further part can still begin."""
        return self._limit_s - self.record.seconds

    def holds(self, seconds: float, what: str) -> bool:
        """Whether the time holds so many seconds more; if not, it is said what is left out."""
        if self.left_s >= seconds:
            return True
        self.record.leave_out(what, f"no time left ({max(0.0, self.left_s):.0f} s)")
        return False

    def work(self, network: Any, batching: Batching, texts: int | None = None) -> Work:
        """The first texts (None: all) with a batch loop like a rating's."""
        rows, positions = network.config.vocab_size, network.config.max_position_embeddings
        ids = [[token % rows for token in row[:positions]] for row in self.ids[:texts]]
        most = max(map(len, ids))

        def go(some: list[list[int]]) -> int:
            classify(
                network,
                some,
                padding=Masked(0),
                batching=batching,
                device=self.device,
                token_types=False,
            )
            return len(some)

        little = ids[: _LITTLE if batching == ONE else batching.rows(most)]
        return Work(lambda: go(ids), lambda: go(little))

    def loads(self, network: Any) -> dict[str, Work]:
        """The work of both scenarios."""
        return {
            "batch": self.work(network, BATCH),
            "single": self.work(network, ONE, self.settings.ones),
        }

    def window(self, name: str, load: str, work: Work, seconds: float | None = None) -> float:
        """Whole passes for so long; joules of the GPU for each text.

        A window that a meter refuses is taken once more. ``load`` is the class of the load:
        ``batch``, ``single``, ``host`` or another.
        """
        try:
            return self.once(name, load, work, seconds)
        except MeasurementError as error:
            tell(f"{name}: taken again: {error.message}")
            self.record.content["retaken"] = self.record.content.get("retaken", 0) + 1
            return self.once(name, load, work, seconds)

    def once(
        self,
        name: str,
        load: str,
        work: Work,
        seconds: float | None = None,
        edge: Callable[[], None] | None = None,
    ) -> float:
        """As :meth:`window`, one try; ``edge`` is called at both ends of it."""

        def passes() -> int:
            if edge:
                edge()
            end, done = time.perf_counter() + (seconds or self.settings.window_s), 0
            while not done or time.perf_counter() < end:
                done += work.whole()
            finish(self.device)
            if edge:
                edge()
            return done

        finish(self.device)
        metered = self.meters.around(passes, lambda: none(work.little()))
        joules, count = joules_of(metered.energy, ["gpu"]), metered.result
        row = {"name": name, "load": load, "joules": joules, "seconds": metered.seconds}
        by_meter = {reading.meter: reading.joules["gpu"] for reading in metered.energy}
        self.record.window({**row, "texts": count, "by_meter": by_meter})
        return joules / count

    def warm(self, work: Work, seconds: float) -> None:
        """Passes that nobody meters, one at least."""
        end, done = time.perf_counter() + seconds, 0
        while not done or time.perf_counter() < end:
            done += work.whole()
        finish(self.device)

    def block(
        self,
        name: str,
        load: str,
        candidate: Work,
        reference: Work,
        seconds: float | None = None,
    ) -> tuple[float, float]:
        """Windows R C C R; C ÷ R, and joules of C for each text."""
        r1 = self.window("reference", load, reference, seconds)
        c1 = self.window(name, load, candidate, seconds)
        c2 = self.window(name, load, candidate, seconds)
        r2 = self.window("reference", load, reference, seconds)
        return (c1 + c2) / (r1 + r2), (c1 + c2) / 2

    def free(self) -> None:
        """Give back the memory of networks that nobody holds any more."""
        gc.collect()
        release(self.device)


@contextmanager
def reference() -> Iterator[Any]:
    """The reference classifier's session; its network is ``_network``."""
    opening: Any = REFERENCE.open
    with opening(None, Placement("cuda", "float32", 1)) as session:
        yield session


def trying(bench: Bench, what: str, part: Callable[[], None]) -> None:
    """Do a part; its fault is recorded, and the parts after it go on."""
    tell(what)
    try:
        part()
    except FAULTS as error:
        bench.record.leave_out(what, f"{type(error).__name__}: {str(error)[:300]}")
        bench.free()


def spread(values: Sequence[float]) -> float | None:
    """Standard deviation over the mean; None for fewer than two values."""
    return statistics.stdev(values) / statistics.fmean(values) if len(values) > 1 else None


def none(_: object) -> None:
    """Nothing, out of something."""


def demo_texts(count: int, times: int = 1) -> list[str]:
    """The demo's texts, one or two (``times`` as many) in one: about 40 tokens each."""
    definition = load("demo-v1")
    with (data_folder(definition) / str(definition.file)).open(encoding="utf-8") as lines:
        texts = [json.loads(line)[definition.text_column] for line in lines]
    return [
        " ".join(texts[(n * 7 + k) % len(texts)] for k in range(times * (1 + n % 2)))
        for n in range(count)
    ]


def token_ids(count: int) -> list[list[int]]:
    """So many of the demo's texts as the reference splits them."""
    tokenizer = ReferenceTokenizer()
    return [tokenizer.encode(text) for text in demo_texts(count)]
