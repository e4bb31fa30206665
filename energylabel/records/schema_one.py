"""Schema 1 of evidence and label, read and written: JSON of then ↔ JSON of the records of today.

Schema 1 had one GPU at most (``hardware.gpu``) and no :class:`~energylabel.records.Setup`: the
choices lay in the settings. Nothing is lost either way, so that a label of schema 1 keeps its id,
which is the digest of these very bytes.
"""

from typing import Any

JsonObject = dict[str, Any]
"""What JSON parsed to."""

_OWN_BATCH = {"cpu": 32, "cuda": 16_384}
"""What schema 1 wrote as the requested batch size where the user had named none."""


def read_evidence(values: JsonObject) -> JsonObject:
    """Evidence of schema 1 in the shape of today; its ``schema_version`` stays 1.

    Raises:
        ValueError: It holds fields that schema 1 did not have.
    """
    found = _one_gpu_read(values)
    settings = found.get("settings")
    if not isinstance(settings, dict):
        return found
    settings = dict(settings)
    if "setup" in settings:
        raise ValueError("settings.setup is not of schema 1")
    device, asking = settings.pop("device", None), settings.get("asking")
    setup: JsonObject = {"device": device, "precision": settings.pop("dtype_requested", None)}
    if device == "cuda":
        setup["gpus"] = 1
    size = settings.get("batch_size_requested")
    # An explicit 16,384 texts without a bound on tokens is what nobody asked for by hand.
    if size != _OWN_BATCH.get(device if isinstance(device, str) else ""):
        setup["batch_size"] = size
    if isinstance(asking, dict):
        setup |= {name: asking.get(name) for name in ("mode", "shots")}
    return found | {"settings": settings | {"setup": setup}}


def write_evidence(values: JsonObject) -> JsonObject:
    """The same in the shape of schema 1."""
    settings = dict(values["settings"])
    setup = settings.pop("setup")
    settings |= {"device": setup["device"], "dtype_requested": setup["precision"]}
    return _one_gpu_written(values) | {"settings": settings}


def read_label(values: JsonObject) -> JsonObject:
    """A label of schema 1 in the shape of today; raises as :func:`read_evidence`."""
    conditions = values.get("conditions")
    if isinstance(conditions, dict) and "setup" in conditions:
        raise ValueError("conditions.setup is not of schema 1")
    return _one_gpu_read(values)


def write_label(values: JsonObject) -> JsonObject:
    """The same in the shape of schema 1."""
    return _one_gpu_written(values)


def _one_gpu_read(values: JsonObject) -> JsonObject:
    hardware = values.get("hardware")
    if not isinstance(hardware, dict):
        return values
    if "gpus" in hardware:
        raise ValueError("hardware.gpus is not of schema 1")
    if "gpu" not in hardware:
        return values
    hardware = dict(hardware)
    hardware["gpus"] = [hardware.pop("gpu")]
    return values | {"hardware": hardware}


def _one_gpu_written(values: JsonObject) -> JsonObject:
    hardware = dict(values["hardware"])
    for gpu in hardware.pop("gpus", ()):  # one at most
        hardware["gpu"] = gpu
    return values | {"hardware": hardware}
