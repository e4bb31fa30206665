"""A model that is loaded as its family does, or exported and opened by another runtime."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from energylabel.classifiers import FAMILIES, Placement, Scaled, model_without_files
from energylabel.errors import MeasurementError, NotRatableError
from energylabel.records import Agreement, Exported
from energylabel.runtimes import PYTORCH, Facts, find_runtime, try_out
from energylabel.untrusted import ask_child
from energylabel.worker.exported.holding import ALONE, held, refuse_apart, scores_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from energylabel.classifiers import LoadedModel
    from energylabel.records import OpenModel
    from energylabel.runtimes import Runtime

_CHILD = "energylabel.worker.exported.child"
_PATIENCE_S = 1800.0
"""For exporting: a model of half a gigabyte takes about a minute on one core."""

_HINT = "rate it with PyTorch: leave out --runtime"


@contextmanager
def opened(request: OpenModel, texts: Sequence[str]) -> Iterator[LoadedModel]:
    """A model, ready to answer.

    Args:
        request: What to load, and how.
        texts: All of the workload, in its order.

    Raises:
        NotRatableError: It does not load, or is none for the runtime.
    """
    if request.runtime != PYTORCH:
        with _exported(request, texts) as loaded:
            yield loaded
        return
    family = FAMILIES.get(request.family)
    model = request.model or model_without_files(family, request.family)
    placement = Placement(request.device, request.dtype, request.threads)
    with family.open(model, placement, request.task) as loaded:
        yield loaded


def versions(request: OpenModel) -> dict[str, str]:
    """Versions of the packages that a runtime other than PyTorch is made of."""
    return {name: version(name) for name in find_runtime(request.runtime).distributions}


@contextmanager
def _exported(request: OpenModel, texts: Sequence[str]) -> Iterator[LoadedModel]:
    runtime, family = find_runtime(request.runtime), FAMILIES.get(request.family)
    if request.model is None or runtime.open is None or request.runtime not in family.runtimes:
        raise NotRatableError(f"models of the family {family.name} run on PyTorch alone", _HINT)
    name = request.model.name
    with tempfile.TemporaryDirectory(prefix="energylabel-exported-") as made:
        folder = Path(made, "graph")
        folder.mkdir()
        try:
            answer = _ask_child(request, texts, folder)
            kernels = dict(try_out(runtime, folder, request.threads, answer["example"]))
            _refuse_other_precision(request, runtime, kernels)
        except NotRatableError as error:
            raise NotRatableError(f"{name}: {error.message}", error.hint or _HINT) from error
        asked = [texts[place] for place in answer["asked"]]
        graph, facts = runtime.open(folder, request.threads), Facts.from_dict(answer["facts"])
        placement = Placement(request.device, request.dtype, request.threads, graph, facts)
        with family.open(request.model, placement, request.task) as loaded:
            alone, expected = scores_of(loaded, asked, ALONE), np.asarray(answer["said"])
            if request.dtype not in runtime.scaled:
                refuse_apart(alone, expected, runtime.title)
            flips, apart = held(alone, expected)
            loaded.exported = Exported(
                texts=len(asked), flips=flips, apart=float(f"{apart:.3g}"), products=kernels
            )
            if answer["agreement"] is not None:
                agreement = Agreement.from_dict(answer["agreement"])
                labels = tuple(int(label) for label in alone.argmax(axis=1))
                loaded.scaled = Scaled(tuple(asked), labels, agreement)
            yield loaded


def _ask_child(request: OpenModel, texts: Sequence[str], folder: Path) -> dict[str, Any]:
    """What the child says; the graph is in the folder then.

    Raises:
        NotRatableError: The model is none for the runtime.
        MeasurementError: The child's memory ran out.
    """
    given = {
        "request": request.model_dump(mode="json"),
        "texts": list(texts),
        "folder": str(folder),
    }
    try:
        answer, code = ask_child(_CHILD, given, _PATIENCE_S)
    except subprocess.TimeoutExpired as error:
        raise NotRatableError(
            f"exporting it took more than {_PATIENCE_S:.0f} s and was given up", _HINT
        ) from error
    if "error" in answer:
        raise NotRatableError(answer["error"], answer["hint"])
    if code != 0 or "facts" not in answer:
        raise MeasurementError(
            f"the process that exports the model ended with code {code}, most likely"
            " for want of memory",
            "free memory, or rate it with PyTorch: leave out --runtime",
        )
    return answer


def _refuse_other_precision(request: OpenModel, runtime: Runtime, kernels: dict[str, int]) -> None:
    """Refuse a graph that does not run in the precision that was asked for.

    Raises:
        NotRatableError: No product of matrices ran in integers, though it was to; or one did.
    """
    integer = sum(count for name, count in kernels.items() if name in runtime.integer)
    if not kernels:
        raise NotRatableError(f"{runtime.title} multiplied no matrices for it", "")
    if (request.dtype in runtime.scaled) != bool(integer):
        ran = ", ".join(f"{count} × {name}" for name, count in kernels.items())
        raise NotRatableError(
            f"{runtime.title} does not run it in {request.dtype}, but with {ran}", ""
        )
