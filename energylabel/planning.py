"""Request → Plan: everything that is decided before anything is loaded."""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from energylabel import __version__
from energylabel.errors import MeasurementError, NotRatableError, UsageError
from energylabel.records.evidence import ProtocolName, ProtocolSettings
from energylabel.records.hardware import Hardware
from energylabel.records.subject import ResolvedModel
from energylabel.records.workload import Samples

DTYPES = ("auto", "float32", "bfloat16", "float16")
QUERIES = 1000
"""Queries for energy (standard, section 2)."""

PROTOCOLS: MappingProxyType[ProtocolName, ProtocolSettings] = MappingProxyType(
    {
        "standard": ProtocolSettings(
            name="standard",
            min_window_s=5.0,
            min_estimated_window_s=2.0,
            min_slices=6,
            max_slice_queries=None,
            max_reference_pass_s=10.0,
            blocks_per_round=6,
            max_rounds=5,
            target_half_width=0.02,
            warm_up_s=10.0,
            warm_up_limit_s=60.0,
            settle_s=1.0,
            idle_s=10.0,
            single_queries=200,
        ),
        "quick": ProtocolSettings(
            name="quick",
            min_window_s=1.0,
            min_estimated_window_s=1.0,
            min_slices=1,
            max_slice_queries=50,
            max_reference_pass_s=10.0,
            blocks_per_round=3,
            max_rounds=1,
            target_half_width=0.02,
            warm_up_s=10.0,
            warm_up_limit_s=60.0,
            settle_s=1.0,
            idle_s=0.0,
            single_queries=200,
        ),
    }
)
"""The numbers of section 5 of the standard."""

_BATCH = 32
_PROCESS_BYTES = 1_000_000_000
_REFERENCE_BYTES = 438_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """What the user may choose about the measurement.

    ``accuracy_rows`` is ``auto`` (as many as fit into the time of the energy measurement),
    ``all`` or a number; ``time_limit_s`` bounds the whole rating.
    """

    protocol: ProtocolName = "standard"
    dtype: str = "auto"
    batch_size: int = _BATCH
    queries: int = QUERIES
    accuracy_rows: int | Literal["auto", "all"] = "auto"
    time_limit_s: float | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A rating that can be started. ``key`` names what is rated, on which data, where."""

    model: ResolvedModel
    samples: Samples
    label_map: tuple[int | None, ...]
    hardware: Hardware
    options: Options
    protocol: ProtocolSettings
    threads: int
    key: str

    @property
    def signature(self) -> str:
        """Digest of everything that must be equal for a rating to be continued."""
        told = [
            __version__,
            self.key,
            self.protocol.model_dump(mode="json"),
            self.options.dtype,
            self.options.batch_size,
            self.options.queries,
            self.options.accuracy_rows,
            self.options.country,
            self.label_map,
            self.threads,
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def shortest_s(settings: ProtocolSettings) -> float:
    """Seconds below which no rating can stay, however fast the models are."""
    window = min(settings.min_window_s, settings.min_estimated_window_s)
    block = 4 * window + 2 * settings.settle_s
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
            "raise --time-limit, or take a quick look with --protocol quick",
        )


def check_time_limit(options: Options) -> None:
    """Refuse a limit that no rating could keep, before anything is looked up or waited for."""
    check_limit(shortest_s(PROTOCOLS[options.protocol]), options.time_limit_s)


def check_options(options: Options) -> None:
    """Refuse what cannot be measured, before anything is looked up.

    Raises:
        UsageError: An option is of the wrong kind or out of range; it is named.
    """
    if options.protocol not in PROTOCOLS:
        known = ", ".join(PROTOCOLS)
        raise UsageError(f"unknown protocol {options.protocol!r}", f"choose one of {known}")
    if options.dtype not in DTYPES:
        raise UsageError(f"unknown dtype {options.dtype!r}", f"choose one of {', '.join(DTYPES)}")
    counts: dict[str, object] = {"batch size": options.batch_size, "queries": options.queries}
    if options.accuracy_rows not in {"auto", "all"}:
        counts["accuracy rows"] = options.accuracy_rows
    for name, value in counts.items():
        if type(value) is not int or value < 1:
            choices = " (or auto, all)" if name == "accuracy rows" else ""
            raise UsageError(f"{name}: {value!r} is no number of 1 or more{choices}", f"set {name}")
    limit = options.time_limit_s
    if limit is not None and not 0 < limit < math.inf:
        raise UsageError("the time limit must be above 0", "correct --time-limit")
    country = options.country
    if country is not None and not re.fullmatch("[A-Za-z]{3}", str(country)):
        raise UsageError(
            f"the country {country!r:.40} is no three-letter ISO code", "write DEU, FRA or USA"
        )


def plan(
    model: ResolvedModel,
    samples: Samples,
    label_map: tuple[int | None, ...],
    hardware: Hardware,
    options: Options,
) -> Plan:
    """Put the pieces together and refuse what cannot work.

    Raises:
        NotRatableError: The model does not fit into this machine's memory.
    """
    needed = model.weight_bytes + _REFERENCE_BYTES + _PROCESS_BYTES
    if needed > hardware.memory_bytes:
        raise NotRatableError(
            f"{model.name} needs about {needed / 1e9:.1f} GB of memory, this machine has "
            f"{hardware.memory_bytes / 1e9:.1f} GB",
            "rate it on a machine with more memory",
        )
    told = [
        model.name,
        model.revision,
        samples.workload.name,
        samples.workload.content_sha256,
        hardware.slug,
    ]
    return Plan(
        model=model,
        samples=samples,
        label_map=label_map,
        hardware=hardware,
        options=options,
        protocol=PROTOCOLS[options.protocol],
        threads=hardware.physical_cores,
        key=hashlib.sha256(json.dumps(told).encode()).hexdigest(),
    )
