"""Many labels → one page that needs no network, and the same figures for machines.

In: folders of labels, and models on the Hub. Out: labels, each once; the files of the page, and
what became of them in a Space.
"""

from energylabel.paging.assembling import PAGE, PARQUET, files_of_page, plain_row
from energylabel.paging.collecting import Collection, collect, collect_as
from energylabel.paging.listed import ListedLabel
from energylabel.paging.listed import listed as in_short
from energylabel.paging.space import check_space, preview_space, push_space
from energylabel.paging.tables import COLUMNS, to_frame

__all__ = [
    "COLUMNS",
    "PAGE",
    "PARQUET",
    "Collection",
    "ListedLabel",
    "check_space",
    "collect",
    "collect_as",
    "files_of_page",
    "in_short",
    "plain_row",
    "preview_space",
    "push_space",
    "to_frame",
]
