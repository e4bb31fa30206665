"""``energylabel compare``: labels side by side, and a gate on what became worse."""

import json
import re
import shlex
from itertools import combinations
from pathlib import Path
from typing import Any

import click

from energylabel.cli import parameters
from energylabel.cli.output import FORMATS, Output, annotation, talking
from energylabel.cli.progress import progress
from energylabel.errors import UsageError


def _percentage(context: click.Context, parameter: click.Parameter, value: Any) -> float | None:
    """``+5%`` → 0.05."""
    del context, parameter
    if value is None:
        return None
    found = re.fullmatch(r"\+?(\d+(?:\.\d+)?)\s?%", value)
    if found is None:
        raise click.BadParameter(f"{value!r} is no increase in per cent, such as +5%")
    return float(found[1]) / 100


def _points(context: click.Context, parameter: click.Parameter, value: Any) -> float | None:
    """``-0.5`` points → 0.005."""
    del context, parameter
    if value is None:
        return None
    found = re.fullmatch(r"-?(\d+(?:\.\d+)?)", value)
    if found is None or not 0 <= float(found[1]) <= 100:
        raise click.BadParameter(f"{value!r} is no loss in points of accuracy, such as -0.5")
    return float(found[1]) / 100


@click.command()
@click.argument("labels", nargs=-1, required=True, metavar="LABEL...")
@click.option(
    "--against",
    metavar="main|LABEL",
    help="The earlier label that one LABEL is held against; main: that of the Hub's main branch.",
)
@click.option(
    "--fail-if-energy",
    metavar="+N%",
    callback=_percentage,
    help="Exit 1 when the energy surely grew by more; with --against.",
)
@click.option(
    "--fail-if-accuracy",
    metavar="-N",
    callback=_points,
    help="Exit 1 when the accuracy surely fell by more points; with --against.",
)
@click.option(
    "--price",
    type=float,
    callback=parameters.positive,
    metavar="AMOUNT",
    help="Price of a kilowatt-hour: adds the cost of a million texts.",
)
@click.option("--country", metavar="CODE", help="ISO code: adds kg CO2e of a million texts.")
@click.option("--workload", metavar="NAME", help="Which label, where a source has several.")
@talking(*FORMATS)
@click.pass_obj
def compare(output: Output, /, labels: tuple[str, ...], **options: Any) -> int:
    """Compare labels: accuracy on the same rows, energy, latency, memory, and who dominates.

    LABEL is the folder of a label, a file in it, or org/model[@revision] with a label on the Hub.
    What the standard does not let be compared (other rows, other machines, quick looks) is left
    out, and what differs is named.

    With --against, one LABEL is held against an earlier one, and exit code 1 means that it became
    worse than --fail-if-energy or --fail-if-accuracy allow, beyond doubt.
    """
    from energylabel.cli import comparison_words as words
    from energylabel.cli.github import append_summary
    from energylabel.comparing import Prices, regressions
    from energylabel.comparing import compare as compare_entries
    from energylabel.publishing import gather, standing_beside
    from energylabel.rendering import comparison_sentences

    against = options["against"]
    limits = {"energy": options["fail_if_energy"], "accuracy": options["fail_if_accuracy"]}
    _check(labels, against, limits)
    with progress(output) as observer:
        entries = [gather(each, workload=options["workload"], observer=observer) for each in labels]
        if against == "main":
            earlier = standing_beside(entries[0], observer)
            entries = entries if earlier is None else [earlier, *entries]
        elif against is not None:
            wanted = entries[0].label.workload.name
            entries.insert(0, gather(against, workload=wanted, observer=observer))
    if against is None and len({entry.label.id for entry in entries}) < len(entries):
        raise UsageError("two of these are the same label", "name each label once")
    found = compare_entries(entries, Prices(options["price"], _grams(options["country"])))
    lost = regressions(found.differences[0], **limits) if against and found.differences else []
    if not found.differences:
        output.say("the Hub's main has no such label yet: there is nothing to compare with")
    if output.format == "json":
        shown = found.model_dump(mode="json") | ({"regressions": lost} if against else {})
        output.data(json.dumps(shown, ensure_ascii=False, indent=2))
    elif output.format == "github":
        levels = [("notice", each) for each in comparison_sentences(found)]
        levels += [("error", each) for each in lost]
        output.data(
            "\n".join(annotation(level, "energylabel compare", each) for level, each in levels)
        )
        append_summary(words.markdown(found, lost))
    elif output.format == "markdown":
        output.data(words.markdown(found, lost))
    else:
        output.data(words.human(found))
    for each in lost:
        output.fail(each, "")
    return 1 if lost else 0


def _check(labels: tuple[str, ...], against: str | None, limits: dict[str, float | None]) -> None:
    if against is not None and len(labels) != 1:
        raise UsageError("--against takes one label", "give the new label alone, or leave it out")
    if against is None and len(labels) < 2:
        _name_each(labels[0])
        raise UsageError("one label is compared with nothing", "give two or more, or --against")
    if against is None and any(limit is not None for limit in limits.values()):
        raise UsageError(
            "--fail-if-energy and --fail-if-accuracy hold one label against an earlier one",
            "name it with --against",
        )


def _name_each(source: str) -> None:
    """Say what to do with a folder of many labels, of which no two are named."""
    from energylabel.publishing import folders_below

    found = folders_below(Path(source)) if Path(source).is_dir() else []
    if len(found) < 2:
        return
    # Two of one workload on one kind of machine can be held against each other.
    pairs = combinations(found, 2)
    pair = next((each for each in pairs if each[0].parts[-2:] == each[1].parts[-2:]), found[:2])
    raise UsageError(
        f"{source} has {len(found)} labels, and each one to compare is named by itself",
        f"name two or more, such as: energylabel compare {shlex.join(map(str, pair))};"
        f" energylabel list {shlex.quote(source)} names all, and energylabel page"
        f" {shlex.quote(source)} puts all on one page",
    )


def _grams(country: str | None) -> float | None:
    if country is None:
        return None
    from energylabel.meters import carbon_intensity

    return carbon_intensity(country).grams_per_kwh
