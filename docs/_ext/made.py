"""Pages that are made from the code at each build: commands, schemas, the Action, the example page.

They lie under ``docs/reference/commands`` and ``docs/_made``, which git ignores.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import commands
import yaml
from sphinx.application import Sphinx

import energylabel
from energylabel import errors
from energylabel.cli.app import app as program
from energylabel.records import Comparison, Evidence, Job, Label, Outcome

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
MADE = DOCS / "_made"
EXTRA = MADE / "extra"
SANDBOX = MADE / "sandbox"
"""Where the examples of the pages are run: a copy of the repository's labels."""

COMMANDS = DOCS / "reference" / "commands"
RECORDS = {
    "label": Label,
    "evidence": Evidence,
    "comparison": Comparison,
    "job": Job,
    "outcome": Outcome,
}


def make(_: Sphinx) -> None:
    """Make everything anew, before Sphinx looks for pages."""
    for folder in (MADE, COMMANDS):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for name, command in program.commands.items():
        write(COMMANDS / f"{name}.rst", commands.page(name, command))
    for name, record in RECORDS.items():
        schema = record.model_json_schema()
        write(EXTRA / "schemas" / f"{name}.json", json.dumps(schema, indent=2, ensure_ascii=False))
        write(
            MADE / "fields" / f"{name}.md",
            fields(schema, whole=name in ("label", "evidence", "comparison")),
        )
    write(MADE / "names.rst", names())
    write(MADE / "errors.rst", error_classes())
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    write(MADE / "action.md", inputs_and_outputs(action))
    decisions = sorted((ROOT / ".github" / "decisions").glob("*.md"))
    write(MADE / "decisions.md", "\n".join(each.read_text("utf-8") for each in decisions))
    shutil.copytree(ROOT / "labels", SANDBOX / "labels", ignore=shutil.ignore_patterns("history"))
    shutil.copytree(example(), EXTRA / "example-label")
    subprocess.run(
        [sys.executable, "-m", "energylabel", "page", "labels", "--out", EXTRA / "example-page"],
        cwd=SANDBOX,
        env=os.environ | {"PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(MADE / "state")},
        check=True,
        capture_output=True,
    )


def example() -> Path:
    """The label that the pages speak of."""
    (folder,) = (SANDBOX / "labels" / "local" / "minilm-l6-sst2").glob("*/sst2-test-v1/cpu-amd-*")
    return folder


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")


def names() -> str:
    """The names of the package, each by the directive for its kind."""
    parts = []
    for name in energylabel.__all__:
        if name == "errors":  # a module, with a part of its own
            continue
        value = getattr(energylabel, name)
        kind = "class" if isinstance(value, type) else "function" if callable(value) else "data"
        members = "   :members:\n" if kind == "class" else ""
        if kind == "data":
            parts.append(f".. py:data:: {name}\n\n   The version of the program.\n")
        else:
            parts.append(f".. auto{kind}:: energylabel.{name}\n{members}")
    return "\n".join(parts)


def error_classes() -> str:
    """The classes of errors that have an exit code, with it."""
    found = [
        (name, value)
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.EnergyLabelError)
    ]
    return "\n".join(
        f".. autoexception:: energylabel.errors.{name}\n   :show-inheritance:\n\n"
        f"   Exit code {value.exit_code}, kind ``{value.kind}``"
        f"{', may work later' if value.retryable else ''}.\n"
        for name, value in found
    )


def fields(schema: dict[str, Any], *, whole: bool) -> str:
    """The fields of a record as a table; ``whole``: and those of all that it holds."""
    parts = {
        name: part for name, part in sorted(schema.get("$defs", {}).items()) if "properties" in part
    }
    tables = [table(schema, parts if whole else {})]
    if whole:
        tables += [
            f"## {name}\n\n{prose(part.get('description', ''))}\n\n{table(part, parts)}"
            for name, part in parts.items()
        ]
    return "\n\n".join(tables)


def table(schema: dict[str, Any], parts: Collection[str]) -> str:
    """The fields of one record, with links to the records that have tables of their own."""
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {linked(kind(value), parts)}{absent} |"
        for name, value in schema["properties"].items()
        for absent in ("" if name in required else "; may be absent",)
    ]
    return "\n".join(["| field | type |", "|---|---|", *rows])


def linked(words: str, parts: Collection[str]) -> str:
    """Names of records as links to their tables."""
    return re.sub(
        r"`(\w+)`", lambda m: f"[{m[0]}](#{m[1].lower()})" if m[1] in parts else m[0], words
    )


def kind(value: dict[str, Any]) -> str:
    """The type of a field in few words."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"`{name}`"
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(kind(each) for each in value["anyOf"]))
    if "enum" in value or "const" in value:
        words = value.get("enum", [value.get("const")])
        return ", ".join(f"`{json.dumps(each)}`" for each in words)
    if value.get("type") == "array":
        inner = value.get("items") or {}
        return f"list of {kind(inner)}" if inner else "list"
    if value.get("type") == "object" and isinstance(value.get("additionalProperties"), dict):
        return f"object of {kind(value['additionalProperties'])}"
    return str(value.get("type", "any"))


def prose(docstring: str) -> str:
    """A docstring, dedented, as Markdown takes it."""
    return "\n".join(line.strip() for line in docstring.splitlines())


def inputs_and_outputs(action: dict[str, Any]) -> str:
    """The Action's own words about its inputs and outputs."""
    lines = ["## Inputs", "", "| input | meaning |", "|---|---|"]
    for name, value in action["inputs"].items():
        about = " ".join(value["description"].split())
        if value.get("required"):
            about += " Required."
        elif value.get("default"):
            about += f" Default, `{value['default']}`."
        lines.append(f"| `{name}` | {about} |")
    lines += ["", "## Outputs", "", "| output | meaning |", "|---|---|"]
    lines += [
        f"| `{name}` | {' '.join(value['description'].split())} |"
        for name, value in action["outputs"].items()
    ]
    return "\n".join(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("builder-inited", make, priority=100)
    EXTRA.mkdir(parents=True, exist_ok=True)  # named in conf.py, and looked for before it is made
    return {"parallel_read_safe": True}
