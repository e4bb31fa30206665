"""The baselines: cheap models that are fitted here and measured beside the candidate.

They come last, so that the rating stands whatever becomes of them.
"""

from collections.abc import Sequence
from typing import Any

from energylabel.classifiers import MAJORITY, traits
from energylabel.errors import (
    DataError,
    EnergyLabelError,
    MeasurementError,
    NotRatableError,
    OutputError,
)
from energylabel.reckoning import complete_blocks
from energylabel.records import Baseline, Fitting, SliceRun, Training, Window
from energylabel.running.rating import BASELINE_WINDOW, Rating
from energylabel.running.slices import warm_up_texts
from energylabel.standard import PROCEDURE

FITTING, WHOLE = "baseline-fitting", "baseline"
"""Journal entries: what fitting one took; all of one."""

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
    slices: Sequence[Sequence[int]],
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
        beside = _Beside(rating, family, training, slices, min_window_s)
        try:
            found.append(beside.measure(places, rows))
        except OutputError:
            raise
        except (NotRatableError, MeasurementError, DataError) as error:
            left_out[family] = error.message
        except EnergyLabelError:  # its message may hold a path of this machine
            left_out[family] = "the worker ended in the middle of it"
    return tuple(found), left_out


class _Beside:
    """One baseline. Its role in the worker is its family."""

    def __init__(
        self,
        rating: Rating,
        family: str,
        training: Training,
        slices: Sequence[Sequence[int]],
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
        whole = next(iter(self._past(WHOLE)), None)
        if whole is not None:
            return Baseline.from_dict(whole)
        rating, recipe = self._rating, traits(self._family).recipe
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
        rating.record(WHOLE, made.model_dump(mode="json"))
        return made

    def _past(self, kind: str) -> list[Any]:
        """What was recorded of this baseline, without its name."""
        entries = (
            dict(entry) for entry in self._rating.of(kind) if entry["family"] == self._family
        )
        if kind == WHOLE:
            return list(entries)
        return [{key: entry[key] for key in entry if key != "family"} for entry in entries]

    def _hold(self, needed_s: float) -> None:
        left = self._rating.left()
        if left is not None and left < needed_s:
            raise MeasurementError("the time limit left no time for it", "raise --time-limit")

    def _learn(self) -> tuple[Fitting, int]:
        """Fit it; a resumed rating does so again, and keeps the first figures."""
        rating, training = self._rating, self._training
        count = min(len(training.texts), traits(self._family).training_rows)
        rating.tell("loading", f"fitting {self._family} on {count:,} rows, to measure it beside")
        ask = rating.worker.ask
        ask(
            "open",
            role=self._family,
            family=self._family,
            model=None,
            placement={"device": "cpu", "dtype": "auto", "threads": rating.plan.threads},
            task=rating.plan.task.model_dump(mode="json"),
        )
        texts, gold = training.texts[:count], training.gold[:count]
        told = ask("learn", role=self._family, texts=texts, gold=gold)
        parameters = int(told.pop("opened")["parameters"])
        told |= training.taken(count, len(rating.plan.samples.workload.labels))
        before = self._past(FITTING)
        if not before:
            rating.record(FITTING, {"family": self._family} | told)
        return Fitting.from_dict(before[0] if before else told), parameters

    def _windows(self, places: Sequence[int]) -> tuple[SliceRun, ...]:
        """One on each of the places; those of earlier sessions first."""
        rating = self._rating
        done = [SliceRun.from_dict(entry) for entry in self._past(BASELINE_WINDOW)]
        if len(done) < len(places):
            self._hold(_windows_s(rating, self._min_s) * (len(places) - len(done)) / len(places))
            self._settle(places[len(done)])
        for number, place in enumerate(places[len(done) :], len(done) + 1):
            rating.tell("measuring", f"{self._family}, window {number} of {len(places)}")
            told = rating.worker.ask(
                "window",
                role=self._family,
                indices=self._slices[place],
                min_seconds=self._min_s,
                each_pass=False,
            )
            run = SliceRun.from_dict({"session": rating.session, "slice": place} | told)
            content = {"family": self._family} | run.model_dump(mode="json")
            rating.record(BASELINE_WINDOW, content)
            done.append(run)
        return tuple(done)

    def _settle(self, place: int) -> None:
        """Uncounted passes after the switch of model, over another slice where there is one."""
        rating = self._rating
        settle_s = rating.plan.protocol.settle_s
        if settle_s:
            count = warm_up_texts(rating.plan.batching)
            other = self._slices[(place - 1) % len(self._slices)][:count]
            rating.worker.ask("run", role=self._family, indices=other, min_seconds=settle_s)

    def _answers(self, rows: int) -> tuple[int, ...]:
        self._rating.tell("answering", f"asking {self._family} for accuracy")
        labels: list[int] = []
        while len(labels) < rows:
            stop = min(rows, len(labels) + _CHUNK)
            labels += self._rating.worker.ask(
                "answer", role=self._family, start=len(labels), stop=stop
            )["labels"]
        return tuple(labels)


def _windows_s(rating: Rating, min_window_s: float) -> float:
    return PROCEDURE.baselines.windows * min_window_s + rating.plan.protocol.settle_s


def _places(windows: Sequence[Window]) -> tuple[int, ...]:
    """The first slices that whole blocks are on, from the start again where they are fewer."""
    found = tuple(dict.fromkeys(block.reference[0].slice for block in complete_blocks(windows)))
    count = PROCEDURE.baselines.windows
    return (found * count)[:count]
