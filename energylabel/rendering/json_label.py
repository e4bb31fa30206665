"""The record itself, for programs."""

import json

from energylabel.records import Label
from energylabel.rendering.base import Format


def write_json(label: Label) -> bytes:
    """Indented JSON with sorted keys, ASCII alone, and a line break at the end."""
    text = json.dumps(label.model_dump(mode="json"), indent=2, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()


PLUGIN = Format(name="json", file="label.json", media_type="application/json", draw=write_json)
