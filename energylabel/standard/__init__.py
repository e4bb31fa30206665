"""The rating standard: its text, its class bounds and every limit, as data.

In: a standard's name. Out: its :class:`~energylabel.records.Scale`, its
:class:`~energylabel.records.Procedure`, its protocols, its text.
"""

from energylabel.standard.protocols import GPU_PROTOCOL, PROCEDURE, PROTOCOLS
from energylabel.standard.scales import DEFAULT, load_scale, standard_text

__all__ = ["DEFAULT", "GPU_PROTOCOL", "PROCEDURE", "PROTOCOLS", "load_scale", "standard_text"]
