"""``energylabel render``, ``verify`` and ``gate``: from stored evidence, without hardware."""

import json
from pathlib import Path
from typing import Any

import click

from energylabel.cli import parameters
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
        for line in summary.details(rated) if output.verbose else []:
            output.say(line)
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


@click.command()
@_path
@parameters.gate_options
@talking("human", "json", "github")
@click.pass_obj
def gate(output: Output, /, path: Path, **options: Any) -> int:
    """Hold the label in PATH against limits, without rating anything.

    PATH is the folder of one label, or a file in it. Figures are made again from the evidence. A
    limit that might be broken is not met: of the accuracy the whole interval has to be within, of
    estimated watt-hours the whole range. Exit code 0 when all limits are met, else 1.

    \b
    Example:
      energylabel gate labels/org/model/… --min-accuracy 0.9 --max-p95 50ms --max-memory 2GB
    """  # noqa: D301 - click reads the escape
    from energylabel import gating as gates
    from energylabel.pipeline import judged

    if not any(gates.asked(options)):
        raise click.UsageError("give a limit, such as --min-accuracy 0.9")
    label = judged(path)
    found = gates.verdicts(label, options)
    lines = gates.broken(label, options)
    if output.format == "json":
        shown = {"model": label.subject.name, "gates": gates.described(label, options)}
        output.data(json.dumps(shown, ensure_ascii=False, indent=2))
    elif output.format == "github":
        output.data("\n".join(annotation("error", "energylabel policy", each) for each in lines))
    else:
        for each in found:
            output.data(f"{'met    ' if each.met else 'not met'}  {each.gate} {each.limit}")
        for line in lines:
            output.say(f"policy: {line}")
    return 0 if all(each.met for each in found) else 1
