"""``energylabel list``: the labels that lie in folders, one line each."""

import json
from typing import Any

import click

from energylabel.cli.output import Output, talking
from energylabel.cli.progress import progress

_HEAD = ("model", "workload", "hardware", "energy", "index", "accuracy", "rated")
_DIGITS = 12


@click.command("list")
@click.argument("sources", nargs=-1, metavar="[LABELS...]")
@click.option("--strict", is_flag=True, help="Fail where one cannot be used.")
@talking("human", "json", "markdown")
@click.pass_obj
def list_labels(output: Output, sources: tuple[str, ...], *, strict: bool) -> int:
    """List the labels in LABELS..., by default those under labels/.

    LABELS is a folder with labels somewhere below, a file of a label, or org/model on the Hub.
    What cannot be used is named on stderr and left out. --format json has all figures, flat.

    \b
    Examples:
      energylabel list
      energylabel list labels/my-org org/model --format markdown
    """  # noqa: D301 - click reads the escape
    from energylabel.gathered import load

    with progress(output) as observer:
        found = load(list(sources) or ["labels"], strict=strict, observer=observer)
    for line in found.left_out:
        output.say(f"left out: {line}")
    rows = found.to_rows()
    if output.format == "json":
        output.data(json.dumps(rows, indent=2, ensure_ascii=False))
        return 0
    if not rows and output.format == "human":
        output.say("no labels")
        return 0
    from energylabel.cli.summary import columns

    markdown = output.format == "markdown"
    output.data(columns([_HEAD, *map(_line, rows)], markdown=markdown))
    return 0


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    """A label's cells: a quick look and an estimate are marked as everywhere."""
    from energylabel import formatting
    from energylabel.records import OWN
    from energylabel.standard import load_scale

    about = "≈ " if row["provenance"] == "estimated" else ""
    index, bounds = row["energy_index"], load_scale(row["standard"]).energy
    revision = row["revision"][:_DIGITS]
    called = row["workload"]
    if called.startswith(OWN) and row["workload_title"]:
        called = f"{row['workload_title']} ({called})"
    quick = " (quick look)" if row["protocol"] == "quick" else ""
    setup = f" · {row['setup']}" if row["setup"] else ""
    return (
        f"{row['name']} @ {revision}",
        f"{called}{quick}",
        f"{row['hardware']}{setup}",
        f"{about.strip()}{row['energy_class'] or row['energy_open'] or '?'}",
        "" if index is None else f"{about}{formatting.index(index, bounds)}",
        f"{row['accuracy_class'] or '–'} {formatting.percentage(row['accuracy'])} %",
        formatting.date(row["issued_at"]),
    )
