"""Loads a network in PyTorch, asks it, and exports it: a process of its own, which is not metered.

It reads one JSON object from standard input and writes one to standard output: what the network
told and said, or ``{"error": …, "hint": …}``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from energylabel.classifiers import LoadedNetwork, Placement, find_family
from energylabel.errors import EnergyLabelError, NotRatableError, one_line
from energylabel.records import OpenModel
from energylabel.runtimes import find_runtime
from energylabel.standard import PROCEDURE
from energylabel.worker.comparing import compare
from energylabel.worker.exported.holding import ALONE, PADDED, refuse_apart, scores_of
from energylabel.worker.sandbox import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from energylabel.runtimes import Facts, Runtime
    from energylabel.worker.exported.holding import Scores


def main() -> None:
    """Serve one request."""
    end_with_parent()
    given = json.load(sys.stdin)
    request = OpenModel.from_dict(given["request"])
    try:
        answer = _export(request, given["texts"], Path(given["folder"]))
    except EnergyLabelError as error:
        answer = {"error": error.message, "hint": error.hint}
    except Exception as error:  # noqa: BLE001 - what a network or its exporter can raise is not known
        answer = {"error": _cause(error), "hint": "rate it with PyTorch: leave out --runtime"}
    sys.stdout.write("\n" + json.dumps(answer))


def _export(request: OpenModel, texts: Sequence[str], folder: Path) -> dict[str, Any]:
    """What a network tells, and says to a sample of the texts; its graph is in the folder then.

    Raises:
        NotRatableError: It is none for the runtime, or its graph computes something else.
    """
    runtime, family = find_runtime(request.runtime), find_family(request.family)
    if request.model is None or runtime.export is None:
        raise NotRatableError(f"models of the family {family.name} run on PyTorch alone", "")
    scaled = request.dtype in runtime.scaled
    placement = Placement("cpu", "float32" if scaled else request.dtype, request.threads)
    with family.open(request.model, placement, request.task) as loaded:
        if not isinstance(loaded, LoadedNetwork):
            raise NotRatableError(f"models of the family {family.name} run on PyTorch alone", "")
        if loaded.dtype != "float32":
            raise NotRatableError(
                f"its weights are {loaded.dtype}, which {runtime.title} does not compute in here",
                "add --dtype float32",
            )
        facts = loaded.facts()
        order = _telling(loaded.count_tokens(texts), request.queries)
        example = loaded.example([texts[place] for place in order])
        alone = _alone(loaded, [texts[place] for place in order])
        order = order[: len(alone)]
        sample = [texts[place] for place in order]
        agreement = compare(loaded, sample, PADDED, request.role) if scaled else None
        padded = scores_of(loaded, sample, PADDED)

        def hold() -> None:
            graph = _opened(request, runtime, facts, folder)
            refuse_apart(scores_of(graph, sample, ALONE), alone, runtime.title)
            refuse_apart(scores_of(graph, sample, PADDED), padded, runtime.title)

        try:
            runtime.export(loaded.network, example, request.dtype, folder, hold)
        except (EnergyLabelError, MemoryError):
            raise
        except Exception as error:
            raise NotRatableError(
                f"it cannot be exported for {runtime.title}: {_cause(error)}",
                "rate it with PyTorch: leave out --runtime",
            ) from error
    return {
        "facts": facts.model_dump(mode="json"),
        "asked": order,
        "said": alone.tolist(),
        "agreement": None if agreement is None else agreement.model_dump(mode="json"),
        "example": {name: tensor.tolist() for name, tensor in example.items()},
    }


def _opened(request: OpenModel, runtime: Runtime, facts: Facts, folder: Path) -> Any:
    """The exported network in float32."""
    if runtime.open is None or request.model is None:
        raise NotRatableError(f"{runtime.title} runs no exported network", "")
    graph = runtime.open(folder, request.threads)
    placement = Placement("cpu", "float32", request.threads, graph, facts)
    with find_family(request.family).open(request.model, placement, request.task) as loaded:
        return loaded


def _alone(loaded: LoadedNetwork, texts: Sequence[str]) -> Scores:
    """Scores of texts that are asked one at a time, as many as the standard gives time for."""
    limits = PROCEDURE.agreement
    began, count = time.monotonic(), 0
    found = []
    while count < len(texts):
        if count >= limits.least_texts and time.monotonic() - began > limits.sample_s:
            break
        found.append(scores_of(loaded, texts[count : count + 1], ALONE))
        count += 1
    import numpy as np

    return np.concatenate(found)


def _telling(tokens: Sequence[int], queries: int) -> list[int]:
    """The shortest of all texts, the longest, and the first of the queries.

    An exported network may know lengths up to a bound alone, which no other text would show.
    """
    places = range(len(tokens))
    ends = (min(places, key=tokens.__getitem__), max(places, key=tokens.__getitem__))
    return list(dict.fromkeys((*ends, *places[:queries])))[: PROCEDURE.runtime.texts]


def _cause(error: Exception) -> str:
    """What was raised first, in a line: exporters wrap it, and add pages."""
    while error.__cause__ is not None and isinstance(error.__cause__, Exception):
        error = error.__cause__
    first = next((line for line in str(error).splitlines() if line.strip()), "")
    return one_line(f"{type(error).__name__}: {first}".rstrip(": "), 200)
