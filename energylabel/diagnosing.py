"""() → Diagnosis: the hardware, what can be metered here, and what would make it better."""

import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from energylabel import __version__
from energylabel.classifiers import FAMILIES
from energylabel.devices import computing, detect
from energylabel.errors import EnergyLabelError
from energylabel.exporting import EXPORTERS
from energylabel.judging import machine_findings
from energylabel.meters import METERS, machine_busy_seconds, own_cpu_seconds
from energylabel.reckoning import PARTS, provenance_of
from energylabel.records import Diagnosis, Finding, Hardware, MeterRecord, MeterState, Provenance
from energylabel.rendering import FORMATS
from energylabel.runtimes import RUNTIMES
from energylabel.standard import DEFAULT, load_scale
from energylabel.worker import Seclusion, Worker, probe_seclusion

WATCHED_S = 1.0

_PACKAGES = (
    "codecarbon",
    "huggingface_hub",
    "nvidia-ml-py",
    "onnxruntime",
    "torch",
    "transformers",
)


def diagnose() -> Diagnosis:
    """Look at this machine; takes about two seconds, changes nothing, never raises for a lack."""
    hardware = detect()
    meters = tuple(_state(name, hardware) for name in sorted(METERS.found))
    busy = _busy_share(hardware)
    broken = {
        f"{registry.kind}/{name}": reason
        for registry in (METERS, FAMILIES, RUNTIMES, FORMATS, EXPORTERS)
        for name, reason in registry.broken.items()
    }
    provenance = _provenance(meters, hardware)
    secluded = probe_seclusion()
    in_the_way = tuple(_gpu_findings(hardware))
    return Diagnosis(
        ratable=provenance is not None and not in_the_way and sys.platform != "win32",
        provenance=provenance,
        hardware=hardware,
        meters=meters,
        busy_share=busy,
        broken_plugins=broken,
        network_cut=secluded.network_cut,
        versions=_versions(),
        findings=(
            *in_the_way,
            *_findings(hardware, meters, provenance, busy, broken),
            *_seclusion_findings(secluded),
        ),
    )


def _state(name: str, hardware: Hardware) -> MeterState:
    meter = METERS.found[name]
    found = meter.probe(hardware)
    return MeterState(
        name=name,
        method=meter.method,
        covers=tuple(sorted(meter.covers)),
        usable=found.usable,
        reason=found.reason or None,
        remedy=found.remedy or None,
    )


def _provenance(meters: tuple[MeterState, ...], hardware: Hardware) -> Provenance | None:
    """What a rating would get now."""
    parts = PARTS[hardware.device]
    usable = [
        MeterRecord(
            name=meter.name,
            method=meter.method,
            covers=tuple(part for part in meter.covers if part in parts),
            version=None,
            details={},
        )
        for meter in meters
        if meter.usable and not METERS.found[meter.name].stands_in
    ]
    if not any(parts[0] in meter.covers for meter in usable):
        return None
    return provenance_of(usable, hardware.device)


def _gpu_findings(hardware: Hardware) -> Iterator[Finding]:
    """What keeps the GPUs from being rated on, found out as a rating would."""
    if not hardware.gpus:
        return
    others = max(computing(hardware.places) or (0,))
    if others:
        yield Finding(
            name="gpu-exclusive",
            outcome="invalid",
            message=f"other processes compute on the {hardware.device_name}: {others}",
            remedy="end them (nvidia-smi lists them), or rate with --allow-shared",
        )
    try:
        with Worker(hardware.physical_cores, hardware):
            return
    except EnergyLabelError as error:
        yield Finding(name="gpu", outcome="invalid", message=error.message, remedy=error.hint)


def _seclusion_findings(secluded: Seclusion) -> Iterator[Finding]:
    """A worker that could reach the network if a model's files found a way to use it."""
    if not secluded.network_cut:
        yield Finding(
            name="seclusion",
            outcome="noted",
            message=f"models run with the network in reach: {secluded.reason}",
            remedy=secluded.remedy or None,
        )


def _busy_share(hardware: Hardware) -> float | None:
    """The part of all CPUs' time that others use; None where the system counts no time."""
    began, busy, own = time.monotonic(), machine_busy_seconds(), own_cpu_seconds()
    if busy <= 0:
        return None
    time.sleep(WATCHED_S)
    others = (machine_busy_seconds() - busy) - (own_cpu_seconds() - own)
    return max(0.0, others) / ((time.monotonic() - began) * hardware.machine_cpus)


def _versions() -> dict[str, str]:
    found = {"energylabel": __version__, "python": sys.version.split()[0]}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _findings(
    hardware: Hardware,
    meters: tuple[MeterState, ...],
    provenance: Provenance | None,
    busy: float | None,
    broken: dict[str, str],
) -> list[Finding]:
    """What stands in the way of a better rating, the gravest first."""
    found = []
    if provenance is None:
        found.append(
            Finding(
                name="meters",
                outcome="invalid",
                message=f"nothing gives joules of the {PARTS[hardware.device][0]} here",
                remedy="rate with --device cpu, or see what keeps NVML from reading it"
                if hardware.gpus
                else "reinstall CodeCarbon: pip install --force-reinstall codecarbon",
            )
        )
    if provenance == "estimated":
        main = PARTS[hardware.device][0]
        counters = (m for m in meters if m.method == "hardware-counter" and main in m.covers)
        counter = next((meter for meter in counters if meter.remedy), None)
        found.append(
            Finding(
                name="provenance",
                outcome="noted",
                message="a rating would be estimated from run time: no energy counter can be read",
                remedy=counter.remedy if counter else "rate on a machine with energy counters",
            )
        )
    if busy is not None and busy > load_scale(DEFAULT).restless_share:
        found.append(
            Finding(
                name="neighbours",
                outcome="warned",
                message=f"others use {busy:.0%} of this machine's processors",
                remedy="end them before a rating; latency and metered joules suffer",
            )
        )
    found += [
        each
        for each in machine_findings(hardware, hardware.physical_cores)
        if each.outcome in {"noted", "warned"}
    ]
    found += [
        Finding(
            name="plug-in",
            outcome="warned",
            message=f"{name} does not load: {reason}",
            remedy="mend or uninstall the package that provides it",
        )
        for name, reason in broken.items()
    ]
    return found
