"""``energylabel render`` and ``verify``: from stored evidence, without hardware."""

import json
from pathlib import Path

import click

from energylabel.cli.output import FORMATS, Output, annotation, talking

MISMATCH = 4

_path = click.argument("path", type=click.Path(exists=True, path_type=Path))


@click.command()
@_path
@talking(*FORMATS)
@click.pass_obj
def render(output: Output, path: Path) -> int:
    """Make a label and its pictures again from the evidence in PATH.

    PATH is the folder of one label, or a file in it. The same evidence gives the same bytes.
    """
    from energylabel.cli import summary
    from energylabel.pipeline import relabel

    rated = relabel(path)
    if output.format == "json":
        output.data(json.dumps(rated.label.model_dump(mode="json"), ensure_ascii=False, indent=2))
    else:
        output.data(getattr(summary, output.format)(rated))
    return 0


@click.command()
@_path
@talking("human", "json", "github")
@click.pass_obj
def verify(output: Output, path: Path) -> int:
    """Check that a label follows from its evidence, and that this does not contradict itself.

    Recomputes metrics, grades and digest, and draws the pictures and the card block again, as far
    as they are there. Exit code 0 when all match, 4 when something differs, 2 when a record is
    unreadable or of a newer schema.
    """
    from energylabel.pipeline import differences

    found = differences(path)
    if output.format == "json":
        output.data(json.dumps({"match": not found, "differences": found}, ensure_ascii=False))
    elif found and output.format == "github":
        output.data("\n".join(annotation("error", "energylabel verify", each) for each in found))
    elif found:
        output.data("\n".join(found))
    else:
        output.data("the label follows from its evidence")
    return MISMATCH if found else 0
