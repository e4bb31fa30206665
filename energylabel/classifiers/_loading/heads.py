"""Which model types transformers can load in which role, without importing torch."""

import ast
import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

from energylabel.errors import NotRatableError

Table = Literal[
    "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES",
    "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES",
    "MODEL_MAPPING_NAMES",
]
"""Names of the library's tables, one for each ``AutoModel…`` class."""

CLASSIFIERS: Final = "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES"
CAUSAL: Final = "MODEL_FOR_CAUSAL_LM_MAPPING_NAMES"
SEQ2SEQ: Final = "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES"
ENCODERS: Final = "MODEL_MAPPING_NAMES"

TEXT_ENCODERS = frozenset({"t5", "mt5", "umt5"})
"""Models with a decoder whose encoder transformers loads alone."""


def refuse_decoder(model_type: str) -> None:
    """Refuse to embed with a model that has a decoder behind its encoder, but for T5's kin.

    Raises:
        NotRatableError: It is none of them.
    """
    if model_type not in TEXT_ENCODERS:
        raise NotRatableError(
            f"is an encoder with a decoder ({model_type}): which of them embeds is open",
            f"rate an encoder, a decoder, or one of {', '.join(sorted(TEXT_ENCODERS))}",
        )


@cache
def classes(table: str) -> dict[str, str]:
    """Model type → class, of one of the tables of the installed version.

    The table is read from the library's source: importing it would import torch, which takes
    seconds, into a process that never runs a model.
    """
    spec = find_spec("transformers")
    places = spec.submodule_search_locations if spec else None
    found = _written(tuple(places or ())).get(table)
    if found:
        return found
    from transformers.models.auto import modeling_auto

    return dict(getattr(modeling_auto, table))


@cache
def mentions(model_type: str, word: str) -> bool:
    """Whether the library's code for a model type names a word; True where there is none to read.

    Read from the source, as :func:`classes` is.
    """
    spec = find_spec("transformers")
    places = (spec.submodule_search_locations if spec else None) or ()
    sources = [
        path
        for place in places
        for path in Path(place, "models", model_type.replace("-", "_")).glob("*.py")
    ]
    found = re.compile(rf"\b{re.escape(word)}\b")
    return not sources or any(found.search(path.read_text("utf-8")) for path in sources)


def library_version() -> str:
    """Version of transformers, for messages."""
    return version("transformers")


@cache
def _written(places: Sequence[str]) -> dict[str, dict[str, str]]:
    """The tables as they are written: ``NAME = OrderedDict([("bert", "BertFor…"), …])``."""
    found: dict[str, dict[str, str]] = {}
    for place in places:
        source = Path(place, "models", "auto", "modeling_auto.py")
        body = ast.parse(source.read_text("utf-8")).body if source.is_file() else []
        for node in body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[pairs])) if (
                    name in (CLASSIFIERS, CAUSAL, SEQ2SEQ, ENCODERS)
                ):
                    rows = ast.literal_eval(pairs)
                    found[name] = {
                        kind: kept if isinstance(kept, str) else kept[0] for kind, kept in rows
                    }
    return found
