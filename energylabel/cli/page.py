"""``energylabel page``: one page over many labels, which needs no network."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from energylabel.cli.output import Output, talking
from energylabel.cli.progress import progress
from energylabel.cli.publish import as_data, show, tell
from energylabel.errors import SchemaError, UsageError

if TYPE_CHECKING:
    from energylabel.paging import Collection, ListedLabel
    from energylabel.publishing import Proposal
    from energylabel.records import Receipt


@click.command()
@click.argument("sources", nargs=-1, metavar="[LABELS...]")
@click.option(
    "--from-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="More sources: a text file, one a line; # begins a remark.",
)
@click.option("--org", metavar="NAME", help="Labels of the models of an organisation on the Hub.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    metavar="N",
    help="Of --org: at most so many models, the most downloaded first.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("site"),
    show_default=True,
    help="Folder of the page.",
)
@click.option(
    "--check",
    type=click.Choice(["auto", "full", "digest"]),
    default="auto",
    show_default=True,
    help="full: each label in a folder has to follow from its evidence; digest: its id has to be"
    " the evidence's SHA-256, and nothing is computed again; auto: full while at most"
    " 1,000 are new; what was checked in full is remembered.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Check in full, and write no page when a label is broken: exit 2.",
)
@click.option(
    "--push",
    metavar="ORG/SPACE",
    help="Publish the page as a static Space on the Hub, which is made where there is none.",
)
@click.option("--dry-run", is_flag=True, help="With --push: print what would change, send nothing.")
@talking("human", "json")
@click.pass_obj
def page(output: Output, /, sources: tuple[str, ...], **options: Any) -> int:
    """Make one page over LABELS: a table with filters, a picture, limits, side by side.

    LABELS are folders with labels somewhere below, or org/model[@revision] with labels on the
    Hub. The page is a single file that opens without a network or a server; labels.json and
    labels.parquet beside it are for machines. A label that is broken, was tampered with or is
    newer than this program is named and left out.

    With --push the page goes to a static Space as one commit, with the token of `hf auth login` or
    HF_TOKEN. Run again over the same labels it sends nothing; other files there are left alone.
    """
    from energylabel import storing
    from energylabel.paging import PARQUET, check_space, collect, files_of_page

    out, space = options["out"], options["push"]
    if options["dry_run"] and not space:
        raise click.UsageError("--dry-run goes with --push")
    named = _sources(sources, options, output)
    if space:
        with progress(output) as observer:
            check_space(space, observer)
    storing.prepare(out)
    thorough = {"auto": None, "full": True, "digest": False}[options["check"]]
    with progress(output) as observer:
        found = collect(
            named,
            None if space else out,  # in a Space there is nothing that a path of ours leads to
            thoroughly=True if options["strict"] else thorough,
            observer=observer,
        )
    for each in found.left_out:
        output.say(f"left out: {each}")
    if options["strict"] and found.left_out:
        raise SchemaError(
            f"{len(found.left_out):,} of the labels cannot be used: {found.left_out[0]}",
            "mend or remove them, or leave out --strict",
        )
    if not found.labels:
        raise UsageError(
            "there is no label to show" + (": all are left out" if found.left_out else ""),
            "energylabel rate makes one",
        )
    build = partial(files_of_page, found.labels, left_out=len(found.left_out))
    files = build()
    storing.replace(out, files)
    if PARQUET not in files:
        output.say(f"{PARQUET} is not written: pyarrow is not installed")
    pushed = _push(space, files, build, output, dry_run=options["dry_run"]) if space else None
    _tell(found, out, files, pushed, output)
    return 0


def _sources(sources: tuple[str, ...], options: dict[str, Any], output: Output) -> list[str]:
    """Folders and models of the three places, each once."""
    from energylabel.dispatching import models_in
    from energylabel.hub import HubClient

    named = dict.fromkeys(sources)
    if options["from_file"] is not None:
        named |= dict.fromkeys(models_in(options["from_file"]))
    if options["org"]:
        with progress(output) as observer:
            client = HubClient(observer)
            listed = client.models_of(
                options["org"], search=None, min_downloads=0, limit=options["limit"]
            )
        named |= dict.fromkeys(listed)
    if not named:
        raise click.UsageError("give LABELS, --from-file or --org")
    return list(named)


def _push(
    space: str,
    files: dict[str, bytes],
    build: Callable[..., dict[str, bytes]],
    output: Output,
    *,
    dry_run: bool,
) -> Proposal | Receipt:
    from energylabel.paging import preview_space, push_space

    def again(built_at: float) -> dict[str, bytes]:
        return build(built_at=built_at)

    with progress(output) as observer:
        if dry_run:
            return preview_space(space, files, again, observer)
        return push_space(space, files, again, observer=observer)


def _tell(
    found: Collection[ListedLabel],
    out: Path,
    files: dict[str, bytes],
    pushed: Proposal | Receipt | None,
    output: Output,
) -> None:
    from energylabel import formatting
    from energylabel.paging import PAGE
    from energylabel.records import Receipt

    unchecked = sum(not each.checked for each in found.labels)
    if output.format == "json":
        said = {
            "page": str(out / PAGE),
            "labels": len(found.labels),
            "repeated": found.repeated,
            "left_out": found.left_out,
            "unchecked": unchecked,
            "files": {name: len(content) for name, content in files.items()},
            **({"push": as_data(pushed)} if pushed is not None else {}),
        }
        output.data(json.dumps(said, ensure_ascii=False, indent=2))
        return
    output.data(str(out / PAGE))
    if isinstance(pushed, Receipt):
        tell(pushed, output)
    elif pushed is not None:
        show(pushed, output)
    words = formatting.counted(len(found.labels), "label")
    words += f", {found.repeated:,} more that are the same" if found.repeated else ""
    words += f", {len(found.left_out):,} left out" if found.left_out else ""
    output.say(f"{words}; {len(files[PAGE]) / 1e6:.2g} MB")
    if unchecked:
        output.say(
            f"of {unchecked:,} only the digest of the evidence was compared: --check full computes"
            " every figure again, once"
        )
