"""What the worker can be asked for: it holds texts, models and meters, and decides nothing."""

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from energylabel.classifiers import (
    FAMILIES,
    Batching,
    Fittable,
    Placement,
    Predictions,
    Session,
    model_without_files,
)
from energylabel.errors import EnergyLabelError, NotRatableError, out_of_memory
from energylabel.meters import METERS
from energylabel.records import Device, Hardware, ResolvedModel, Task
from energylabel.worker.device import finish, limit_memory, peak_bytes, prepare, release
from energylabel.worker.failures import blamed, broken
from energylabel.worker.sandbox import Seclusion
from energylabel.worker.windows import Clock, Meters

_PACKAGES = (
    "codecarbon",
    "numpy",
    "safetensors",
    "scikit-learn",
    "tokenizers",
    "torch",
    "transformers",
    "xgboost",
    "xgboost-cpu",
)
_PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class Passes:
    """CPU-seconds of each pass, and the tokens of all of them."""

    cpu_seconds: list[float]
    tokens: int


class Server:
    """The requests, one method each; the arguments are the request's fields."""

    def __init__(self, stack: ExitStack, secluded: Seclusion) -> None:
        self._stack = stack
        self._secluded = secluded
        self._texts: tuple[str, ...] = ()
        self._sessions: dict[str, Session] = {}
        self._rows: dict[str, int] = {}
        self._batching = Batching(size=1)
        self._meters = Meters(())
        self._device: Device = "cpu"
        self._peak_bytes = 0

    def hello(
        self, threads: int, device: Device, memory_bytes: int | None = None
    ) -> dict[str, Any]:
        """Fix threads, device and memory; say which versions run, and what was achieved."""
        self._device = device
        prepare(device, threads)
        limited = limit_memory(device, memory_bytes)
        versions = {"python": sys.version.split()[0]}
        for name in _PACKAGES:
            try:
                versions[name] = version(name)
            except PackageNotFoundError:
                continue
        return {
            "versions": versions,
            "base_bytes": peak_bytes(self._device),
            "memory_bytes": limited,
            "network_cut": self._secluded.network_cut,
        }

    def texts(self, texts: list[str]) -> dict[str, Any]:
        """Take all texts of the workload, in its order."""
        self._texts = tuple(texts)
        return {"count": len(texts)}

    def meters(self, hardware: dict[str, Any], names: list[str]) -> list[dict[str, Any]]:
        """Open meters by name, in the order in which they start."""
        machine = Hardware.from_dict(hardware)
        opened = [self._stack.enter_context(METERS.get(n).open(machine)) for n in names]
        self._meters = Meters(opened)
        return [meter.describe().model_dump(mode="json") for meter in opened]

    def open(
        self,
        role: str,
        family: str,
        model: dict[str, Any] | None,
        placement: dict[str, Any],
        task: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Load a model."""
        known = FAMILIES.get(family)
        subject = ResolvedModel.from_dict(model) if model else model_without_files(known, family)
        told = None if task is None else Task.from_dict(task)
        with blamed(role):
            context = known.open(subject, Placement(**placement), told)
            session = self._stack.enter_context(context)
        self._sessions[role] = session
        self._rows[role] = session.rows_per_text
        for name, part in session.parts.items():
            self._sessions[f"{role}:{name}"] = part
        return self._described(role)

    def learn(self, role: str, texts: list[str], gold: list[int]) -> dict[str, Any]:
        """Fit a model, as one metered window of its own."""
        session = self._sessions[role]
        if not isinstance(session, Fittable):
            raise NotRatableError(
                f"the {role} cannot be fitted, though its family says so",
                "its sessions have to be energylabel.classifiers.Fittable",
            )
        with blamed(role):
            metered = self._meters.around(
                lambda: session.fit(texts, gold), lambda: time.sleep(_PAUSE_S), short=True
            )
        self._forget_peak()  # fitting is in no figure of the model
        return {
            "seconds": metered.seconds,
            "cpu_seconds": metered.usage.own_seconds,
            "energy": [reading.model_dump(mode="json") for reading in metered.energy],
            "opened": self._described(role),
        }

    def _some(self, role: str, indices: list[int], rows: int) -> list[int]:
        """The first texts that make about so many rows of a batch; one at least."""
        return indices[: max(1, rows // self._rows.get(role, 1))]

    def _described(self, role: str) -> dict[str, Any]:
        session = self._sessions[role]
        return {
            "parameters": session.parameters,
            "dtype": session.dtype,
            "max_tokens": session.max_tokens,
            "attention": session.attention,
            "batch": session.batch,
        }

    def count_tokens(self, role: str, count: int) -> tuple[int, ...]:
        """Tokens of each of the first ``count`` texts."""
        session = self._sessions[role]
        with blamed(role):
            return session.count_tokens(self._texts[:count])

    def fit(
        self, role: str, indices: list[int], size: int, tokens: int | None = None
    ) -> dict[str, Any]:
        """Largest batches, from these bounds down by halves, that the (longest) texts fit."""
        while True:
            try:
                self._predict(role, self._some(role, indices, size), Batching(size, tokens))
            except EnergyLabelError:
                raise
            except Exception as error:
                if not out_of_memory(error):
                    # The first answer of this model: a broken one can fail in any way.
                    raise broken(role, error) from error
                if size == 1:
                    raise NotRatableError(
                        "not even one text at a time fits into memory",
                        "rate the model on a machine with more memory",
                    ) from error
            else:
                self._batching = Batching(size, tokens)
                return {
                    "batch_size": size,
                    "batch_tokens": tokens,
                    "peak_bytes": peak_bytes(self._device),
                }
            # Out here the error is gone, and with it the tensors that its frames held.
            size //= 2
            tokens = tokens and max(1, tokens // 2)
            self._forget_peak()

    def run(self, role: str, indices: list[int], min_seconds: float) -> dict[str, Any]:
        """Whole passes without meters, for warming up and settling."""
        clock = Clock()
        ran = self._passes(role, indices, min_seconds)
        return {
            "passes": len(ran.cpu_seconds),
            "seconds": clock.seconds(),
            "cpu_seconds": sum(ran.cpu_seconds),
        }

    def window(
        self, role: str, indices: list[int], min_seconds: float, *, each_pass: bool = True
    ) -> dict[str, Any]:
        """Whole passes over the texts as one metered window; each one's CPU time if asked for."""
        batch = self._some(role, indices, self._batching.texts)

        def work() -> Passes:
            ran = self._passes(role, indices, min_seconds)
            finish(self._device)
            return ran

        finish(self._device)
        metered = self._meters.around(work, lambda: self._load(role, batch, self._batching))
        ran = metered.result
        passes = {"pass_cpu_seconds": ran.cpu_seconds} if each_pass else {}
        return passes | {
            "passes": len(ran.cpu_seconds),
            "queries": len(ran.cpu_seconds) * len(indices),
            "tokens": ran.tokens,
            "started_at": metered.started_at,
            "seconds": metered.seconds,
            "cpu_seconds": metered.usage.own_seconds,
            "foreign_cpu_share": metered.foreign_share,
            "energy": [reading.model_dump(mode="json") for reading in metered.energy],
        }

    def idle(self, seconds: float, before: float) -> dict[str, Any]:
        """The machine at rest, metered once it has been left alone for a while."""
        time.sleep(before)
        return self._meters.at_rest(seconds)

    def answer(self, start: int, stop: int, role: str = "candidate") -> dict[str, Any]:
        """Answers to a range of the texts."""
        texts = self._texts[start:stop]
        began = time.perf_counter()
        said = self._said(role, texts, self._batching, count_truncated=True)
        return {
            "labels": said.labels,
            "tokens": said.tokens,
            "truncated": said.truncated,
            "uncut_tokens": said.uncut_tokens,
            "generated": said.generated,
            "framing": said.framing,
            "tied": said.tied,
            "reread": said.reread,
            "seconds": time.perf_counter() - began,
        }

    def single(self, count: int) -> dict[str, Any]:
        """The first ``count`` texts one at a time, each timed; the whole is one metered window."""
        session, one = self._sessions["candidate"], Batching(size=1)
        for text in self._texts[: min(count, 20)]:
            session.predict([text], one)

        def one_by_one() -> list[float]:
            latencies = []
            for text in self._texts[:count]:
                before = time.perf_counter()
                session.predict([text], one)
                latencies.append(time.perf_counter() - before)
            return latencies

        metered = self._meters.around(
            one_by_one, lambda: self._load("candidate", [0], one), short=True
        )
        return {
            "latencies_s": metered.result,
            "seconds": metered.seconds,
            "cpu_seconds": metered.usage.own_seconds,
            "energy": [reading.model_dump(mode="json") for reading in metered.energy],
        }

    def memory(self) -> dict[str, Any]:
        """Highest memory so far, of the process or of the GPU."""
        return {"peak_bytes": max(self._peak_bytes, peak_bytes(self._device))}

    def _forget_peak(self) -> None:
        """Let the next peak be that of what comes next; the highest of all is kept."""
        self._peak_bytes = max(self._peak_bytes, peak_bytes(self._device))
        release(self._device)

    def carbon(self, country: str) -> dict[str, Any]:
        """A country's carbon intensity."""
        from energylabel.meters import carbon_intensity

        return carbon_intensity(country).model_dump(mode="json")

    def _load(self, role: str, indices: Sequence[int], batching: Batching) -> None:
        """Some of the window's load, uncounted and done when it returns."""
        self._predict(role, indices, batching)
        finish(self._device)

    def _predict(self, role: str, indices: Sequence[int], batching: Batching) -> int:
        return self._said(role, [self._texts[i] for i in indices], batching).tokens

    def _said(
        self, role: str, texts: Sequence[str], batching: Batching, *, count_truncated: bool = False
    ) -> Predictions:
        session = self._sessions[role]
        with blamed(role):
            said = session.predict(texts, batching, count_truncated=count_truncated)
        if not said.finite:
            raise NotRatableError(
                f"the {role} gives NaN or infinite scores",
                "in half precision try --dtype float32; else the weights are broken",
            )
        return said

    def _passes(self, role: str, indices: Sequence[int], min_seconds: float) -> Passes:
        """Whole passes until ``min_seconds`` are over."""
        cpu: list[float] = []
        tokens = 0
        end = time.perf_counter() + min_seconds
        while not cpu or time.perf_counter() < end:
            before = time.process_time()
            tokens += self._predict(role, indices, self._batching)
            cpu.append(time.process_time() - before)
        return Passes(cpu, tokens)
