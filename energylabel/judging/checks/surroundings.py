"""Checks of the circumstances: the machine, the settings, earlier attempts."""

from energylabel.judging.checks.answers import Check
from energylabel.records import Evidence, Finding, Hardware, Metrics, Scale


def dtype(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Whether the device has arithmetic for the model's dtype."""
    del metrics, scale
    if evidence.subject.is_function:
        message = "in which numbers the function computes is not known"
        return Finding(name="dtype", outcome="not-available", message=message)
    name, hardware = evidence.subject.dtype, evidence.hardware
    on = hardware.device_name
    if hardware.computes(name):
        message = f"{name} is native to {on}"
        return Finding(name="dtype", outcome="passed", message=message)
    return Finding(
        name="dtype",
        outcome="noted",
        message=f"{name} is not native to {on}, which emulates it at a cost",
        remedy=f"rate with --dtype {hardware.native_dtypes[0]}" if hardware.native_dtypes else None,
    )


def machine_findings(hardware: Hardware, threads: int) -> tuple[Finding, ...]:
    """What the machine itself is like: quota, power, clock, virtualisation.

    Args:
        hardware: The machine.
        threads: As many as a rating computes with.
    """
    found = (_cpu_quota(hardware, threads), _power_source(hardware), _governor(hardware))
    return (*(each for each in found if each is not None), *_virtualised(hardware))


def _cpu_quota(hardware: Hardware, threads: int) -> Finding | None:
    """A control group that lets the process use less than its threads."""
    quota = hardware.cpu_quota
    if quota is None:
        return None
    said = f"a control group limits the process to {quota:g} CPUs"
    if quota >= threads:
        message = f"{said}, enough for its {threads} threads"
        return Finding(name="cpu-quota", outcome="noted", message=message)
    return Finding(
        name="cpu-quota",
        outcome="warned",
        message=f"{said}, fewer than its {threads} threads: run times are throttled",
        remedy="raise the container's CPU limit to whole CPUs",
    )


def _power_source(hardware: Hardware) -> Finding | None:
    """Laptops slow down on battery."""
    if hardware.power_source is None:
        return None
    if hardware.power_source == "mains":
        return Finding(name="power-source", outcome="passed", message="on mains power")
    return Finding(
        name="power-source",
        outcome="warned",
        message="on battery: the machine may save power",
        remedy="plug the machine in and rate again",
    )


def _governor(hardware: Hardware) -> Finding | None:
    """A governor that keeps the processor slow."""
    found = hardware.governor
    if found is None:
        return None
    if found != "powersave":
        return Finding(name="governor", outcome="passed", message=f"frequency governor {found}")
    return Finding(
        name="governor",
        outcome="noted",
        message="frequency governor powersave: latency is that of a slow clock, where the driver"
        " obeys it",
        remedy="sudo cpupower frequency-set -g performance, then rate again",
    )


def _virtualised(hardware: Hardware) -> tuple[Finding, ...]:
    """A virtual machine shares its processor with others, unseen."""
    name = "virtualised"
    if hardware.virtualised is None:
        message = "it could not be told whether this is a virtual machine"
        return (Finding(name=name, outcome="not-available", message=message),)
    if not hardware.virtualised:
        return ()
    message = "in a virtual machine: neighbours on the same host cannot be seen"
    remedy = "rate on a machine of its own"
    return (Finding(name=name, outcome="noted", message=message, remedy=remedy),)


def sessions(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """A rating that was interrupted and continued."""
    del metrics, scale
    if evidence.sessions == 1:
        return None
    return Finding(
        name="resumed",
        outcome="noted",
        message=f"measured in {evidence.sessions} sessions, each begun with a new warm-up",
    )


def attempts(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding:
    """Every attempt is counted, so that nobody rates until the letter pleases."""
    del metrics, scale
    earlier = evidence.attempts
    if not earlier:
        message = "the first attempt here at this model and workload"
        return Finding(name="attempts", outcome="passed", message=message)
    completed = sum(attempt.outcome == "completed" for attempt in earlier)
    return Finding(
        name="attempts",
        outcome="noted",
        message=f"attempt {len(earlier) + 1} at this model, workload and machine"
        f" ({completed} of the {len(earlier)} earlier ones completed)",
    )


def batch_size(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Batches that were made smaller to fit into memory."""
    del metrics, scale
    used, asked = evidence.settings.batch_size, evidence.settings.batch_size_requested
    if evidence.reference.batch_size is not None:  # the candidate takes a number of its own
        used = evidence.reference.batch_size
    if used == asked:
        return None
    unit = "texts" if evidence.settings.batch_tokens is None else "tokens"
    return Finding(
        name="batch-size",
        outcome="noted",
        message=f"batches of {used:,} {unit} instead of {asked:,}, to fit into memory",
        remedy="rate on a machine with more memory",
    )


def exclusive(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Whether others computed on the GPU, whose joules would be the model's (section 5.7)."""
    del metrics, scale
    name, found = "gpu-exclusive", evidence.gpu_strangers
    if not evidence.hardware.gpus:
        return None
    if found is None:
        message = "the driver does not tell whether others computed on the GPU"
        return Finding(name=name, outcome="not-available", message=message)
    if found == 0:
        return Finding(name=name, outcome="passed", message="nobody else computed on the GPU")
    others = "another process" if found == 1 else f"up to {found} other processes"
    return Finding(
        name=name,
        outcome="warned" if evidence.settings.shared_gpu else "invalid",
        message=f"{others} computed on the GPU meanwhile, and the joules are of both",
        remedy="end them and rate again",
    )


SURROUNDING_CHECKS: tuple[Check, ...] = (dtype, exclusive, sessions, attempts, batch_size)
