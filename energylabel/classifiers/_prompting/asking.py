"""The loops over batches of prompts that both kinds of language model share.

They are what a measured window holds between tokens and labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from energylabel.standard import PROCEDURE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from energylabel.classifiers.base import Batching

MOST_WRITTEN = PROCEDURE.prompts.written_tokens
"""Tokens of an answer, its end among them."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The labels' numbers in the order of the prompts, and whether all scores were finite.

    ``tied`` counts prompts with several labels of the highest score, ``reread`` those that were
    read once for each label.
    """

    labels: tuple[int, ...]
    finite: bool
    tied: int
    reread: int


def batches(
    runner: Any, rows: Sequence[Sequence[int]], batching: Batching, behind: int
) -> Iterator[list[int]]:
    """Places of the prompts that are read together, the longest first.

    Args:
        runner: May want long prompts alone.
        rows: The prompts.
        batching: How many make a batch; by prompt and all, however much of it is shared.
        behind: Tokens that come behind a prompt.
    """
    order = sorted(range(len(rows)), key=lambda place: len(rows[place]), reverse=True)
    lengths = [len(rows[place]) for place in order]
    start = 0
    while start < len(order):
        alone = runner.alone(lengths[start], behind)
        end = start + 1 if alone else batching.end(lengths, start)
        yield order[start:end]
        start = end


def scored(
    runner: Any, rows: Sequence[Sequence[int]], batching: Batching, labels: int, behind: int
) -> Iterator[tuple[list[int], Any, int]]:
    """Batch by batch the places, the scores (prompts, labels), and the prompts that were reread."""
    import torch

    prefix = runner.prefix(rows)
    for places in batches(runner, rows, batching, behind):
        some = [rows[place] for place in places]
        if runner.shares and not runner.alone(len(some[0]), behind):
            state, logits = runner.start(some, prefix)
            yield places, runner.scores(state, logits), 0
        else:
            ids = range(labels)
            at_once = batching.rows(len(some[0]) + behind)
            found = torch.stack([runner.reread(row, ids, at_once) for row in some])
            yield places, found, len(some)


def score(
    runner: Any, rows: Sequence[Sequence[int]], batching: Batching, labels: int, behind: int
) -> Scored:
    """The likeliest label for each prompt, the first of equals."""
    import torch

    answers, order, reread = [], [], 0
    with torch.inference_mode():
        for places, found, read in scored(runner, rows, batching, labels, behind):
            order += places
            reread += read
            highest = found == found.amax(-1, keepdim=True)
            whole = torch.stack([found.isfinite().all(), (highest.sum(-1) > 1).sum()])
            answers.append(torch.cat([found.argmax(-1), whole.long()]))
        # Fetched at the end: a GPU goes on with the next batch meanwhile.
        fetched = [each.cpu().numpy() for each in answers]
    said = np.empty(len(rows), dtype=np.int64)
    said[order] = np.concatenate([each[:-2] for each in fetched])
    return Scored(
        labels=tuple(said.tolist()),
        finite=all(each[-2] == 1 for each in fetched),
        tied=sum(int(each[-1]) for each in fetched),
        reread=reread,
    )


def generate(
    runner: Any,
    rows: Sequence[Sequence[int]],
    batching: Batching,
    ended: Callable[[Sequence[int]], bool],
) -> tuple[list[list[int]], bool]:
    """The likeliest token, then the next, up to 16 or until an answer has ended.

    Args:
        runner: Holds the network.
        rows: The prompts.
        batching: How many make a batch; a row that has ended leaves it.
        ended: Whether an answer of so many tokens needs no more of them.

    Returns:
        The tokens of each answer, in order, with what ended it; whether all logits were finite.
    """
    import torch

    written: list[list[int]] = [[] for _ in rows]
    finite = True
    with torch.inference_mode():
        prefix = runner.prefix(rows)
        for places in batches(runner, rows, batching, MOST_WRITTEN):
            state, logits = runner.start([rows[place] for place in places], prefix)
            left = places
            for count in range(1, MOST_WRITTEN + 1):
                highest, tokens = logits.max(-1)
                finite &= bool(highest.isfinite().all())
                for place, token in zip(left, tokens.tolist(), strict=True):
                    written[place].append(token)
                going = [at for at, place in enumerate(left) if not ended(written[place])]
                if not going or count == MOST_WRITTEN:
                    break
                if len(going) < len(left):
                    runner.keep(state, going)
                    left, tokens = [left[at] for at in going], tokens[going]
                logits = runner.step(state, tokens)
    return written, finite


def first_logits(
    runner: Any, rows: Sequence[Sequence[int]], batching: Batching
) -> Iterator[tuple[list[int], Any]]:
    """Batch by batch the places, and each prompt's logits of the labels' first tokens."""
    prefix, first = runner.prefix(rows), [label[0] for label in runner.labels]
    for places in batches(runner, rows, batching, MOST_WRITTEN):
        _, logits = runner.start([rows[place] for place in places], prefix)
        yield places, logits[:, first]


def prefill(runner: Any, rows: Sequence[Sequence[int]], batching: Batching) -> bool:
    """Read the prompts and choose the first token, no more; whether all logits were finite."""
    import torch

    finite = True
    with torch.inference_mode():
        prefix = runner.prefix(rows)
        for places in batches(runner, rows, batching, MOST_WRITTEN):
            _, logits = runner.start([rows[place] for place in places], prefix)
            highest, tokens = logits.max(-1)
            finite &= bool(highest.isfinite().all())
            tokens.tolist()
    return finite
