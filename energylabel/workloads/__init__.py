"""What models are asked: definitions in TOML, one file each, and the demo with its own texts.

In: a name, or the path of a TOML file. Out: a definition, and the words in which it is asked.
"""

from energylabel.workloads.definitions import (
    DEMO,
    data_folder,
    load,
    load_file,
    names,
    text,
    wording,
)
from energylabel.workloads.folding import fold, pieces, spelled
from energylabel.workloads.naming import Names, generic_ids, label_map_option
from energylabel.workloads.ordering import are_numbers, natural_order, number_of
from energylabel.workloads.synonyms import same_meaning, well_known

__all__ = [
    "DEMO",
    "Names",
    "are_numbers",
    "data_folder",
    "fold",
    "generic_ids",
    "label_map_option",
    "load",
    "load_file",
    "names",
    "natural_order",
    "number_of",
    "pieces",
    "same_meaning",
    "spelled",
    "text",
    "well_known",
    "wording",
]
