"""How energy and processor time are counted: plug-ins, one file each.

In: the hardware. Out: the meters that work here, and readings around a stretch of work. A plug-in,
ours or of another package, needs no more than what is listed here.
"""

from energylabel.meters._choosing import choose_meters
from energylabel.meters.base import METERS, ActiveMeter, Availability, Filler, Meter, no_load
from energylabel.meters.codecarbon import carbon_intensity
from energylabel.meters.cpu_time import ActiveCpuTime, machine_busy_seconds, own_cpu_seconds
from energylabel.meters.replay import VARIABLE

__all__ = [
    "METERS",
    "VARIABLE",
    "ActiveCpuTime",
    "ActiveMeter",
    "Availability",
    "Filler",
    "Meter",
    "carbon_intensity",
    "choose_meters",
    "machine_busy_seconds",
    "no_load",
    "own_cpu_seconds",
]
