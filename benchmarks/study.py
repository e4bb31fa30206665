"""The study's table, run again: every family here on every workload with local data.

    python benchmarks/study.py --data FOLDER [--model FOLDER[=FAMILY]] … [--out study.jsonl]
        [--seeds 10] [--workload NAME] … [--family NAME] … [--seconds 0.5] [--minutes 30]

Zschache & Hartwig, arXiv:2508.14170v1: ten draws of 200 texts to fit on and 200 to ask, the same
for every model. A cell is a model, a workload and a draw: opened, fitted where it is fitted, asked
for its answers for a moment (which warms it up too), then again and again for ``--seconds`` under
the meters of a rating. Energy counts at asking alone. Families without files of their own take
part by themselves, models with files by ``--model``. One JSON line for each cell is appended to
``--out``; what stands there is not measured again. Prints Markdown; progress goes to stderr.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from _process import become_worker
from _study_data import ROWS, Corpus, Draw, corpora, draw, enough
from _study_report import report, shown

from energylabel import workloads
from energylabel.classifiers import (
    Batching,
    Fittable,
    LoadedModel,
    Placement,
    families,
    find_family,
    model_without_files,
)
from energylabel.devices.machine import detect
from energylabel.errors import EnergyLabelError, NotRatableError
from energylabel.meters import METERS, choose_meters
from energylabel.planning.matching import match_labels
from energylabel.reckoning.provenance import PARTS, joules_of, provenance_of
from energylabel.records.hardware import Hardware
from energylabel.records.subject import ResolvedModel
from energylabel.records.workload import Task
from energylabel.resolving.models import parse_model, resolve
from energylabel.worker.device import finish, prepare
from energylabel.worker.windows import Meters

Cell = dict[str, Any]
_CPU_BATCH = Batching(size=32, equal_lengths=False)
_GPU_BATCH = Batching(size=16_384, tokens=16_384, equal_lengths=False)
_SETTLE_S = 0.3
"""Before what is counted: threads of linear algebra spin for a tenth of a second after fitting."""


def main() -> None:
    """Measure what is missing and print."""
    options = _options()
    hardware = detect(options.device)
    become_worker(hardware.physical_cores)
    prepare(hardware.device, hardware.physical_cores)
    cells = read_cells(options.out)
    study = Study(options, hardware, {key(cell) for cell in cells if "accuracy" in cell})
    broken = options.out.exists() and options.out.read_bytes()[-1:] not in {b"", b"\n"}
    with options.out.open("a", encoding="utf-8") as out:
        out.write("\n" if broken else "")
        for cell in study.run():
            out.write(json.dumps(cell) + "\n")
            out.flush()
    print(report(read_cells(options.out), options.rows))


def read_cells(path: Path) -> list[Cell]:
    """The lines of earlier runs, the last of each cell; a line that broke off is left out."""
    cells: dict[tuple[Any, ...], Cell] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                cell = json.loads(line)
            except ValueError:
                continue
            cells[key(cell)] = cell
    return list(cells.values())


def key(cell: Cell) -> tuple[Any, ...]:
    """What makes a cell the same as another."""
    names = ("model", "family", "revision", "device", "workload", "seed", "rows")
    return tuple(cell[name] for name in names)


class Study:
    """The run: which cells, in which order.

    Seeds are the inner loop's outer one, so that all models of a workload take turns.
    """

    def __init__(
        self, options: argparse.Namespace, hardware: Hardware, done: set[tuple[Any, ...]]
    ) -> None:
        self._options, self._hardware, self._done = options, hardware, done
        self._corpora = []
        for corpus in corpora(options.data, options.workload):
            if enough(corpus, options.rows):
                self._corpora.append(corpus)
            else:
                _say(f"{corpus.definition.name}: left out, fewer than {options.rows} texts")
        self._models = list(models(options.model, options.family))
        self._end = time.monotonic() + 60 * options.minutes

    def run(self) -> Iterator[Cell]:
        """The missing cells, as they are measured; families that cannot run say why."""
        total = len(self._models) * len(self._corpora) * self._options.seeds
        number = 0
        names = choose_meters(self._hardware)
        with ExitStack() as stack:
            opened = [stack.enter_context(METERS.get(name).open(self._hardware)) for name in names]
            provenance = provenance_of([each.describe() for each in opened], self._hardware.device)
            bench = Bench(Meters(opened), self._hardware, self._options.seconds, provenance)
            for corpus in self._corpora:
                with Doors(corpus, self._hardware) as doors:
                    for seed in range(self._options.seeds):
                        rows = draw(corpus, seed, self._options.rows)
                        for model in self._models:
                            number += 1
                            name = self._named(model, corpus, seed)
                            if key(name) in self._done or doors.closed_to(model):
                                continue
                            if time.monotonic() > self._end:
                                _say(f"stopped after {self._options.minutes:g} min; run it again")
                                return
                            cell = name | doors.measure(model, rows, bench)
                            _say(f"[{number}/{total}] {_told(cell)}")
                            yield cell

    def _named(self, model: ResolvedModel, corpus: Corpus, seed: int) -> Cell:
        return {
            "model": model.name,
            "revision": model.revision,
            "family": model.family,
            "device": self._hardware.device,
            "workload": corpus.definition.name,
            "seed": seed,
            "rows": self._options.rows,
        }


class Bench:
    """Meters, and how long they are watched."""

    def __init__(self, meters: Meters, hardware: Hardware, seconds: float, provenance: str) -> None:
        self._meters, self._seconds, self._provenance = meters, seconds, provenance
        self._device = hardware.device
        self._batching = _GPU_BATCH if hardware.gpus else _CPU_BATCH

    def ask(self, loaded: LoadedModel, texts: list[str]) -> tuple[tuple[int, ...], Cell]:
        """The answers, and what one pass over the texts takes."""

        def pass_() -> None:
            loaded.predict(texts, self._batching)

        def passes() -> int:
            end, count = time.perf_counter() + self._seconds, 0
            while not count or time.perf_counter() < end:
                pass_()
                count += 1
            finish(self._device)
            return count

        settled = time.perf_counter() + _SETTLE_S
        said = loaded.predict(texts, self._batching)
        while time.perf_counter() < settled:
            pass_()
        metered = self._meters.around(passes, pass_)
        count = metered.result
        told = {part for reading in metered.energy for part in reading.joules}
        parts = [part for part in PARTS[self._device] if part in told]
        return said.labels, {
            "tokens": said.tokens,
            "passes": count,
            "seconds": metered.seconds / count,
            "cpu_s": metered.usage.own_seconds / count,
            "joules": joules_of(metered.energy, parts) / count,
            "foreign": metered.foreign_share,
            "provenance": self._provenance,
        }


class Doors(ExitStack):
    """Open models of one workload."""

    def __init__(self, corpus: Corpus, hardware: Hardware) -> None:
        super().__init__()
        self._corpus = corpus
        self._placement = Placement(hardware.device, "auto", hardware.physical_cores)
        self._open: dict[tuple[str, str], LoadedModel] = {}
        self._closed: set[tuple[str, str]] = set()

    def closed_to(self, model: ResolvedModel) -> bool:
        """Whether it could not be opened or asked before."""
        return (model.name, model.family) in self._closed

    def measure(self, model: ResolvedModel, rows: Draw, bench: Bench) -> Cell:
        """Fit, ask and count; or why not."""
        try:
            labels = self._label_map(model)
            with ExitStack() as once:
                loaded = self._load(model, once)
                fitting = fit(loaded, rows)
                said, cost = bench.ask(loaded, [text for text, _ in rows.test])
        except EnergyLabelError as error:
            if isinstance(error, NotRatableError):
                self._closed.add((model.name, model.family))
            return {"skipped": f"{error.message} ({error.hint})"}
        right = sum(
            0 <= answer < len(labels) and labels[answer] == gold
            for answer, (_, gold) in zip(said, rows.test, strict=True)
        )
        return {"accuracy": right / len(rows.test), "fit_s": fitting} | cost

    def _load(self, model: ResolvedModel, once: ExitStack) -> LoadedModel:
        """What has no files costs nothing to open, and starts from nothing for each cell."""
        if not find_family(model.family).files:
            return once.enter_context(self._opened(model))
        name = model.name, model.family
        if name not in self._open:
            self._open[name] = self.enter_context(self._opened(model))
        return self._open[name]

    def _opened(self, model: ResolvedModel) -> AbstractContextManager[LoadedModel]:
        definition = self._corpus.definition
        task = Task(
            labels=definition.labels,
            wording=workloads.wording(definition.language, definition.wording),
            mode=find_family(model.family).usual_mode,
        )
        return find_family(model.family).open(model, self._placement, task)

    def _label_map(self, model: ResolvedModel) -> tuple[int | None, ...]:
        definition = self._corpus.definition
        if model.labels is None:
            return tuple(range(len(definition.labels)))
        return match_labels(model.labels, definition, definition.synonyms)


def fit(loaded: LoadedModel, rows: Draw) -> float | None:
    """Seconds that fitting took; None for a model that comes fitted."""
    if not isinstance(loaded, Fittable):
        return None
    began = time.perf_counter()
    loaded.fit([text for text, _ in rows.train], [label for _, label in rows.train])
    return time.perf_counter() - began


def models(folders: list[str], wanted: list[str]) -> Iterator[ResolvedModel]:
    """Families without files, then the models given; those of the wanted families, if named."""
    for name, family in sorted(families().items()):
        if family.recipe and (not wanted or name in wanted):
            yield model_without_files(family, name)
    for argument in folders:
        path, _, named = argument.partition("=")
        try:
            model = resolve(parse_model(path), family=named or None)
        except EnergyLabelError as error:
            raise SystemExit(f"{path}: {error.message}; {error.hint}") from error
        if not wanted or model.family in wanted:
            yield model


def _told(cell: Cell) -> str:
    what = f"{shown(cell)} · {cell['workload']} · seed {cell['seed']}"
    if "skipped" in cell:
        return f"{what}: left out, {cell['skipped']}"
    return (
        f"{what}: {100 * cell['accuracy']:.1f} %, "
        f"{1000 * cell['cpu_s'] / cell['rows']:.3g} CPU-s per 1,000 texts"
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of workload folders")
    parser.add_argument("--model", action="append", default=[], metavar="FOLDER[=FAMILY]")
    parser.add_argument("--out", type=Path, default=Path("study.jsonl"))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rows", type=int, default=ROWS, help="to fit on, and as many to ask")
    parser.add_argument("--workload", action="append", default=[])
    parser.add_argument("--family", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=0.5, help="of asking under the meters")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--device", default="cpu")
    return parser.parse_args()


if __name__ == "__main__":
    main()
