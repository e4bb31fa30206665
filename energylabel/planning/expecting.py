"""How long a rating takes: from the shortest that the protocol allows to the longest."""

import math

from energylabel.planning.planner import shortest_s
from energylabel.records import ProtocolSettings, Range
from energylabel.standard import PROCEDURE

_SLOWER, _FASTER = 1.6, 0.75
"""How far the speed of a machine wanders from that of one look at it."""
_LOADING_S = (5.0, 40.0)
"""Starting the worker, loading both models, comparing answers, drawing the label."""


def expected_s(
    settings: ProtocolSettings,
    *,
    queries: int,
    rows: int,
    candidate_s: float,
    reference_s: float,
    unbounded_rows: bool,
    baselines: bool,
    counted: bool,
) -> Range:
    """Seconds of a rating, from a single round to the last, on a machine of wandering speed.

    Args:
        settings: The protocol's.
        queries: Rows for energy.
        rows: Rows for accuracy, at most.
        candidate_s: Seconds of the model for one text.
        reference_s: Seconds of the reference for one text.
        unbounded_rows: All rows are asked, however long that takes.
        baselines: Whether cheap models are measured beside it.
        counted: Whether a counter measures energy on this machine.
    """
    low, high = (
        _measuring(
            settings,
            queries,
            speed * candidate_s,
            speed * reference_s,
            longest=speed > 1,
            counted=counted,
        )
        for speed in (_FASTER, _SLOWER)
    )
    answers = _SLOWER * candidate_s * rows
    if not unbounded_rows:  # more rows than the queries are asked while energy took, at most
        answers = min(answers, max(high, _SLOWER * candidate_s * queries))
    ones = min(settings.single_queries, queries)
    window = settings.min_window_s if counted else settings.min_estimated_window_s
    beside = 2 * PROCEDURE.baselines.windows * window if baselines else 0.0
    return Range(
        low=max(shortest_s(settings), _LOADING_S[0] + low + _FASTER * candidate_s * queries),
        high=_LOADING_S[1]
        + settings.warm_up_limit_s
        + 3 * settings.idle_s
        + high
        + answers
        + 2 * _SLOWER * candidate_s * ones
        + 3 * beside,
    )


def _measuring(
    settings: ProtocolSettings,
    queries: int,
    candidate_s: float,
    reference_s: float,
    *,
    longest: bool,
    counted: bool,
) -> float:
    """Seconds of all blocks."""
    slices = settings.min_slices
    if settings.max_reference_pass_s is not None:
        slices = max(slices, math.ceil(queries * reference_s / settings.max_reference_pass_s))
    if settings.max_slice_queries is not None:
        slices = max(slices, math.ceil(queries / settings.max_slice_queries))
    texts = queries / min(slices, queries)
    least = settings.min_window_s if counted else settings.min_estimated_window_s
    # A window is whole passes: one that begins before the time is up runs to its end.
    windows = [
        max(least, each * texts) + (each * texts if longest else 0.0)
        for each in (candidate_s, reference_s)
    ]
    turns = not counted and settings.max_rounds > 1  # as reckoning.interleaves
    block = sum(windows) if turns else 2 * sum(windows) + 2 * settings.settle_s
    rounds = settings.max_rounds if longest else 1
    return block * settings.blocks_per_round * rounds
