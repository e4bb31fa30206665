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
from energylabel.workloads.naming import Names, fold, generic_ids, label_map_option

__all__ = [
    "DEMO",
    "Names",
    "data_folder",
    "fold",
    "generic_ids",
    "label_map_option",
    "load",
    "load_file",
    "names",
    "text",
    "wording",
]
