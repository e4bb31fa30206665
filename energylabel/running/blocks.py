"""Blocks of R C C R on successive slices, in rounds, until the interval is narrow enough.

In an estimate the two models of a block take turns batch by batch instead.
"""

import math
import time
from collections.abc import Sequence

from energylabel.errors import MeasurementError
from energylabel.formatting import UP, percentage, significant
from energylabel.planning import check_limit
from energylabel.reckoning import (
    block_ratios,
    complete_blocks,
    foreign_part,
    interleaves,
    provenance_of,
    reference_drift,
    relative,
    shortest_window_s,
    should_stop,
    statistic,
    telling_drift,
)
from energylabel.records import (
    BlockGivenUp,
    InterleaveWindows,
    MeasureWindow,
    MeterRecord,
    Role,
    RunPasses,
    Window,
    WindowMeasured,
    WindowTaken,
)
from energylabel.running.idle import rest
from energylabel.running.rating import Rating
from energylabel.running.rating import window as placed
from energylabel.running.slices import warm_up_texts
from energylabel.running.strangers import count_strangers
from energylabel.running.warm_up import Warm
from energylabel.standard import DEFAULT, PROCEDURE, load_scale

BLOCK: tuple[Role, ...] = ("reference", "candidate", "candidate", "reference")
_TELLING_BLOCKS = 3
_SLOWER = 4
"""How much longer than alone a pass may seem to take beside neighbours."""
_SPARE = 1.15
"""Passes of an interleaved window are counted beforehand, with so much time to spare."""


def check_time(rating: Rating, needed_s: float) -> None:
    """Refuse at once what the time limit cannot hold; a resumed rating takes what it can get.

    Raises:
        MeasurementError: Fewer than ``needed_s`` seconds are left.
    """
    if rating.first(WindowTaken) is None:
        check_limit(needed_s, rating.left())


class Blocks:
    """The windows of one rating, those of earlier sessions first.

    Args:
        rating: The rating under way.
        warm: Slices and pace.
        meters: Those that take part, which decide what the index compares.
        beside_s: Seconds that the baselines take afterwards, about. The time limit ends the
            rounds for them, but they never end a rating.
    """

    def __init__(
        self, rating: Rating, warm: Warm, meters: Sequence[MeterRecord], beside_s: float = 0.0
    ) -> None:
        self._rating = rating
        self._slices = warm.slices
        device = rating.plan.hardware.device
        self._provenance = provenance = provenance_of(meters, device)
        settings = rating.plan.protocol
        self.windows = earlier = _earlier(rating)
        self._min_s = floor = shortest_window_s(settings, meters, device)
        # An earlier version of this program may have begun the rating.
        self._interleaved = interleaves(settings, meters, device) and all(
            window.interleaved for window in earlier
        )
        paces = (warm.reference_pass_s, warm.candidate_pass_s)
        # By processor time, so that a busy neighbour does not make windows shorter; a model that
        # waits has little of it.
        alone = (
            max(min(run.cpu_seconds_per_query) * warm.queries / rating.plan.threads, one / _SLOWER)
            for run, one in zip(warm.runs[-2:], paces, strict=True)
        )
        self._passes = [math.ceil(_SPARE * floor / one) if one < floor else 1 for one in alone]
        # A window ends with the pass in which it is long enough: half a pass later, on average.
        windows = (one if one >= floor else floor + one / 2 for one in paces)
        self._block_s = (
            sum(one * count for one, count in zip(paces, self._passes, strict=True))
            if self._interleaved
            else 2 * sum(windows) + 2 * settings.settle_s
        )
        # Slices differ, so the time for one more block is that of the longest so far.
        self._longest_s = self._block_s
        self._rest_s = 0.0 if provenance == "estimated" else settings.idle_s
        self._beside_s = beside_s
        self._after_s = self._rest_s + warm.candidate_query_s * (
            rating.plan.samples.queries + 3 * settings.single_queries
        )

    def measure(self) -> tuple[Window, ...]:
        """Measure what is missing and return all windows.

        Raises:
            MeasurementError: The time limit does not hold a valid measurement.
        """
        settings = self._rating.plan.protocol
        round_s = settings.blocks_per_round * self._block_s + self._rest_s
        check_time(self._rating, round_s + self._after_s)
        for block in range(settings.blocks_per_round * settings.max_rounds):
            if block % settings.blocks_per_round == 0 and self._enough(block):
                break
            if self._out_of_time():
                break
            if block == settings.blocks_per_round // 2 and self._provenance != "estimated":
                rest(self._rating, "halfway")
            self._block(block)
            while self._loud(block):
                self._give_up(block)
                if self._out_of_time():
                    return tuple(self.windows)
                self._block(block)
        return tuple(self.windows)

    def _out_of_time(self) -> bool:
        left = self._rating.left()
        needed = self._longest_s + self._after_s
        if left is None or left >= needed + self._beside_s:
            return False
        if len(complete_blocks(self.windows)) < PROCEDURE.windows.least_blocks:
            if left >= needed:
                return False
            raise MeasurementError(
                "the time limit ended the measurement before two blocks were complete",
                "raise --time-limit; --resume continues from what is measured",
            )
        return True

    def _enough(self, block: int) -> bool:
        """Asked after whole rounds only, of them alone: a resumed rating decides no other way."""
        settings = self._rating.plan.protocol
        windows = [window for window in self.windows if window.block < block]
        if not windows:
            return False
        quantity = statistic(self._provenance, windows)
        ratios = block_ratios(windows, quantity, len(self._slices))
        drift = telling_drift(self._provenance, reference_drift(windows, quantity), ratios.drift())
        return should_stop(ratios, block // settings.blocks_per_round, settings, drift)

    def _loud(self, block: int) -> bool:
        """Whether others' joules are in a block that was metered, so that it is taken again.

        No more blocks are given up than the rounds so far have: what is loud after that stays,
        for the checks to judge.
        """
        in_round = self._rating.plan.protocol.blocks_per_round
        limit = load_scale(DEFAULT).foreign_cpu_share
        given_up = sum(not window.kept and window.position == 0 for window in self.windows)
        return (
            self._provenance != "estimated"
            and given_up < in_round * (block // in_round + 1)
            and any(foreign_part(window) > limit for window in self._kept(block))
        )

    def _give_up(self, block: int) -> None:
        self._rating.record(BlockGivenUp(block=block))
        self.windows = _discard(self.windows, block)

    def _kept(self, block: int) -> list[Window]:
        return [window for window in self.windows if window.block == block and window.kept]

    def _block(self, block: int) -> None:
        """The windows of one block that no earlier session has."""
        began = time.monotonic()
        if self._interleaved:
            self._take_turns(block)
        else:
            self._take_windows(block)
        self._longest_s = max(self._longest_s, time.monotonic() - began)
        count_strangers(self._rating)

    def _take_turns(self, block: int) -> None:
        """One window of each model, interleaved; those of a block are recorded together."""
        if self._kept(block):
            return
        self._tell(block)
        part = block % len(self._slices)
        reference, candidate = self._passes
        self._rating.watch.turn_to("model")
        both = self._rating.worker.ask(
            InterleaveWindows(
                indices=self._slices[part],
                reference_passes=reference,
                candidate_passes=candidate,
                min_seconds=self._min_s,
                # Each slice has either model first by turns.
                turn=block + block // len(self._slices),
            )
        )
        self._rating.watch.give("reference", both.reference.measured.seconds)
        for position, role in enumerate(BLOCK[:2]):
            reply = both.reference if role == "reference" else both.candidate
            self._keep(reply, block, position, role, interleaved=True)

    def _keep(
        self,
        reply: WindowMeasured,
        block: int,
        position: int,
        role: Role,
        *,
        interleaved: bool = False,
    ) -> None:
        window = placed(
            reply,
            session=self._rating.session,
            part=block % len(self._slices),
            block=block,
            position=position,
            role=role,
            interleaved=interleaved,
        )
        self._rating.record(WindowTaken(window=window))
        self.windows.append(window)

    def _take_windows(self, block: int) -> None:
        """R C C R, each a window of its own."""
        done = {window.position for window in self._kept(block)}
        part = block % len(self._slices)
        for position, role in enumerate(BLOCK):
            if position in done:
                continue
            self._rating.watch.turn_to("model" if role == "candidate" else "reference")
            self._tell(block)
            if position == 0 or role != BLOCK[position - 1] or position - 1 in done:
                self._settle(role, part)
            reply = self._rating.worker.ask(
                MeasureWindow(
                    role=role,
                    indices=self._slices[part],
                    min_seconds=self._min_s,
                    each_pass=True,
                )
            )
            self._keep(reply, block, position, role)

    def _settle(self, role: Role, part: int) -> None:
        """Uncounted passes after a switch of model.

        Over another slice, if there is one, than the one that comes next, whose first pass must be
        its first: that is where a cache in the candidate would show.
        """
        settle_s = self._rating.plan.protocol.settle_s
        if settle_s:
            count = warm_up_texts(self._rating.plan.batching)
            other = self._slices[(part - 1) % len(self._slices)][:count]
            self._rating.worker.ask(RunPasses(role=role, indices=other, min_seconds=settle_s))

    def _tell(self, block: int) -> None:
        """How far, how sure so far, and about how long."""
        protocol = self._rating.plan.protocol
        in_round = protocol.blocks_per_round
        total, most = (block // in_round + 1) * in_round, protocol.max_rounds * in_round
        within = 0 if self._interleaved else len(self._kept(block)) / len(BLOCK)
        message = f"block {block + 1} of {total}{f' to {most}' if most > total else ''}"
        if len(complete_blocks(self.windows)) >= _TELLING_BLOCKS:
            quantity = statistic(self._provenance, self.windows)
            mean, half = block_ratios(self.windows, quantity, len(self._slices)).interval()
            message += f" · index {significant(100 * math.exp(mean))}"
            if half is not None:
                message += f" ± {percentage(relative(half), 1, UP)} %"
        halfway_s = self._rest_s if block < in_round // 2 else 0
        after_s = self._after_s + self._beside_s + halfway_s
        self._rating.tell(
            "measuring",
            message,
            done=block + within,
            total=total,
            remaining_s=(total - block - within) * self._block_s + after_s,
            most_s=(most - block - within) * self._block_s + after_s if most > total else None,
        )


def _earlier(rating: Rating) -> list[Window]:
    """The windows of earlier sessions."""
    windows: list[Window] = []
    for entry in rating.past:
        if isinstance(entry, WindowTaken):
            windows.append(entry.window)
        elif isinstance(entry, BlockGivenUp):
            windows = _discard(windows, entry.block)
    # A kill may come between the two lines of an interleaved block, whose half is nothing.
    if windows and windows[-1].interleaved and windows[-1].position == 0:
        del windows[-1]
    return windows


def _discard(windows: list[Window], block: int) -> list[Window]:
    """The windows, those of the block marked as not kept."""
    return [
        window.model_copy(update={"kept": False}) if window.block == block else window
        for window in windows
    ]
