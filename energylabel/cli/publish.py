"""``energylabel card`` and ``push``: a stored label goes where people see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from energylabel.cli.output import Output, talking
from energylabel.cli.progress import progress

if TYPE_CHECKING:
    from energylabel.publishing import Proposal
    from energylabel.records import PushMode, Receipt

_path = click.argument("path", type=click.Path(exists=True, path_type=Path))
_dry_run = click.option("--dry-run", is_flag=True, help="Print what would change, as a diff.")
_REPLACE = "Also where a later label of the same model, workload, hardware and setup is there"

_WORDS = {
    "unchanged": "all is there already",
    "written": "written",
    "committed": "committed",
    "opened": "pull request opened",
    "updated": "pull request updated",
}


@click.command()
@_path
@click.option(
    "--readme",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("README.md"),
    show_default=True,
    help="The model card; it is made where there is none.",
)
@click.option(
    "--replace",
    is_flag=True,
    help=f"{_REPLACE}, or the card shows labels of another model (they are taken out).",
)
@click.option(
    "--front-matter",
    is_flag=True,
    help="Write energy_label into the front matter for a quick look too, and for a model that is"
    " not on the Hub; without it they are in the block alone.",
)
@_dry_run
@talking("human", "json")
@click.pass_obj
def card(output: Output, /, path: Path, readme: Path, *, dry_run: bool, **wishes: bool) -> int:
    """Put the label in PATH into a model card on this machine.

    The card gets a block between two comments and a few lines in its front matter; every other
    byte stays as it is. Evidence and pictures go beside it, into energylabel/. Other labels of the
    model (another workload, hardware, setup, other weights) stay in the block, the newest first;
    a label takes the place of an earlier one like it, never of a later one.
    """
    from energylabel import publishing, storing

    if dry_run:
        show(publishing.propose_card(path, readme, **wishes), output)
    else:
        tell(publishing.write_card(path, readme, **wishes), output)
    if storing.read_evidence(storing.find(path)).subject.source == "hub":
        tell_links(output)
    return 0


@click.command()
@_path
@click.option(
    "--as",
    "mode",
    type=click.Choice(["pr", "commit"]),
    default="pr",
    show_default=True,
    help="A pull request (our open one is updated), or a commit to main.",
)
@click.option("--replace", is_flag=True, help=f"{_REPLACE}.")
@_dry_run
@talking("human", "json")
@click.pass_obj
def push(output: Output, path: Path, mode: PushMode, *, dry_run: bool, replace: bool) -> int:
    """Push the label in PATH to the repository of its model on the Hub.

    README.md, evidence, label and pictures go in one commit; other labels of the model stay.
    The token is the one of `hf auth login`, HF_TOKEN, or a Trusted Publisher (HF_OIDC_RESOURCE).
    Running it again sends nothing that is there already.
    """
    from energylabel import publishing

    if dry_run:
        with progress(output) as observer:
            proposal = publishing.preview_push(path, observer, replace=replace)
        show(proposal, output)
        tell_links(output)
        return 0
    with progress(output) as observer:
        receipt = publishing.push(path, mode, observer, replace=replace)
    tell(receipt, output)
    tell_links(output)
    return 0


def as_data(given: Proposal | Receipt) -> dict[str, Any]:
    """What would change, or what came of it, for machines."""
    from energylabel.records import Receipt

    if isinstance(given, Receipt):
        return given.model_dump(mode="json")
    changes = [
        {
            "path": change.path,
            "change": "new" if change.before is None else "changed",
            "bytes": len(change.after),
        }
        for change in given.changed
    ]
    return {"changes": changes, "remarks": list(given.remarks)}


def show(proposal: Proposal, output: Output) -> None:
    """Print what would change."""
    if output.format == "json":
        output.data(json.dumps(as_data(proposal)))
        return
    text = "".join(change.diff() for change in proposal.changed)
    output.data(_visible(text.rstrip("\n")) or "nothing would change")
    for remark in proposal.remarks:
        output.say(f"note: {remark}")


def _visible(text: str) -> str:
    """A stranger's text for a terminal: what is not printed is shown as an escape."""
    return "".join(
        character
        if character.isprintable() or character in "\n\t"
        else character.encode("unicode_escape").decode()
        for character in text
    )


def tell(receipt: Receipt, output: Output) -> None:
    """Print what came of it."""
    if output.format == "json":
        output.data(json.dumps(as_data(receipt), ensure_ascii=False))
        return
    output.data(f"{_WORDS[receipt.outcome]}: {receipt.url}")
    for remark in receipt.remarks:
        output.say(f"note: {remark}")


def tell_links(output: Output) -> None:
    """Say where the links of a card lead, if that is not the public Hub."""
    from energylabel.hub import shown_elsewhere

    note = shown_elsewhere()
    if note is not None:
        output.say(f"note: {note}")
