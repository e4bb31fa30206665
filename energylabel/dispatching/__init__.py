"""Jobs → what became of them: one job after another, whoever asks for them.

In: a :class:`~energylabel.records.Job`, several, or files that hold them. Out: an
:class:`~energylabel.records.Outcome` for each; a failure is one too.
"""

from energylabel.dispatching.files import RESUME, outcome_path, run_file
from energylabel.dispatching.jobs import run_in_turn, run_job, stages
from energylabel.dispatching.lists import models_in

__all__ = [
    "RESUME",
    "models_in",
    "outcome_path",
    "run_file",
    "run_in_turn",
    "run_job",
    "stages",
]
