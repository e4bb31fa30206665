"""The baselines: cheap models that are fitted here and measured beside the candidate.

They come last, so that the rating stands whatever becomes of them.
"""

from collections.abc import Sequence

from energylabel.classifiers import MAJORITY, find_family
from energylabel.errors import (
    DataError,
    EnergyLabelError,
    MeasurementError,
    NotRatableError,
    OutputError,
)
from energylabel.reckoning import complete_blocks
from energylabel.records import (
    Baseline,
    BaselineDone,
    BaselineFitted,
    BaselineWindowTaken,
    FitModel,
    Fitting,
    MeasureWindow,
    OpenModel,
    RunPasses,
    SliceRun,
    TakeAnswers,
    Training,
    Window,
)
from energylabel.running.rating import Rating, slice_run
from energylabel.running.rating import fitting as placed_fitting
from energylabel.running.slices import warm_up_texts
from energylabel.standard import PROCEDURE

_FITTING_ROW_S = 0.002
_CHUNK = 2048


def expected_s(rating: Rating, min_window_s: float) -> float:
    """Seconds that the baselines of the plan take, about; 0 without any."""
    training = rating.plan.samples.training
    if training is None:
        return 0.0
    learning = [family for family in rating.plan.baselines if family != MAJORITY]
    windows = len(rating.plan.baselines) * _windows_s(rating, min_window_s)
    return windows + len(learning) * _FITTING_ROW_S * len(training.texts)


def measure_baselines(
    rating: Rating,
    slices: Sequence[tuple[int, ...]],
    windows: Sequence[Window],
    min_window_s: float,
    rows: int,
) -> tuple[tuple[Baseline, ...], dict[str, str]]:
    """Fit, measure and ask each baseline of the plan.

    Args:
        rating: The rating under way.
        slices: Indices of the queries in each slice.
        windows: Those of reference and candidate; the baselines run on their first slices.
        min_window_s: Seconds that a window lasts at least.
        rows: How many rows the candidate answered.

    Returns:
        The baselines, and for each that is left out the reason.

    Raises:
        OutputError: The journal cannot be written.
    """
    training, places = rating.plan.samples.training, _places(windows)
    found: list[Baseline] = []
    left_out: dict[str, str] = {}
    if training is None or not places:
        return (), {}
    for family in rating.plan.baselines:
        rating.watch.turn_to("baselines")
        beside = _Beside(rating, family, training, slices, min_window_s)
        try:
            found.append(beside.measure(places, rows))
        except OutputError:
            raise
        except (NotRatableError, MeasurementError, DataError) as error:
            left_out[family] = error.message
        except EnergyLabelError:  # its message may hold a path, evidence must not
            left_out[family] = "the worker ended in the middle of it"
    return tuple(found), left_out


class _Beside:
    """One baseline. Its role in the worker is its family."""

    def __init__(
        self,
        rating: Rating,
        family: str,
        training: Training,
        slices: Sequence[tuple[int, ...]],
        min_window_s: float,
    ) -> None:
        self._rating = rating
        self._family = family
        self._training = training
        self._slices = slices
        self._min_s = min_window_s

    def measure(self, places: Sequence[int], rows: int) -> Baseline:
        """All of it; what earlier sessions recorded is not measured again.

        Raises:
            MeasurementError: No time is left for it, or no valid measurement is possible.
            NotRatableError: It cannot be fitted.
        """
        rating, recipe = self._rating, find_family(self._family).recipe
        for entry in rating.of(BaselineDone):
            if entry.baseline.family == self._family:
                return entry.baseline
        self._hold(_windows_s(rating, self._min_s))
        fitting, parameters = self._learn()
        made = Baseline(
            family=self._family,
            recipe=recipe or self._family,
            parameters=parameters,
            fitting=fitting,
            windows=self._windows(places),
            predicted=self._answers(rows),
        )
        rating.record(BaselineDone(baseline=made))
        return made

    def _hold(self, needed_s: float) -> None:
        left = self._rating.left()
        if left is not None and left < needed_s:
            raise MeasurementError("the time limit left no time for it", "raise --time-limit")

    def _learn(self) -> tuple[Fitting, int]:
        """Fit it; a resumed rating does so again, and keeps the first figures."""
        rating, training = self._rating, self._training
        count = min(len(training.texts), find_family(self._family).training_rows)
        rating.tell("loading", f"fitting {self._family} on {count:,} rows, to measure it beside")
        rating.worker.ask(
            OpenModel(
                role=self._family,
                family=self._family,
                model=None,
                device="cpu",
                dtype="auto",
                threads=rating.plan.threads,
                task=rating.plan.task,
            )
        )
        texts, gold = training.texts[:count], training.gold[:count]
        reply = rating.worker.ask(FitModel(role=self._family, texts=texts, gold=gold))
        parameters = reply.opened.parameters
        for entry in rating.of(BaselineFitted):
            if entry.family == self._family:
                return entry.fitting, parameters
        classes = len(rating.plan.samples.workload.labels)
        fitting = placed_fitting(reply, training, rows=count, classes=classes)
        rating.record(BaselineFitted(family=self._family, fitting=fitting))
        return fitting, parameters

    def _windows(self, places: Sequence[int]) -> tuple[SliceRun, ...]:
        """One on each of the places; those of earlier sessions first."""
        rating = self._rating
        earlier = rating.of(BaselineWindowTaken)
        done = [entry.run for entry in earlier if entry.family == self._family]
        if len(done) < len(places):
            self._hold(_windows_s(rating, self._min_s) * (len(places) - len(done)) / len(places))
            self._settle(places[len(done)])
        for number, place in enumerate(places[len(done) :], len(done) + 1):
            rating.tell("measuring", f"{self._family}, window {number} of {len(places)}")
            reply = rating.worker.ask(
                MeasureWindow(
                    role=self._family,
                    indices=self._slices[place],
                    min_seconds=self._min_s,
                    each_pass=False,
                )
            )
            run = slice_run(reply.measured, session=rating.session, part=place)
            rating.record(BaselineWindowTaken(family=self._family, run=run))
            done.append(run)
        return tuple(done)

    def _settle(self, place: int) -> None:
        """Uncounted passes after the switch of model, over another slice where there is one."""
        rating = self._rating
        settle_s = rating.plan.protocol.settle_s
        if settle_s:
            count = warm_up_texts(rating.plan.batching)
            other = self._slices[(place - 1) % len(self._slices)][:count]
            rating.worker.ask(RunPasses(role=self._family, indices=other, min_seconds=settle_s))

    def _answers(self, rows: int) -> tuple[int, ...]:
        self._rating.tell("answering", f"asking {self._family} for accuracy")
        labels: list[int] = []
        while len(labels) < rows:
            stop = min(rows, len(labels) + _CHUNK)
            asked = TakeAnswers(role=self._family, start=len(labels), stop=stop)
            labels += self._rating.worker.ask(asked).labels
        return tuple(labels)


def _windows_s(rating: Rating, min_window_s: float) -> float:
    return PROCEDURE.baselines.windows * min_window_s + rating.plan.protocol.settle_s


def _places(windows: Sequence[Window]) -> tuple[int, ...]:
    """The first slices that whole blocks are on, from the start again where they are fewer."""
    found = tuple(dict.fromkeys(block.reference[0].slice for block in complete_blocks(windows)))
    count = PROCEDURE.baselines.windows
    return (found * count)[:count]
