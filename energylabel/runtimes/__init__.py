"""What executes a network: plug-ins, one runtime each.

In: a network in PyTorch with inputs for it, or the folder that it was exported to. Out: that
folder, and a graph that gives a batch's scores. Whose network it is, its family knows.
"""

from energylabel.runtimes._trying import refuse_lacking, try_out
from energylabel.runtimes.base import PYTORCH, RUNTIMES, Facts, Graph, Runtime, find_runtime

__all__ = [
    "PYTORCH",
    "RUNTIMES",
    "Facts",
    "Graph",
    "Runtime",
    "find_runtime",
    "refuse_lacking",
    "try_out",
]
