"""The reference in the worker, for a server beside it that lets the two models take turns."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from energylabel.classifiers import Batching, LoadedModel, Predictions
from energylabel.errors import EnergyLabelError
from energylabel.records import CpuUsage, MeasureWindow, MeteredPasses, WindowMeasured
from energylabel.worker.server import window_of
from energylabel.worker.windows import Metered, Passes, together

_ROLE: Final = "reference"


class FarReference(LoadedModel):
    """What is known of it here: how long texts are for it, so which share a batch.

    Args:
        tokens: Of each text.
    """

    parameters = 0
    dtype = "float32"
    max_tokens = 1
    attention = "unknown"
    divisible = True

    def __init__(self, tokens: Mapping[str, int]) -> None:
        self._tokens = tokens

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """As the worker counted them."""
        return tuple(self._tokens[text] for text in texts)

    def predict(
        self, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """Not here."""
        del texts, batching, count_truncated
        raise EnergyLabelError("the reference is not here", "this is a bug; please report it")


class FarPasses:
    """Passes of the reference over the same texts, each piece metered by the worker.

    Args:
        far: Asks the worker.
        indices: The texts of a pass.
    """

    def __init__(self, far: Callable[[MeasureWindow], Any], indices: tuple[int, ...]) -> None:
        self._far = far
        self._indices = indices
        self._ran = Passes([], 0)
        self._parts: list[Metered[None]] = []

    def in_pieces(
        self, pieces: Sequence[tuple[int, ...]], count: int
    ) -> list[tuple[str, Callable[[], None]]]:
        """So many whole passes as pieces of work, each with whose it is."""
        return [
            (_ROLE, partial(self._piece, places, begins=places is pieces[0]))
            for _ in range(count)
            for places in pieces
        ]

    def last(self, min_seconds: float) -> None:
        """More whole passes until all of them lasted for so long."""
        short = min_seconds - together(self._parts).seconds
        if short > 0:
            found = self._ask(self._indices, short)
            self._ran.cpu_seconds.extend(found.pass_cpu_seconds or ())
            self._ran.tokens += found.measured.tokens

    def window(self) -> WindowMeasured:
        """All of it as one window."""
        metered = together(self._parts)
        return window_of(self._ran, metered, len(self._indices), each_pass=True)

    def _piece(self, places: tuple[int, ...], *, begins: bool) -> None:
        if begins:
            self._ran.cpu_seconds.append(0.0)
        measured = self._ask(places, 0.0).measured
        self._ran.cpu_seconds[-1] += measured.cpu_seconds
        self._ran.tokens += measured.tokens

    def _ask(self, places: tuple[int, ...], min_seconds: float) -> WindowMeasured:
        found: WindowMeasured = self._far(
            MeasureWindow(role=_ROLE, indices=places, min_seconds=min_seconds, each_pass=True)
        )
        self._parts.append(_metered(found.measured))
        return found


def _metered(measured: MeteredPasses) -> Metered[None]:
    own, foreign = measured.cpu_seconds, measured.foreign_cpu_share
    busy = None if foreign is None else own * (1 + foreign)
    usage = CpuUsage(own_seconds=own, busy_seconds=busy)
    return Metered(None, measured.started_at, measured.seconds, usage, measured.energy)
