"""Plan → Evidence: load, warm up, measure in blocks, ask for answers, put it on record.

In: a plan and a journal. Out: :class:`~energylabel.records.Evidence`. Nothing is judged here.
"""

from energylabel.running.steps import run

__all__ = ["run"]
