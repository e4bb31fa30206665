"""What a language model does with its cache, tried on the model itself before it is relied on.

Not every architecture takes a mask of its own, numbers positions as told, or keeps keys and values
that can be shared. What is read from a cache is compared with what is read without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from energylabel.errors import out_of_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from energylabel.classifiers._prompting.causal import CausalRunner
    from energylabel.classifiers._prompting.seq2seq import Seq2SeqRunner

    Runner = CausalRunner | Seq2SeqRunner

_NEAR = {"float32": (0.01, 0.001), "float64": (0.01, 0.001)}
_NEAR_IN_HALF = (0.5, 0.05)
_STEPS, _BEHIND = 4, 8
"""Tokens that are written one by one in a trial, and that are put behind a prompt."""


def looks_ahead(runner: CausalRunner, row: Sequence[int]) -> bool:
    """Whether what comes after a prompt changes what is said behind it: no model to prompt."""
    import torch

    with torch.inference_mode():
        # Every prompt leaves room for at least as many tokens.
        alone, more = (runner.plain(row, tokens)[0] for tokens in ((), row[:_BEHIND]))
    return not _near(runner, more, alone)


def labels_share(runner: Runner, rows: Sequence[Sequence[int]]) -> bool:
    """Whether labels scored on the cache of a batch get what each gets read on its own."""
    import torch

    by_length = sorted(range(len(runner.labels)), key=lambda label: -len(runner.labels[label]))
    some = sorted({by_length[0], by_length[1], by_length[-1]})

    def shared() -> Any:
        state, logits = runner.start(rows, runner.prefix(rows))  # type: ignore[arg-type]
        return runner.scores(state, logits, some)[:, some]  # type: ignore[arg-type]

    with torch.inference_mode():
        plain = torch.stack([runner.reread(row, some, len(some)) for row in rows])
        return _agrees(runner, shared, plain)


def steps_follow(runner: Runner, rows: Sequence[Sequence[int]]) -> bool:
    """Whether token after token written in a batch gets the logits of reading all of it anew."""
    import torch

    tokens = max(runner.labels, key=len)[:_STEPS]

    def written() -> Any:
        state, logits = runner.start(rows, runner.prefix(rows))  # type: ignore[arg-type]
        found = [logits]
        for token in tokens:
            same = torch.full((len(rows),), token, device=runner.network.device)
            found.append(runner.step(state, same))  # type: ignore[arg-type]
        return torch.stack(found, dim=1)

    with torch.inference_mode():
        plain = torch.stack([runner.plain(row, tokens) for row in rows])
        return _agrees(runner, written, plain)


def _agrees(runner: Runner, attempt: Callable[[], Any], plain: Any) -> bool:
    try:
        found = attempt()
    except Exception as error:
        # What networks raise here is not documented. A lack of memory is not the network's.
        if out_of_memory(error):
            raise
        return False
    return _near(runner, found, plain)


def _near(runner: Runner, one: Any, other: Any) -> bool:
    import torch

    dtype = str(runner.network.dtype).removeprefix("torch.")
    most, part = _NEAR.get(dtype, _NEAR_IN_HALF)
    near = torch.allclose(one.float(), other.float(), atol=most, rtol=part, equal_nan=True)
    return bool(near)
