"""Windows in turns: the pieces of a pass are the batches of one call, and no text is left out."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import transformers
from support.evidence import make_hardware

from energylabel.classifiers import FAMILIES, Batching, LoadedModel, Placement
from energylabel.meters import METERS
from energylabel.records import InterleaveWindows, TakeTexts
from energylabel.resolving import parse_model, resolve
from energylabel.worker import Seclusion
from energylabel.worker.server import Server
from energylabel.worker.windows import Meters

WORDS = [*"the quick brown fox jumps over a lazy dog and then some more of it".split()]  # noqa: SIM905
TEXTS = tuple(" ".join(WORDS[n % 5 : n % 5 + 1 + n * 7 % 11]) for n in range(60))
PLACES = tuple(range(0, 60, 2))


class Seen:
    """Notes the shape of what a network is given."""

    def __init__(self, network: Any) -> None:
        self.shapes: list[tuple[int, ...]] = []
        network.register_forward_pre_hook(self._note, with_kwargs=True)

    def _note(self, _: Any, args: Any, kwargs: Any) -> None:
        ids = kwargs["input_ids"] if "input_ids" in kwargs else args[0]
        self.shapes.append(tuple(ids.shape))


def network_of(loaded: Any) -> Any:
    return loaded._network if hasattr(loaded, "_network") else loaded._scorer


@pytest.fixture
def server() -> Iterator[Server]:
    with ExitStack() as stack:
        made = Server(stack, Seclusion(network_cut=False))
        clock = METERS.get("cpu_time").open(make_hardware())
        made._meters = Meters([stack.enter_context(clock)])
        made.take_texts(TakeTexts(texts=TEXTS))
        yield made


@pytest.fixture
def both(
    tiny_bert: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> dict[str, LoadedModel]:
    """The reference, two layers of it, and a tiny network; loaded in this process."""
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    small["intermediate_size"] = 64
    monkeypatch.setattr(transformers, "BertConfig", partial(transformers.BertConfig, **small))
    placement = Placement("cpu", "float32", 1)
    stack = server._stack
    reference = FAMILIES.get("reference").open(None, placement, None)
    head = FAMILIES.get("sequence-classification")
    candidate = head.open(resolve(parse_model(str(tiny_bert))), placement, None)
    server._models.add("reference", stack.enter_context(reference))
    server._models.add("candidate", stack.enter_context(candidate))
    return server._models.loaded


def interleave(server: Server, reference: int, candidate: int, seconds: float = 0.0) -> Any:
    return server.interleave_windows(
        InterleaveWindows(
            indices=PLACES,
            reference_passes=reference,
            candidate_passes=candidate,
            min_seconds=seconds,
            turn=0,
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("batching", [Batching(8), Batching(32), Batching(8, 40), Batching(1)])
def test_networks_see_the_batches_of_one_call(
    server: Server, both: dict[str, LoadedModel], batching: Batching
) -> None:
    for role, loaded in both.items():
        for grouping in ("any-lengths", "equal-lengths"):
            server._models.groupings[role] = grouping
            server._models.batching = batching
            seen = Seen(network_of(loaded))
            server._models.ask(role, PLACES, batching)
            whole = sorted(seen.shapes)
            assert len(whole) > 1 or batching.size == 32
            seen.shapes.clear()
            pieces = server._models.pieces(role, PLACES)
            assert sorted(place for piece in pieces for place in piece) == list(PLACES)
            assert 1 <= len(pieces) <= 8
            for piece in pieces:
                server._models.ask(role, piece, batching)
            assert sorted(seen.shapes) == whole


@pytest.mark.slow
def test_passes_are_whole_and_take_turns(server: Server, both: dict[str, LoadedModel]) -> None:
    server._models.batching = Batching(8)
    asked: list[tuple[str, tuple[str, ...]]] = []
    for role, loaded in both.items():
        _noted(loaded, role, asked)
    reply = interleave(server, 1, 2)
    roles = "".join(role[0] for role, _ in asked)
    assert roles == "crccrccrccrc"  # four batches of the reference, eight of the candidate
    for role, told, count in (("reference", reply.reference, 1), ("candidate", reply.candidate, 2)):
        texts = sorted(text for whose, some in asked if whose == role for text in some)
        assert texts == sorted(TEXTS[place] for place in PLACES for _ in range(count))
        measured = told.measured
        assert (measured.passes, measured.queries) == (count, 30 * count)
        tokens = both[role].count_tokens([TEXTS[place] for place in PLACES])
        assert measured.tokens == count * sum(tokens)
        assert len(told.pass_cpu_seconds) == count
        assert 0 < sum(told.pass_cpu_seconds) <= measured.cpu_seconds


@pytest.mark.slow
def test_a_window_that_would_be_too_short_goes_on(
    server: Server, both: dict[str, LoadedModel]
) -> None:
    del both
    interleave(server, 1, 1)  # a first call prepares things
    reply = interleave(server, 1, 1, seconds=0.3)
    for told in (reply.reference, reply.candidate):
        assert told.measured.seconds >= 0.3
        assert told.measured.passes == len(told.pass_cpu_seconds) >= 1
        assert told.measured.queries == 30 * told.measured.passes
    assert reply.candidate.measured.passes > 1


def test_a_call_whose_batches_share_something_is_one_piece(server: Server) -> None:
    class Whole:
        divisible = False
        rows_per_text = 1
        parts: dict[str, Any] = {}

    server._models.add("candidate", Whole())  # type: ignore[arg-type]
    assert server._models.pieces("candidate", PLACES) == [PLACES]


def _noted(loaded: Any, role: str, asked: list[tuple[str, tuple[str, ...]]]) -> None:
    predict = loaded.predict

    def noting(texts: Sequence[str], batching: Batching, **more: Any) -> Any:
        asked.append((role, tuple(texts)))
        return predict(texts, batching, **more)

    loaded.predict = noting
