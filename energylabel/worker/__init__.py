"""The process that loads and runs models, and the parent's end of the line to it.

In: typed requests. Out: answers, metered windows, or an error of the same class as here.
"""

from energylabel.worker.client import WAIT_POLICY, Worker, probe_seclusion
from energylabel.worker.in_memory.functions import FunctionWorker
from energylabel.worker.sandbox import Seclusion

__all__ = ["WAIT_POLICY", "FunctionWorker", "Seclusion", "Worker", "probe_seclusion"]
