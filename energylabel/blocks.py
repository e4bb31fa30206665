"""Blocks of R C C R on successive slices, in rounds, until the interval is narrow enough."""

import math
from collections.abc import Callable

from energylabel.errors import MeasurementError
from energylabel.estimating import block_log_ratios, drift, interval, relative, should_stop
from energylabel.records.evidence import Role, Window
from energylabel.slicing import WARM_UP_TEXTS
from energylabel.underway import Rating
from energylabel.warming import Warm

BLOCK: tuple[Role, ...] = ("reference", "candidate", "candidate", "reference")
_MIN_BLOCKS = 2
_TELLING_BLOCKS = 3


class Blocks:
    """The windows of one rating, those of earlier sessions first.

    Args:
        rating: The rating under way.
        warm: Slices and pace.
        quantity: What the index compares, of one window.
    """

    def __init__(self, rating: Rating, warm: Warm, quantity: Callable[[Window], float]) -> None:
        self._rating = rating
        self._slices = warm.slices
        self._quantity = quantity
        self.windows = [Window.from_dict(each) for each in rating.of("window")]
        settings = rating.plan.protocol
        floor = settings.min_window_s
        # A window ends with the pass in which the floor is reached: half a pass more on average.
        window = (
            one if one >= floor else floor + one / 2
            for one in (warm.reference_pass_s, warm.candidate_pass_s)
        )
        self._block_s = 2 * sum(window) + 2 * settings.settle_s
        self._after_s = warm.candidate_query_s * (
            rating.plan.samples.queries + 3 * settings.single_queries
        )

    def measure(self) -> tuple[Window, ...]:
        """Measure what is missing and return all windows.

        Raises:
            MeasurementError: The time limit does not hold a valid measurement.
        """
        settings = self._rating.plan.protocol
        self._check_time()
        for block in range(settings.blocks_per_round * settings.max_rounds):
            if block % settings.blocks_per_round == 0 and self._enough(block):
                break
            if self._out_of_time():
                break
            self._block(block)
        return tuple(self.windows)

    def _check_time(self) -> None:
        """Refuse at once what the time limit cannot hold."""
        needed = self._rating.plan.protocol.blocks_per_round * self._block_s + self._after_s
        left = self._rating.left()
        if left is not None and needed > left and not self.windows:
            raise MeasurementError(
                f"the shortest valid measurement takes about {math.ceil(needed)} more seconds, "
                f"the time limit leaves {max(0, math.floor(left))}",
                "raise --time-limit, or take a quick look with --protocol quick",
            )

    def _out_of_time(self) -> bool:
        left = self._rating.left()
        if left is None or left >= self._block_s + self._after_s:
            return False
        if len(block_log_ratios(self.windows, self._quantity)) < _MIN_BLOCKS:
            raise MeasurementError(
                "the time limit ended the measurement before two blocks were complete",
                "raise --time-limit; --resume continues from what is measured",
            )
        return True

    def _enough(self, block: int) -> bool:
        settings = self._rating.plan.protocol
        return should_stop(
            block_log_ratios(self.windows, self._quantity),
            block // settings.blocks_per_round,
            settings,
            drift(self.windows, self._quantity),
        )

    def _block(self, block: int) -> None:
        """The windows of one block that no earlier session has."""
        rating = self._rating
        settings = rating.plan.protocol
        done = {window.position for window in self.windows if window.block == block}
        part = block % len(self._slices)
        for position, role in enumerate(BLOCK):
            if position in done:
                continue
            self._tell(block)
            if position == 0 or role != BLOCK[position - 1] or position - 1 in done:
                self._settle(role, part)
            measured = rating.worker.ask(
                "window", role=role, indices=self._slices[part], min_seconds=settings.min_window_s
            )
            place = {
                "session": rating.session,
                "block": block,
                "position": position,
                "slice": part,
                "role": role,
                "kept": True,
            }
            window = Window.from_dict(place | measured)
            rating.record("window", window.model_dump(mode="json"))
            self.windows.append(window)

    def _settle(self, role: Role, part: int) -> None:
        """Uncounted passes after a switch of model.

        Over another slice than the one that comes next, whose first pass must be its first: that
        is where a cache in the candidate would show.
        """
        settle_s = self._rating.plan.protocol.settle_s
        if settle_s:
            other = self._slices[(part - 1) % len(self._slices)][:WARM_UP_TEXTS]
            self._rating.worker.ask("run", role=role, indices=other, min_seconds=settle_s)

    def _tell(self, block: int) -> None:
        """How far, how sure so far, and about how long."""
        in_round = self._rating.plan.protocol.blocks_per_round
        total = (block // in_round + 1) * in_round
        within = sum(1 for window in self.windows if window.block == block) / len(BLOCK)
        message = f"block {block + 1} of {total}"
        ratios = block_log_ratios(self.windows, self._quantity)
        if len(ratios) >= _TELLING_BLOCKS:
            mean, half = interval(ratios)
            message += f" · index {100 * math.exp(mean):.3g}"
            if half is not None:
                message += f" ± {100 * relative(half):.1f} %"
        self._rating.tell(
            "measuring",
            message,
            done=block + within,
            total=total,
            remaining_s=(total - block - within) * self._block_s + self._after_s,
        )
