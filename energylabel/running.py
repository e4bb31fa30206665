"""Plan → Evidence: warm-up, blocks of R C C R, rounds, answers, single queries.

Every window is on the disk before the next begins. Nothing is judged here but when to stop.
"""

import time
from collections.abc import Iterator
from typing import Any

from energylabel import __version__
from energylabel.classifiers import reference
from energylabel.errors import EnergyLabelError, MeasurementError
from energylabel.estimating import block_log_ratios, drift, interval, relative, should_stop
from energylabel.journal import Entry, Journal
from energylabel.metering import choose_meters, provenance_of, quantity_of
from energylabel.observing import Event, Observer
from energylabel.planning import Plan
from energylabel.records.evidence import (
    Answers,
    CarbonIntensity,
    Evidence,
    MeterRecord,
    ReferenceModel,
    Role,
    Settings,
    SingleRun,
    WarmUp,
    Window,
)
from energylabel.records.subject import Subject
from energylabel.slicing import WARM_UP_TEXTS, deal, longest, middle, slice_count
from energylabel.spawning import WAIT_POLICY, Worker

BLOCK: tuple[Role, ...] = ("reference", "candidate", "candidate", "reference")
_AGREE = 0.02
_ANSWER_CHUNK = 256
_MIN_BLOCKS = 2


def run(plan: Plan, journal: Journal, observer: Observer, *, resume: bool) -> Evidence:
    """Measure as planned.

    Args:
        plan: What to measure.
        journal: Where every window is recorded at once.
        observer: Told about progress.
        resume: Continue from the journal's windows if it holds any of the same plan.

    Raises:
        NotRatableError: The model does not load or does not answer.
        MeasurementError: No valid measurement is possible, or the time limit is too short.
    """
    entries = journal.read() if resume else []
    with Worker(plan.threads) as worker:
        rating = _Rating(plan, worker, journal, observer, entries)
        try:
            return rating.evidence()
        except EnergyLabelError as error:
            journal.append("failed", error.message)
            raise


class _Rating:
    """One rating under way."""

    def __init__(
        self, plan: Plan, worker: Worker, journal: Journal, observer: Observer, past: list[Entry]
    ) -> None:
        self._plan = plan
        self._worker = worker
        self._journal = journal
        self._observe = observer
        self._began = time.monotonic()
        self._past = past
        header = next(self._of("header"), None)
        self._session = sum(1 for _ in self._of("session"))
        self._started_at: float = header["started_at"] if header else time.time()
        self._windows = [Window.from_dict(each) for each in self._of("window")]
        self._warm_ups = [WarmUp.from_dict(each) for each in self._of("warm-up")]
        if header is None:
            self._record(
                "header",
                {
                    "signature": plan.signature,
                    "protocol": plan.protocol.name,
                    "started_at": self._started_at,
                },
            )
        self._record("session", {"number": self._session})

    def _of(self, kind: str) -> Iterator[Any]:
        return (entry["content"] for entry in self._past if entry.get("kind") == kind)

    def _record(self, kind: str, content: Any) -> None:
        self._journal.append(kind, content)

    def evidence(self) -> Evidence:
        """All steps in order."""
        plan, ask = self._plan, self._worker.ask
        self._tell("loading", f"loading {plan.model.name}")
        ask("texts", texts=list(plan.samples.texts))
        meters = tuple(
            MeterRecord.from_dict(each)
            for each in ask(
                "meters",
                hardware=plan.hardware.model_dump(mode="json"),
                names=list(choose_meters(plan.hardware)),
            )
        )
        carbon = plan.options.country and ask("carbon", country=plan.options.country)
        subject, fitted = self._open_candidate()
        self._tell("loading", "drawing the reference's weights")
        opened = self._open("reference", "reference", None, "float32")
        tokens = ask("count_tokens", role="reference", count=plan.samples.queries)
        self._quantity = quantity_of(provenance_of(meters))
        slices = self._warm_up(tokens)
        self._check_time(slices, tokens)
        self._blocks(slices)
        answers = self._answers()
        single = self._single()
        return Evidence(
            tool_version=__version__,
            started_at=self._started_at,
            finished_at=time.time(),
            subject=subject,
            workload=plan.samples.workload,
            hardware=plan.hardware,
            settings=Settings(
                protocol=plan.protocol,
                device=plan.hardware.device,
                dtype_requested=plan.options.dtype,
                batch_size=fitted["batch_size"],
                batch_size_requested=plan.options.batch_size,
                threads=plan.threads,
                wait_policy=WAIT_POLICY,
                attention=self._attention,
                queries=plan.samples.queries,
                accuracy_rows=plan.options.accuracy_rows,
                label_map=plan.label_map,
                slices=tuple(len(each) for each in slices),
                time_limit_s=plan.options.time_limit_s,
                country=carbon["country"] if carbon else None,
            ),
            meters=meters,
            reference=ReferenceModel(
                name=reference.NAME,
                seed=reference.SEED,
                parameters=opened["parameters"],
                dtype=opened["dtype"],
                tokens=sum(tokens),
            ),
            warm_up=tuple(self._warm_ups),
            windows=tuple(self._windows),
            single=single,
            answers=answers,
            model_peak_bytes=fitted["peak_bytes"],
            base_bytes=self._worker.hello["base_bytes"],
            rating_peak_bytes=ask("memory")["peak_bytes"],
            versions={"energylabel": __version__, **self._worker.hello["versions"]},
            sessions=self._session + 1,
            attempts=self._journal.attempts(),
            carbon=CarbonIntensity.from_dict(carbon) if carbon else None,
        )

    def _open(self, role: Role, family: str, model: Any, dtype: str) -> Any:
        placement = {
            "device": self._plan.hardware.device,
            "dtype": dtype,
            "threads": self._plan.threads,
        }
        return self._worker.ask("open", role=role, family=family, model=model, placement=placement)

    def _open_candidate(self) -> tuple[Subject, Any]:
        """Load the candidate alone, so that its peak memory is its own, and fix the batch size."""
        plan, model, ask = self._plan, self._plan.model, self._worker.ask
        opened = self._open(
            "candidate", model.family, model.model_dump(mode="json"), plan.options.dtype
        )
        self._attention = opened["attention"]
        tokens = ask("count_tokens", role="candidate", count=len(plan.samples.texts))
        before = next(self._of("fitted"), None)
        size = before["batch_size"] if before else plan.options.batch_size
        fitted = ask("fit", role="candidate", indices=longest(tokens, size), size=size)
        if before and fitted["batch_size"] != size:
            raise MeasurementError(
                f"batches of {size} no longer fit into memory",
                "free memory and resume, or rate again without --resume",
            )
        if before is None:
            self._record("fitted", fitted)
        subject = Subject(
            source=model.source,
            name=model.name,
            revision=model.revision,
            family=model.family,
            architecture=model.architecture,
            parameters=opened["parameters"],
            dtype=opened["dtype"],
            labels=model.labels,
            max_tokens=opened["max_tokens"],
            files=model.files,
        )
        return subject, before or fitted

    def _warm_up(self, tokens: list[int]) -> tuple[tuple[int, ...], ...]:
        """Warm both models up; returns the slices, which follow from the reference's pace."""
        indices = middle(tokens)
        pace = self._warm("reference", indices)
        self._pace = {"reference": pace * len(indices) / max(1, sum(tokens[i] for i in indices))}
        before = next(self._of("slices"), None)
        count = before or slice_count(tokens, self._pace["reference"], self._plan.protocol)
        if before is None:
            self._record("slices", count)
        self._pace["candidate"] = self._warm("candidate", indices)
        return deal(tokens, count)

    def _warm(self, role: Role, indices: tuple[int, ...]) -> float:
        """Run one model until it is steady; returns seconds per query."""
        settings = self._plan.protocol
        self._tell("warming", f"warming up the {role}")
        runs: list[float] = []
        began = time.monotonic()
        seconds = queries = 0.0
        while True:
            ran = self._worker.ask(
                "run", role=role, indices=indices, min_seconds=settings.warm_up_s / 10
            )
            queries = ran["passes"] * len(indices)
            seconds = ran["seconds"]
            runs.append(ran["cpu_seconds"] / queries)
            elapsed = time.monotonic() - began
            last = runs[-3:]
            steady = len(last) == 3 and max(last) <= min(last) * (1 + _AGREE)
            if (steady and elapsed >= settings.warm_up_s / 2) or (
                elapsed >= settings.warm_up_limit_s / 2 and len(runs) >= 3
            ):
                break
        warm_up = WarmUp(
            session=self._session,
            role=role,
            seconds=elapsed,
            cpu_seconds_per_query=tuple(runs),
            steady=steady,
        )
        self._warm_ups.append(warm_up)
        self._record("warm-up", warm_up.model_dump(mode="json"))
        return float(seconds / queries)

    def _check_time(self, slices: tuple[tuple[int, ...], ...], tokens: list[int]) -> None:
        """Refuse at once what the time limit cannot hold."""
        settings = self._plan.protocol
        floor = settings.min_window_s
        mean_queries = sum(map(len, slices)) / len(slices)
        passes = {
            "reference": sum(tokens) / len(slices) * self._pace["reference"],
            "candidate": mean_queries * self._pace["candidate"],
        }
        # A window ends with the pass in which the floor is reached: half a pass more on average.
        window = {
            role: max(one, floor + one / 2 if one < floor else one) for role, one in passes.items()
        }
        self._block_s = 2 * sum(window.values()) + 2 * settings.settle_s
        self._after_s = self._pace["candidate"] * (
            self._plan.samples.queries + 3 * settings.single_queries
        )
        needed = settings.blocks_per_round * self._block_s + self._after_s
        left = self._left()
        if left is not None and needed > left and not self._windows:
            raise MeasurementError(
                f"the shortest valid measurement takes about {needed / 60:.1f} more minutes, the "
                f"time limit leaves {max(left, 0) / 60:.1f}",
                "raise --time-limit, or take a quick look with --protocol quick",
            )

    def _left(self) -> float | None:
        limit = self._plan.options.time_limit_s
        return None if limit is None else limit - (time.monotonic() - self._began)

    def _blocks(self, slices: tuple[tuple[int, ...], ...]) -> None:
        """Blocks on successive slices until the interval is narrow enough, or time is up."""
        settings = self._plan.protocol
        done = {(window.block, window.position) for window in self._windows}
        last: Role | None = None
        for block in range(settings.blocks_per_round * settings.max_rounds):
            if block % settings.blocks_per_round == 0 and self._enough(block):
                return
            left = self._left()
            if left is not None and left < self._block_s + self._after_s:
                if len(block_log_ratios(self._windows, self._quantity)) >= _MIN_BLOCKS:
                    return
                raise MeasurementError(
                    "the time limit ended the measurement before two blocks were complete",
                    "raise --time-limit; --resume continues from what is measured",
                )
            part = block % len(slices)
            for position, role in enumerate(BLOCK):
                if (block, position) in done:
                    continue
                self._tell_block(block)
                if role != last and settings.settle_s:
                    # Not the slice that comes next: its first pass must be the first.
                    other = slices[(part - 1) % len(slices)]
                    self._worker.ask(
                        "run",
                        role=role,
                        indices=other[:WARM_UP_TEXTS],
                        min_seconds=settings.settle_s,
                    )
                last = role
                window = Window.from_dict(
                    {
                        "session": self._session,
                        "block": block,
                        "position": position,
                        "slice": part,
                        "role": role,
                        "kept": True,
                        **self._worker.ask(
                            "window",
                            role=role,
                            indices=slices[part],
                            min_seconds=settings.min_window_s,
                        ),
                    }
                )
                self._record("window", window.model_dump(mode="json"))
                self._windows.append(window)

    def _enough(self, block: int) -> bool:
        settings = self._plan.protocol
        return should_stop(
            block_log_ratios(self._windows, self._quantity),
            block // settings.blocks_per_round,
            settings,
            drift(self._windows, self._quantity),
        )

    def _answers(self) -> Answers:
        """Ask the queries, then further rows as the option and the time allow."""
        before = next(self._of("answers"), None)
        if before is not None:
            return Answers.from_dict(before)
        plan = self._plan
        rows = len(plan.samples.texts)
        budget = sum(window.seconds for window in self._windows)
        labels: list[int] = []
        tokens = truncated = 0
        seconds = 0.0
        while len(labels) < rows:
            wanted = plan.samples.queries - len(labels)
            left = self._left()
            if wanted <= 0 and left is not None and left < seconds / len(labels) * _ANSWER_CHUNK:
                break
            if wanted <= 0 and plan.options.accuracy_rows == "auto" and seconds >= budget:
                break
            self._tell("answering", "asking for accuracy", done=len(labels), total=rows)
            stop = min(rows, len(labels) + (min(wanted, 1024) if wanted > 0 else _ANSWER_CHUNK))
            said = self._worker.ask("answer", start=len(labels), stop=stop)
            labels += said["labels"]
            tokens += said["tokens"]
            truncated += said["truncated"] or 0
            seconds += said["seconds"]
        answers = Answers(
            predicted=tuple(labels),
            gold=plan.samples.gold[: len(labels)],
            tokens=tokens,
            truncated=truncated,
            seconds=seconds,
        )
        self._record("answers", answers.model_dump(mode="json"))
        return answers

    def _single(self) -> SingleRun:
        before = next(self._of("single"), None)
        if before is None:
            self._tell("answering", "one query at a time")
            count = min(self._plan.protocol.single_queries, self._plan.samples.queries)
            before = self._worker.ask("single", count=count)
            self._record("single", before)
        return SingleRun.from_dict(before)

    def _tell(
        self, stage: Any, message: str, *, done: float | None = None, total: float | None = None
    ) -> None:
        self._observe(Event(stage, message, done=done, total=total))

    def _tell_block(self, block: int) -> None:
        """How far, how sure so far, and about how long."""
        settings = self._plan.protocol
        message = f"block {block + 1}"
        ratios = block_log_ratios(self._windows, self._quantity)
        if len(ratios) >= _MIN_BLOCKS:
            mean, half = interval(ratios)
            index = 100 * relative(mean) + 100
            message += f" · index {index:.3g}"
            if half is not None:
                message += f" ± {100 * relative(half):.1f} %"
        in_round = settings.blocks_per_round
        total = (block // in_round + 1) * in_round
        within = sum(1 for window in self._windows if window.block == block) / len(BLOCK)
        remaining = (total - block - within) * self._block_s + self._after_s
        self._observe(
            Event("measuring", message, done=block + within, total=total, remaining_s=remaining)
        )
