"""Which model types transformers can load with a classification head, without importing torch."""

import ast
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_TABLE = "MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES"


@cache
def classifier_classes() -> dict[str, str]:
    """Model type → class of ``AutoModelForSequenceClassification``, of the installed version.

    The table is read from the library's source: importing it would import torch, which takes
    seconds, into a process that never runs a model.
    """
    spec = find_spec("transformers")
    places = spec.submodule_search_locations if spec else None
    for place in places or ():
        source = Path(place, "models", "auto", "modeling_auto.py")
        table = _literal(source) if source.is_file() else None
        if table:
            return table
    from transformers.models.auto import modeling_auto

    return dict(getattr(modeling_auto, _TABLE))


def library_version() -> str:
    """Version of transformers, for messages."""
    return version("transformers")


def _literal(source: Path) -> dict[str, str] | None:
    """The table as it is written: ``NAME = OrderedDict([("bert", "BertFor…"), …])``."""
    for node in ast.parse(source.read_text("utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[pairs])) if (
                name == _TABLE
            ):
                rows = ast.literal_eval(pairs)
                return {kind: cls if isinstance(cls, str) else cls[0] for kind, cls in rows}
    return None
