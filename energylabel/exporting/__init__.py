"""A label in formats that others ask for: reports, bills of materials, boards.

In: evidence, the label that follows from it, and what the user adds. Out: bytes. What a format
demands and nobody knows is refused; a range of an estimate never becomes one number.
"""

from energylabel.exporting._export import export
from energylabel.exporting.base import EXPORTERS, Additions, Dossier, Exporter

__all__ = ["EXPORTERS", "Additions", "Dossier", "Exporter", "export"]
