"""The rating standard: its text, its class bounds and every limit, as data.

In: a standard's name. Out: its :class:`~energylabel.records.Scale`, its protocols, its text.
"""

from energylabel.standard.protocols import GPU_PROTOCOL, PROTOCOLS
from energylabel.standard.scales import DEFAULT, load_scale, standard_text

__all__ = ["DEFAULT", "GPU_PROTOCOL", "PROTOCOLS", "load_scale", "standard_text"]
