"""The numbers of one standard: what a rating is held against, and how it is measured.

Shares, half-widths and excesses are relative (0.10 is 10 %); names that end in ``_s`` are seconds.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from energylabel.records.base import Positive, Record, Share
from energylabel.records.metrics import LETTERS, Letter

Bounds = Annotated[tuple[Positive, ...], Field(min_length=6, max_length=6)]
"""Upper bounds of the classes A to F, ascending; what lies above the last is G."""

AtLeastOne = Annotated[int, Field(ge=1)]


class Scale(Record):
    """The class bounds of one standard, and the limits that judging applies."""

    name: str
    letters: tuple[Letter, ...]
    energy: Bounds
    error: Bounds
    letters_withheld_at: Annotated[int, Field(ge=2)]
    withhold_half_width: Positive
    estimate_widening: Annotated[float, Field(ge=1)]
    modelled_share: Share
    watts_per_core: Annotated[tuple[Positive, ...], Field(min_length=2, max_length=2)]
    gpu_margin: Share
    foreign_cpu_share: Share
    drift: Positive
    first_pass_excess: Positive
    permutation_gain: Positive
    dominance_margin: Share
    between_machines: Share
    stuck_windows: AtLeastOne
    clock_tolerance: Share
    cpu_seconds_excess: Annotated[float, Field(ge=1)]
    invalid_answers: Share
    tied_scores: Share
    asked_rows: Share
    restless_share: Share
    idle_change: Positive
    meters_gap: Positive

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.letters != LETTERS:
            raise ValueError("the letters are A to G")
        for bounds in (self.energy, self.error):
            if list(bounds) != sorted(set(bounds)):
                raise ValueError("class bounds ascend")
        return self


class TextLimits(Record):
    """Which texts are asked: queries for energy, rows for accuracy, tokens of a text."""

    queries: AtLeastOne
    accuracy_rows: AtLeastOne
    tokens: AtLeastOne


class BatchLimits(Record):
    """Texts of a batch on a CPU, padded tokens of one on a GPU, texts where nothing is padded."""

    texts: AtLeastOne
    gpu_tokens: AtLeastOne
    unpadded_texts: AtLeastOne


class AgreementLimits(Record):
    """How answers alone are compared with those in batches.

    ``texts`` make the sample, or as many as take ``sample_s``, ``least_texts`` at least. Scores
    are the same within ``noise`` of the largest, in half precision ``noise_in_half``.
    """

    texts: AtLeastOne
    least_texts: AtLeastOne
    sample_s: Positive
    noise: Share
    noise_in_half: Share


class RuntimeLimits(Record):
    """How a runtime other than PyTorch is held against it, and texts in batches against alone.

    ``texts`` are asked. Where it scales numbers by batch, up to ``scaled`` of them may have another
    label in their batch.
    """

    texts: AtLeastOne
    scaled: Share


class FittingLimits(Record):
    """Most rows to fit on: of a family without files of its own, and of a probe over vectors."""

    rows: AtLeastOne
    probe_rows: AtLeastOne


class PromptLimits(Record):
    """Tokens of a written answer, its end among them; pairs of windows that meter the prefill."""

    written_tokens: AtLeastOne
    prefill_pairs: AtLeastOne


class ReferenceShape(Record):
    """The reference's network, and how many characters its tokenizer looks at."""

    layers: AtLeastOne
    width: AtLeastOne
    heads: AtLeastOne
    vocabulary: AtLeastOne
    positions: AtLeastOne
    piece_characters: AtLeastOne
    text_characters: AtLeastOne


class EarlierWarmUp(Record):
    """Until decision 0014: so many runs had to agree within a share; seconds on a GPU."""

    runs: AtLeastOne
    agreement: Positive
    gpu_s: Positive
    gpu_limit_s: Positive


class WarmUpLimits(Record):
    """Of the last ``runs``, the later half is not all dearer or cheaper by more than ``trend``."""

    runs: AtLeastOne
    trend: Positive
    earlier: EarlierWarmUp


class WindowLimits(Record):
    """What windows are enough for.

    ``unaligned_gpu_s``: seconds of the standard protocol's windows on a GPU whose ends no counter's
    tick aligns. ``dearest_passes``: share of later passes that are not held against the first.
    ``pass_pieces``: most pieces of a pass that takes turns. ``least_blocks`` make an interval,
    ``drift_windows`` of the reference a slope. ``sampled_s``: seconds from which sampled power is a
    run's own. ``gpu_rest``: times ``settle_s`` that a GPU rests before its power at rest is read.
    """

    unaligned_gpu_s: Positive
    dearest_passes: Share
    pass_pieces: AtLeastOne
    least_blocks: AtLeastOne
    drift_windows: AtLeastOne
    sampled_s: Positive
    gpu_rest: AtLeastOne


class IntervalLimits(Record):
    """Confidence of every interval, and the largest autocorrelation that widens one."""

    confidence: Share
    largest_correlation: Share


class BaselineLimits(Record):
    """The cheap models beside: their windows, and when they read characters instead of words.

    ``script_texts`` are looked at; more than ``script_share`` of them without blanks between words
    make the runs of ``characters``, shortest and longest, the features.
    """

    script_texts: AtLeastOne
    script_share: Share
    characters: Annotated[tuple[AtLeastOne, ...], Field(min_length=2, max_length=2)]
    windows: AtLeastOne


class Procedure(Record):
    """How ratings are measured under one standard, but for what a protocol sets."""

    texts: TextLimits
    batches: BatchLimits
    agreement: AgreementLimits
    runtime: RuntimeLimits
    fitting: FittingLimits
    prompts: PromptLimits
    reference: ReferenceShape
    warm_up: WarmUpLimits
    windows: WindowLimits
    intervals: IntervalLimits
    baselines: BaselineLimits
