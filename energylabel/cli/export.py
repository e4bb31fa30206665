"""``energylabel export``: a label in a format that others ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from energylabel.cli.output import Output, talking
from energylabel.errors import UsageError

if TYPE_CHECKING:
    from energylabel.records import CarbonIntensity


@click.command()
@click.argument("label", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--to",
    "name",
    required=True,
    metavar="FORMAT",
    help="boamps, cyclonedx, spdx, every-eval-ever, sci, codecarbon-csv, eval-results, or that of"
    " a plug-in.",
)
@click.option("--out", metavar="FILE", help="Write it here instead of to standard output.")
@click.option("--country", metavar="CODE", help="ISO code: where the machine stood.")
@click.option(
    "--infrastructure",
    metavar="KIND",
    help="What it stood in: publicCloud, privateCloud, onPremise or other; boamps demands it.",
)
@click.option(
    "--evaluator",
    metavar="WHO",
    help="Whoever rated: first_party, third_party, collaborative or other; every-eval-ever"
    " demands it.",
)
@click.option("--organization", metavar="NAME", help="Who rated, for every-eval-ever.")
@click.option("--released", metavar="DATE", help="Day of the model's release, for spdx.")
@click.option(
    "--task-id",
    metavar="ID",
    help="Of the task in eval.yaml of the dataset on the Hub; eval-results demands it.",
)
@talking("human", "json")
@click.pass_obj
def export(output: Output, /, label: Path, name: str, **options: Any) -> int:
    """Write a label in a format that others read: for reports, bills of materials, boards.

    LABEL is the folder of one label, or a file in it. It is judged again from its evidence, which
    must not contradict itself. What a format demands and a label does not know is asked for; an
    estimate is a range, and where a format has room for one number alone, it is refused.
    """
    from energylabel import exporting, publishing, storing

    folder = storing.find(label)
    entry = publishing.read_checked(folder, storing.address(folder))
    more = exporting.Additions(
        carbon=_grid(options["country"]),
        evaluator=options["evaluator"],
        infrastructure=options["infrastructure"],
        organization=options["organization"],
        released=options["released"],
        task_id=options["task_id"],
    )
    content = exporting.export(name, entry.evidence, entry.label, more)
    if options["out"] is None:
        output.data(content.decode().removesuffix("\n"))
    else:
        _write(Path(options["out"]), content)
        output.say(f"written: {options['out']}")
    return 0


def _grid(country: str | None) -> CarbonIntensity | None:
    if country is None:
        return None
    from energylabel.meters import carbon_intensity

    return carbon_intensity(country)


def _write(path: Path, content: bytes) -> None:
    """The file, whole or not at all.

    Raises:
        UsageError: It would take the place of evidence or of a label.
        OutputError: It cannot be written.
    """
    from energylabel import storing

    if path.name in {storing.EVIDENCE, storing.LABEL}:
        raise UsageError(
            f"{path} is called as a label's own records are", "choose another name with --out"
        )
    storing.replace(path.parent, {path.name: content})
