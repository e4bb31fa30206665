"""Options and a model → a Plan: everything that is decided before anything is loaded."""

import hashlib
import json
import math
from dataclasses import dataclass

from energylabel import __version__
from energylabel.classifiers import TOKEN_LIMIT, Batching, baselines, find_family
from energylabel.errors import MeasurementError, NotRatableError, UsageError
from energylabel.options import Options
from energylabel.planning.memory import REFERENCE_BYTES, memory_limit
from energylabel.planning.setups import BATCHES, setup_of
from energylabel.records import (
    UNANSWERED,
    Asking,
    Evidence,
    Hardware,
    OpenModel,
    ProtocolSettings,
    ResolvedModel,
    Samples,
    Setup,
    Task,
    Training,
)
from energylabel.runtimes import PYTORCH, RUNTIMES, find_runtime, refuse_lacking
from energylabel.sampling import content_digest, examples
from energylabel.standard import GPU_PROTOCOL, PROTOCOLS

_PROCESS_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A rating that can be started. ``key`` names what is rated, on which data, where and how.

    ``setup`` is what was chosen about how the model is run, ``threads`` and ``batching`` what
    that is on this machine; batches are halved where they do not fit.
    """

    model: ResolvedModel
    samples: Samples
    label_map: tuple[int | None, ...]
    hardware: Hardware
    options: Options
    setup: Setup
    protocol: ProtocolSettings
    threads: int
    batching: Batching
    key: str

    @property
    def training(self) -> Training | None:
        """Rows to fit the model on, at most as many as its family takes; None: it comes fitted."""
        rows, given = find_family(self.model.family).training_rows, self.samples.training
        if not rows or given is None:
            return None
        first = {"texts": given.texts[:rows], "gold": given.gold[:rows]}
        return given.model_copy(update=first)

    @property
    def baselines(self) -> tuple[str, ...]:
        """Families to measure beside the model, where there are rows to fit them on."""
        if self.samples.training is None or not self.options.baselines:
            return ()
        beside = baselines(self.samples.texts)
        return tuple(family for family in beside if family != self.model.family)

    @property
    def task(self) -> Task:
        """What the models are told of the workload."""
        workload, training = self.samples.workload, self.samples.training
        shown: tuple[tuple[str, int], ...] = ()
        if self.setup.shots and training is not None:
            shown = examples(training, self.setup.shots)
        return Task(
            labels=workload.labels,
            wording=self.samples.wording,
            mode=self.setup.mode,
            examples=shown,
        )

    @property
    def asking(self) -> Asking | None:
        """How the model is asked; None for one that is not told the question in words."""
        task = self.task
        if task.mode is None:
            return None
        texts, gold = zip(*task.examples, strict=True) if task.examples else ((), ())
        names = (task.labels[label] for label in gold)
        return Asking(
            wording=task.wording,
            mode=task.mode,
            shots=len(texts),
            examples_sha256=content_digest(texts, names) if texts else None,
        )

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The label for no valid answer, of a model that writes its answers; else nothing."""
        return (UNANSWERED,) if find_family(self.model.family).writes(self.setup.mode) else ()

    @property
    def memory_limit_bytes(self) -> int:
        """Bytes the worker may allocate; see :func:`energylabel.planning.memory.memory_limit`."""
        return memory_limit(
            self.model,
            self.samples.texts,
            (BATCHES["cpu"].size, self.batching.rows(TOKEN_LIMIT)),
            self.threads,
            self.hardware.memory_bytes,
        )

    @property
    def opening(self) -> OpenModel:
        """What the worker is asked in order to load the model."""
        return OpenModel(
            role="candidate",
            family=self.model.family,
            model=self.model,
            device=self.hardware.device,
            dtype=self.setup.precision,
            threads=self.threads,
            task=self.task,
            runtime=self.setup.runtime or PYTORCH,
            queries=self.samples.queries,
        )

    def is_that_of(self, evidence: Evidence) -> bool:
        """Whether the evidence is of a rating of the same model and data, done the same way."""
        options, settings = self.options, evidence.settings
        return (
            evidence.subject.files == self.model.files
            and evidence.workload == self.samples.workload
            and settings.protocol == self.protocol
            and settings.setup == self.setup
            and settings.queries == self.samples.queries
            and settings.accuracy_rows == options.accuracy_rows
            and settings.label_map == self.label_map
            and settings.country == options.country
            and settings.asking == self.asking
            and evidence.subject.family == self.model.family
            and all(fitting.content_sha256 == self._rows for fitting in evidence.fittings)
            and {each.family for each in evidence.baselines} | set(evidence.baselines_left_out)
            == set(self.baselines)
        )

    @property
    def _rows(self) -> str | None:
        return self.samples.training.content_sha256 if self.samples.training else None

    @property
    def signature(self) -> str:
        """Digest of everything that must be equal for a rating to be continued."""
        asking, training = self.asking, self.samples.training
        parts = [
            __version__,
            self.key,
            [[gpu.bus_id, gpu.driver] for gpu in self.hardware.gpus],
            self.protocol.model_dump(mode="json"),
            self.options.queries,
            self.options.accuracy_rows,
            self.options.country,
            self.options.allow_shared,
            self.label_map,
            self.threads,
            training.content_sha256 if training and self.baselines else None,
            asking.model_dump(mode="json") if asking else None,
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def shortest_s(settings: ProtocolSettings) -> float:
    """Seconds below which no rating can stay, however fast the models are."""
    block = 4 * settings.min_window_s + 2 * settings.settle_s
    estimated = settings.min_estimated_window_s
    # An estimate's two models take turns where there are several rounds (reckoning.interleaves).
    turns = 2 * estimated if settings.max_rounds > 1 else 4 * estimated + 2 * settings.settle_s
    block = min(block, turns)
    return settings.warm_up_s + settings.blocks_per_round * block


def check_limit(needed_s: float, left_s: float | None) -> None:
    """Refuse a measurement that the time limit cannot hold.

    Raises:
        MeasurementError: Fewer seconds are left (None: no limit) than needed.
    """
    if left_s is not None and needed_s > left_s:
        raise MeasurementError(
            f"the shortest valid measurement takes about {math.ceil(needed_s)} more seconds, "
            f"the time limit leaves {max(0, math.floor(left_s))}",
            "raise --time-limit, or ask for less: --protocol quick, fewer --queries",
        )


def check_time_limit(options: Options) -> None:
    """Refuse a limit that no rating could keep, before anything is looked up or waited for."""
    check_limit(shortest_s(PROTOCOLS[options.protocol or "standard"]), options.time_limit_s)


def check_asking(model: ResolvedModel, options: Options) -> None:
    """Refuse a way to ask that a model's family does not have.

    Raises:
        UsageError: ``mode`` or ``shots`` is not for it.
    """
    known = find_family(model.family)
    if options.mode is not None and options.mode not in known.modes:
        raise UsageError(
            f"--mode {options.mode[:40]} is not for models of the family {model.family}",
            f"choose one of {', '.join(known.modes)}" if known.modes else "leave out --mode",
        )
    if options.shots and not known.few_shot:
        raise UsageError(
            f"--shots is not for models of the family {model.family}", "leave out --shots"
        )


def check_runtime(model: ResolvedModel, options: Options, device: str | None = None) -> None:
    """Refuse a runtime that cannot run a model, or not in that precision or place.

    Args:
        model: What is rated.
        options: What was chosen.
        device: Where it computes; None: that is not known yet.

    Raises:
        UsageError: There is no such runtime, or it lacks packages, a precision or the device.
        NotRatableError: It does not run models of this family.
    """
    runtime = find_runtime(options.runtime)
    if options.dtype not in runtime.precisions:
        known = [name for name, each in RUNTIMES.found.items() if options.dtype in each.precisions]
        raise UsageError(
            f"--dtype {options.dtype} is not for the runtime {runtime.name}",
            f"choose one of {', '.join(runtime.precisions)}, or --runtime {known[0]}",
        )
    if runtime.name == PYTORCH:
        return
    if runtime.name not in find_family(model.family).runtimes:
        raise NotRatableError(
            f"{model.name}: models of the family {model.family} run on PyTorch alone",
            "leave out --runtime",
        )
    if device is not None and device not in runtime.devices:
        raise UsageError(
            f"the runtime {runtime.name} does not compute on the device {device} here",
            f"add --device {runtime.devices[0]}",
        )
    refuse_lacking(runtime)


def plan(
    model: ResolvedModel,
    samples: Samples,
    label_map: tuple[int | None, ...],
    hardware: Hardware,
    options: Options,
) -> Plan:
    """Put the pieces together and refuse what cannot work.

    Raises:
        NotRatableError: The model does not fit into the memory of machine or GPU.
        UsageError: The runtime does not compute on the device.
    """
    check_runtime(model, options, hardware.device)
    rooms = [("this machine", hardware.memory_bytes)]
    rooms += [(gpu.name, gpu.memory_bytes) for gpu in hardware.gpus]
    needed = model.weight_bytes + REFERENCE_BYTES + _PROCESS_BYTES
    for room, size in rooms:
        if needed > size:
            raise NotRatableError(
                f"{model.name} needs about {needed / 1e9:.1f} GB of memory, {room} has "
                f"{size / 1e9:.1f} GB",
                "rate it on a machine with more memory",
            )
    setup = setup_of(options, model.family, hardware)
    settings, batching = PROTOCOLS[options.protocol or "standard"], BATCHES[setup.device]
    if setup.device == "cuda":
        settings = settings.model_copy(update=GPU_PROTOCOL)
    if setup.batch_size is not None:
        batching = Batching(size=setup.batch_size)
    parts = [
        model.name,
        model.revision,
        samples.workload.name,
        samples.workload.content_sha256,
        hardware.slug,
        setup.digest(),
        *([model.family] if model.labels is None else []),
    ]
    if find_family(model.family).training_rows and samples.training is not None:
        parts.append(samples.training.content_sha256)
    return Plan(
        model=model,
        samples=samples,
        label_map=label_map,
        hardware=hardware,
        options=options,
        setup=setup,
        protocol=settings,
        threads=hardware.physical_cores,
        batching=batching,
        key=hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
    )
