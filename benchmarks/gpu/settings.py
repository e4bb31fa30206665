"""What the GPU check is asked to do, and its steps, the most important first."""

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the check. ``seconds`` is its share of nine minutes, ``module`` lies here."""

    name: str
    title: str
    seconds: int
    module: str


STEPS = (
    Step("a", "From doctor to a label", 130, "rating"),
    Step("b", "Repeats, power at rest, ticks and windows", 130, "repeats"),
    Step("c", "The scale, and what weights do to power", 145, "scale"),
    Step("d", "Published figures", 45, "published"),
    Step("e", "Is run time a proxy?", 35, "proxy"),
    Step("f", "Number formats, compiled, batches", 55, "formats"),
)
"""Nine minutes in all. What one leaves over is for those after it."""

LENGTHS = {0.1: 4, 0.3: 4, 1.0: 4, 3.0: 3, 10.0: 2}
"""Seconds of a window, and how many are taken."""

NO_PACK = "the packed model was not named (--pack)"


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is measured.

    ``out`` is where the JSON files go, ``pack`` the folder of the packed model and texts (None:
    what needs the trained model is left out). ``queries`` bounds the packed texts that are rated,
    ``texts`` is the number of the demo's texts for all else, ``ones`` that of those asked one at a
    time; ``window_s`` is the length of a window in seconds. ``architectures`` bounds the rows of
    the scale, ``longest_s`` the windows whose scatter is looked at, ``ratings`` the repeats.
    """

    out: Path
    pack: Path | None
    queries: int
    texts: int
    ones: int
    window_s: float
    architectures: int
    longest_s: float
    ratings: int


def parser(description: str) -> argparse.ArgumentParser:
    """The options of ``gpu_check.py``."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--out", type=Path, default=Path("gpu-found"), help="folder of the records")
    made.add_argument("--pack", type=Path, help="model and texts, as gpu_run.sh unpacks them")
    made.add_argument("--minutes", type=float, default=9, help="for all steps together")
    made.add_argument("--step", choices=[step.name for step in STEPS], help="this one alone")
    made.add_argument("--parent", type=int, help=argparse.SUPPRESS)  # the check that started it
    made.add_argument("--queries", type=int, default=400, help="packed texts that are rated")
    made.add_argument("--texts", type=int, default=1000, help="texts of the other steps")
    made.add_argument("--ones", type=int, default=30, help="texts that are asked one at a time")
    made.add_argument("--window", type=float, default=1.0, help="seconds")
    made.add_argument("--architectures", type=int, default=18)
    made.add_argument("--longest", type=float, default=max(LENGTHS), help="seconds")
    made.add_argument("--ratings", type=int, default=5)
    return made


def settings(options: argparse.Namespace) -> Settings:
    """What was asked for; the folder of the records is made."""
    options.out.mkdir(parents=True, exist_ok=True)
    return Settings(
        out=options.out.absolute(),
        pack=options.pack.absolute() if options.pack else None,
        queries=options.queries,
        texts=options.texts,
        ones=options.ones,
        window_s=options.window,
        architectures=options.architectures,
        longest_s=options.longest,
        ratings=options.ratings,
    )
