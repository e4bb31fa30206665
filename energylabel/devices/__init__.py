"""What machine this is: processor, memory, GPUs, and what of it this process may use.

In: the device that was asked for. Out: :class:`~energylabel.records.Hardware`, and the GPUs.
"""

from energylabel.devices.machine import detect
from energylabel.devices.nvidia import Gpu, Gpus, computing, driver_version, gpus_in_use, uuids_at

__all__ = ["Gpu", "Gpus", "computing", "detect", "driver_version", "gpus_in_use", "uuids_at"]
