"""What the meters of NVIDIA's GPUs share: which GPUs, whether they work, what a record tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from energylabel.devices import Gpu, Gpus, driver_version, gpus_in_use
from energylabel.errors import MeasurementError
from energylabel.meters.base import Availability

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from energylabel.records import Hardware


def metered(hardware: Hardware) -> AbstractContextManager[Gpus]:
    """Open the GPUs that the rating runs on; without any, all that CUDA shows to this process."""
    return gpus_in_use(places=hardware.places)


def available(hardware: Hardware, check: Callable[[Gpu], object]) -> Availability:
    """Whether every such GPU passes a check that raises :class:`MeasurementError` if not."""
    try:
        with metered(hardware) as gpus:
            for gpu in gpus:
                check(gpu)
    except MeasurementError as error:
        return Availability(False, error.message, error.hint)
    return Availability(usable=True)


def details(gpus: Gpus) -> dict[str, str | float | bool | None]:
    """What a record tells of the GPUs: names, number and driver; nothing that identifies them."""
    return {
        "gpus": ", ".join(gpu.name for gpu in gpus),
        "count": len(gpus),
        "driver": driver_version(),
    }
