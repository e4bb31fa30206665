"""The record itself, for programs."""

import json

from energylabel.records import Label
from energylabel.rendering.base import Artifact, Renderer


class JsonRenderer:
    """Writes ``label.json``."""

    name = "json"

    def render(self, label: Label) -> Artifact:
        """Indented JSON with sorted keys, ASCII alone, and a line break at the end."""
        text = json.dumps(label.model_dump(mode="json"), indent=2, sort_keys=True, allow_nan=False)
        return Artifact("label.json", "application/json", f"{text}\n".encode())


PLUGIN: Renderer = JsonRenderer()
