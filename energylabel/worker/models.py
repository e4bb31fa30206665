"""The loaded models and the texts: how they are asked, and for how many passes."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

from energylabel.classifiers import Batching, LoadedModel, Predictions
from energylabel.errors import NotRatableError
from energylabel.records import Grouping
from energylabel.standard import PROCEDURE
from energylabel.worker.comparing import grouped
from energylabel.worker.failures import ModelError, blamed, located
from energylabel.worker.windows import Passes


class Models:
    """Models by role, all asked about the same texts, each in its own way."""

    def __init__(self) -> None:
        self.texts: tuple[str, ...] = ()
        self.batching = Batching(size=1)
        self.loaded: dict[str, LoadedModel] = {}
        self.groupings: dict[str, Grouping] = {}
        self._rows: dict[str, int] = {}

    def add(self, role: str, loaded: LoadedModel) -> None:
        """Take in a model, and under names of their own what does a part of its work."""
        self.loaded[role] = loaded
        self._rows[role] = loaded.rows_per_text
        for name, part in loaded.parts.items():
            self.loaded[f"{role}:{name}"] = part

    def some(self, role: str, indices: Sequence[int], rows: int) -> Sequence[int]:
        """The first texts that make about so many rows of a batch; one at least."""
        return indices[: max(1, rows // self._rows.get(role, 1))]

    def ask(
        self, role: str, places: Sequence[int], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        """Answers to some of the texts.

        Raises:
            NotRatableError: A score is no number, or the model fails; then with the text's place.
        """
        loaded, texts = self.loaded[role], [self.texts[place] for place in places]
        try:
            with blamed(role):
                said = loaded.predict(
                    texts, self._own(role, batching), count_truncated=count_truncated
                )
        except ModelError as error:
            raise located(error, role, loaded, self.texts, places) from error
        if not said.finite:
            raise NotRatableError(
                f"the {role} gives NaN or infinite scores",
                "in half precision try --dtype float32; else the weights are broken",
            )
        return said

    def run(self, ran: Passes, role: str, indices: Sequence[int], min_seconds: float) -> None:
        """Whole passes until ``min_seconds`` are over, one at least."""
        end = time.perf_counter() + min_seconds
        while True:
            self._piece(ran, role, indices, begins=True)
            if time.perf_counter() >= end:
                return

    def in_pieces(
        self, ran: Passes, role: str, indices: Sequence[int], count: int
    ) -> list[tuple[str, Callable[[], None]]]:
        """So many whole passes as pieces of work, each with whose it is."""
        pieces = self.pieces(role, indices)
        return [
            (role, partial(self._piece, ran, role, places, begins=places is pieces[0]))
            for _ in range(count)
            for places in pieces
        ]

    def _piece(self, ran: Passes, role: str, places: Sequence[int], *, begins: bool) -> None:
        """A piece of a pass, whose processor time and tokens are added to it."""
        if begins:
            ran.cpu_seconds.append(0.0)
        before = time.process_time()
        ran.tokens += self.ask(role, places, self.batching).tokens
        ran.cpu_seconds[-1] += time.process_time() - before

    def pieces(self, role: str, indices: Sequence[int]) -> list[tuple[int, ...]]:
        """The texts as the batches that one call would make of them, or a few such together.

        One piece where a call's batches share something, as what all prompts begin with.
        """
        loaded = self.loaded[role]
        if not loaded.divisible:
            return [tuple(indices)]
        with blamed(role):
            tokens = loaded.count_tokens([self.texts[place] for place in indices])
        order = sorted(range(len(indices)), key=lambda n: -tokens[n])
        starts = list(self._starts(role, [tokens[n] for n in order]))
        few = [*starts[:: math.ceil(len(starts) / PROCEDURE.windows.pass_pieces)], len(order)]
        return [tuple(indices[n] for n in order[start:end]) for start, end in pairwise(few)]

    def _starts(self, role: str, lengths: Sequence[int]) -> Iterator[int]:
        """Where each batch begins; ``lengths``, in tokens, descend."""
        batching, start = self._own(role, self.batching), 0
        while start < len(lengths):
            yield start
            start = batching.end(lengths, start)

    def _own(self, role: str, batching: Batching) -> Batching:
        return grouped(batching, self.groupings.get(role.partition(":")[0], "any-lengths"))
