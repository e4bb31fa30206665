"""Labels of models on the loopback Hub, as a rating of them would leave them on this machine."""

import hashlib
from pathlib import Path
from typing import Any

from hub.fixtures import HubHome
from support.evidence import make_evidence, make_subject

from energylabel import storing
from energylabel.judging.judgement import judge
from energylabel.records.evidence import Evidence
from energylabel.records.subject import FileDigest
from energylabel.rendering._render import files_of

MODEL = "acme/minilm"
CARD = b"---\nlicense: mit\nlanguage: no\nversion: 1.10 # as it is\n---\r\n# MiniLM\n\nMine.\n"
FILES = {"config.json": b'{"model_type": "bert"}', "model.safetensors": b"weights" * 100}
PLACE = "energylabel/ag-news-v1/cpu-amd-epyc-9r14-2"
PUBLISHED = {
    "README.md",
    f"{PLACE}/badge.svg",
    f"{PLACE}/confusion.svg",
    *(f"{PLACE}/{name}" for name in ("evidence.json", "label.json", "label.png", "label.svg")),
}


def rated(
    name: str,
    commit: str,
    files: dict[str, bytes],
    *,
    about: dict[str, Any] | None = None,
    **overrides: Any,
) -> Evidence:
    """Evidence of a rating of these files at this commit; ``about`` are fields of its subject."""
    digests = tuple(
        FileDigest(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())
        for path, content in sorted(files.items())
    )
    told = {"source": "hub", "name": name, "revision": commit, "files": digests} | (about or {})
    return make_evidence(subject=make_subject(**told), **overrides)


def store(out: Path, evidence: Evidence) -> Path:
    """The label of the evidence in a tree of labels; returns its folder."""
    return storing.write(out, evidence, files_of(judge(evidence)))


def published(home: HubHome, out: Path, **overrides: Any) -> Path:
    """A model on the Hub, and the folder of a label of it."""
    home.hub.storage.commit("models", MODEL, {**FILES, "README.md": CARD})
    return again(home, out, **overrides)


def again(home: HubHome, out: Path, **overrides: Any) -> Path:
    """The folder of a label of what ``main`` holds now."""
    storage = home.hub.storage
    commit = storage.resolve("models", MODEL, "main")
    assert commit is not None
    entries = {entry.path: entry for entry in storage.tree("models", MODEL, commit)}
    files = {path: storage.read("models", MODEL, entries[path]) for path in FILES}
    return store(out, rated(MODEL, commit, files, **overrides))
