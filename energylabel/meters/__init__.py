"""How energy and processor time are counted: plug-ins, one file each.

In: the hardware. Out: the meters that work here, and readings around a stretch of work.
"""

from energylabel.meters._choosing import choose_meters
from energylabel.meters.base import Filler, MeterSession
from energylabel.meters.codecarbon import carbon_intensity
from energylabel.meters.cpu_time import machine_busy_seconds, own_cpu_seconds
from energylabel.meters.replay import VARIABLE

__all__ = [
    "VARIABLE",
    "Filler",
    "MeterSession",
    "carbon_intensity",
    "choose_meters",
    "machine_busy_seconds",
    "own_cpu_seconds",
]
