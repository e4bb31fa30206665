"""Many labels → one page that needs no network, and the same figures for machines.

In: folders of labels, and models on the Hub. Out: labels, each once; the files of the page.
"""

from energylabel.paging.assembling import PAGE, PARQUET, files_of_page
from energylabel.paging.collecting import Collection, collect

__all__ = ["PAGE", "PARQUET", "Collection", "collect", "files_of_page"]
