"""A GPU under its meters, for ``gpu_check.py``: windows of any model over the same token ids."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from energylabel.classifiers._loading.forward import classify
from energylabel.classifiers.base import Batching
from energylabel.classifiers.reference import ReferenceTokenizer
from energylabel.errors import MeasurementError
from energylabel.meters import METERS
from energylabel.reckoning.provenance import joules_of
from energylabel.records.hardware import Hardware
from energylabel.worker.device import finish
from energylabel.worker.windows import Meters

BATCH = Batching(size=16_384, tokens=16_384)
ONE = Batching(size=1)
Work = Callable[[], int]


class Bench:
    """A GPU with its meters, the texts as token ids, and every window that was taken.

    ``torch_device`` is ``cuda`` but for trying the script over a fake NVML.
    """

    def __init__(self, hardware: Hardware, torch_device: Any, texts: int, window_s: float) -> None:
        self.hardware, self.device, self.window_s = hardware, torch_device, window_s
        self.ids = token_ids(texts)
        self.windows: list[dict[str, Any]] = []
        self._stack = ExitStack()
        names = [n for n in ("nvml", "nvml_power") if METERS.get(n).probe(hardware).usable]
        if not names:
            raise MeasurementError("nothing measures this GPU's energy; see energylabel doctor")
        self.meters = (*names, "cpu_time")
        opened = [self._stack.enter_context(METERS.get(n).open(hardware)) for n in self.meters]
        self._meters = Meters(opened)

    def work(self, network: Any, batching: Batching, texts: int | None = None) -> Work:
        """What one pass over the texts does; it returns their number."""
        rows, positions = network.config.vocab_size, network.config.max_position_embeddings
        ids = [[token % rows for token in row[:positions]] for row in self.ids[:texts]]

        def go() -> int:
            classify(
                network, ids, pad_id=0, batching=batching, device=self.device, token_types=False
            )
            return len(ids)

        return go

    def window(self, name: str, work: Work, seconds: float | None = None) -> tuple[float, float]:
        """Whole passes for so long; joules of the GPU and seconds, for each text."""

        def passes() -> int:
            end, done = time.perf_counter() + (seconds or self.window_s), 0
            while not done or time.perf_counter() < end:
                done += work()
            finish(self.device)
            return done

        finish(self.device)
        metered = self._meters.around(passes, lambda: none(work()))
        joules, count = joules_of(metered.energy, ["gpu"]), metered.result
        row = {"name": name, "joules": joules, "seconds": metered.seconds, "texts": count}
        row["readings"] = [reading.model_dump(mode="json") for reading in metered.energy]
        self.windows.append(row)
        return joules / count, metered.seconds / count

    def warm(self, work: Work, seconds: float) -> None:
        """Passes that nobody meters."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            work()
        finish(self.device)

    def close(self) -> None:
        """Let go of the meters."""
        self._stack.close()


def none(_: object) -> None:
    """Nothing, out of something."""


def token_ids(count: int) -> list[list[int]]:
    """The demo's texts, one or two in one, as the reference splits them: about 40 tokens."""
    from energylabel.workloads.definitions import data_folder, load

    definition = load("demo-v1")
    with (data_folder(definition) / str(definition.file)).open(encoding="utf-8") as lines:
        texts = [json.loads(line)[definition.text_column] for line in lines]
    tokenizer = ReferenceTokenizer()
    joined = (
        " ".join(texts[(n * 7 + k) % len(texts)] for k in range(1 + n % 2)) for n in range(count)
    )
    return [tokenizer.encode(text) for text in joined]
