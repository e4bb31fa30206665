"""``energylabel rate``: which models, and what becomes of their labels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from energylabel.cli import parameters
from energylabel.cli.output import FORMATS, Output, talking
from energylabel.cli.progress import progress

if TYPE_CHECKING:
    from energylabel.records import Job


@click.command()
@click.argument("models", nargs=-1, metavar="[MODEL...]")
@click.option(
    "--from-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="More models: a text file, one a line; # begins a remark.",
)
@click.option("--org", metavar="NAME", help="The text classifiers of an organisation on the Hub.")
@click.option("--search", metavar="TEXT", help="Of --org: those with this in their names.")
@click.option(
    "--min-downloads",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Of --org: those with at least so many downloads a month.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    metavar="N",
    help="Of --org: at most so many, the most downloaded first.",
)
@parameters.rating_options
@click.option(
    "--card",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="README.md",
    help="Put the label into this model card too (as `energylabel card` does).",
)
@click.option(
    "--push",
    type=click.Choice(["pr", "commit"]),
    help="Bring the label to the model's repository: a pull request, or a commit to main.",
)
@click.option(
    "--max-pull-requests",
    type=click.IntRange(0),
    metavar="N",
    help="Of --org with --push pr: pull requests at repositories of others without asking first, at"
    " most N; the models after them are rated and not pushed.",
)
@click.option(
    "--if-changed",
    is_flag=True,
    help="Leave models whose standard label on the Hub (or in our open pull request) is of the "
    "same files, workload, kind of hardware and setup: number format, batch size, way of asking.",
)
@parameters.gate_options
@talking(*FORMATS)
@click.pass_obj
def rate(output: Output, /, models: tuple[str, ...], **options: Any) -> int:
    """Rate MODEL... and write labels.

    MODEL is org/name, org/name@revision, a local folder, "demo" (a small model that comes with
    the program and needs no network), or a family without files, fitted here (`energylabel
    families` lists them). Several are rated one after another; one that fails does not stop the
    others.

    \b
    Examples:
      energylabel rate demo
      energylabel rate distilbert/distilbert-base-uncased-finetuned-sst-2-english
      energylabel rate ./my-model --data test.csv --text-column body --label-column topic
      energylabel rate org/name@v2 --workload ag-news-v1 --fail-below-energy D
      energylabel rate org/name --push pr
      energylabel rate --org my-org --limit 50 --resume
    """  # noqa: D301 - click reads the escape
    from energylabel.cli.series import Series

    return Series(options, output).run(_jobs(models, options, output))


def _jobs(models: tuple[str, ...], options: dict[str, Any], output: Output) -> list[Job]:
    """A job for each model of the three sources, each once."""
    from energylabel.dispatching import models_in
    from energylabel.hub import HubClient
    from energylabel.records import Job

    if not options["org"] and (options["search"] or options["min_downloads"]):
        raise click.UsageError("--search and --min-downloads are for --org")
    wanted = parameters.chosen(options)
    found = dict.fromkeys(models, False)
    if options["from_file"] is not None:
        found |= dict.fromkeys(models_in(options["from_file"]), False)
    if options["org"]:
        with progress(output) as observer:
            listed = HubClient(observer).models_of(
                options["org"],
                search=options["search"],
                min_downloads=options["min_downloads"],
                limit=options["limit"],
            )
        found |= dict.fromkeys(listed, True)
    if not found:
        raise click.UsageError("give a MODEL, --from-file or --org")
    unasked = [model for model, listed in found.items() if listed]
    left = _not_pushed(unasked, options, output)
    return [
        Job(
            model=model,
            listed=listed,
            options=wanted,
            card=options["card"],
            push=None if model in left else options["push"],
            if_changed=options["if_changed"],
        )
        for model, listed in found.items()
    ]


def _not_pushed(models: list[str], options: dict[str, Any], output: Output) -> set[str]:
    """Of models that nobody named one by one: those that get no pull request.

    Their owners are others, who did not ask for it; whoever starts it says how many there may be.
    """
    from energylabel.formatting import counted
    from energylabel.hub import HubClient

    most = options["max_pull_requests"]
    wanted = options["push"] == "pr" and options["org"] is not None
    if most is not None and not wanted:
        raise click.UsageError("--max-pull-requests is for --org with --push pr")
    if not wanted or not models:
        return set()
    with progress(output) as observer:
        hub = HubClient(observer)
        own = {each for each in {model.partition("/")[0] for model in models} if hub.owns(each)}
    others = [model for model in models if model.partition("/")[0] not in own]
    if most is None and others:
        count = counted(len(others), "pull request")
        if output.format != "human" or not sys.stdin.isatty():
            raise click.UsageError(
                f"this would open up to {count} at repositories of {options['org']}, which are not"
                " yours; say how many there may be with --max-pull-requests N"
            )
        click.confirm(
            f"Open up to {count} at repositories of {options['org']}?", abort=True, err=True
        )
    left = [] if most is None else others[most:]
    if left:
        output.say(f"not pushed, as --max-pull-requests says: {', '.join(left)}")
    return set(left)
