"""Pure numbers: intervals, block ratios, energy, net of idle, accuracy, contrasts.

In: windows and answers as observed. Out: estimates with intervals. No I/O, no clock, no limits of
its own: those are the standard's.
"""

from energylabel.reckoning.accuracy import (
    best_permutation,
    confused,
    confusion_matrix,
    effective_rows,
    score,
    worth,
)
from energylabel.reckoning.contrasts import contrast, loud
from energylabel.reckoning.energy import fitting, reckon
from energylabel.reckoning.intervals import (
    gains_at_least,
    hull,
    mean_estimate,
    paired_difference,
    percentile,
    relative,
)
from energylabel.reckoning.provenance import (
    MEASURING,
    PARTS,
    RANK,
    claimed,
    covered,
    foreign_part,
    interleaves,
    joules_of,
    provenance_of,
    shortest_window_s,
    statistic,
    telling_drift,
)
from energylabel.reckoning.ratios import (
    block_ratios,
    complete_blocks,
    drifted,
    queries_in,
    reference_drift,
    should_stop,
)
from energylabel.reckoning.steadiness import steady

__all__ = [
    "MEASURING",
    "PARTS",
    "RANK",
    "best_permutation",
    "block_ratios",
    "claimed",
    "complete_blocks",
    "confused",
    "confusion_matrix",
    "contrast",
    "covered",
    "drifted",
    "effective_rows",
    "fitting",
    "foreign_part",
    "gains_at_least",
    "hull",
    "interleaves",
    "joules_of",
    "loud",
    "mean_estimate",
    "paired_difference",
    "percentile",
    "provenance_of",
    "queries_in",
    "reckon",
    "reference_drift",
    "relative",
    "score",
    "shortest_window_s",
    "should_stop",
    "statistic",
    "steady",
    "telling_drift",
    "worth",
]
