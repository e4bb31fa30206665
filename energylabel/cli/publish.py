"""``energylabel card`` and ``push``: a stored label goes where people see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from energylabel.cli.output import Output, talking
from energylabel.cli.progress import progress

if TYPE_CHECKING:
    from energylabel.publishing import FileChange, Proposal
    from energylabel.records import PushMode, Receipt

_optional = click.argument("path", type=click.Path(exists=True, path_type=Path), required=False)
_path = click.argument("path", type=click.Path(exists=True, path_type=Path))
_dry_run = click.option("--dry-run", is_flag=True, help="Print what would change, as a diff.")
_REPLACE = "Also where a later label of the same model, workload, hardware and setup is there"

_WORDS = {
    "unchanged": "all is there already",
    "written": "written",
    "committed": "committed",
    "opened": "pull request opened",
    "updated": "pull request updated",
    "renewed": "pull request conflicted with main, a new one took its place",
    "closed": "closed by the owners of the model, and not proposed again",
    "removed": "removed",
}


@click.command()
@_optional
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
@click.option(
    "--remove",
    is_flag=True,
    help="Take the label in PATH out again, without PATH all labels: block, our lines of the front"
    " matter, and the files in energylabel/ beside the card.",
)
@_dry_run
@talking("human", "json")
@click.pass_obj
def card(
    output: Output,
    /,
    path: Path | None,
    readme: Path,
    *,
    dry_run: bool,
    remove: bool,
    **wishes: bool,
) -> int:
    """Put the label in PATH into a model card on this machine.

    The card gets a block between two comments and a few lines in its front matter; every other
    byte stays as it is. Evidence and pictures go beside it, into energylabel/. Other labels of the
    model (another workload, hardware, setup, other weights) stay in the block, the newest first;
    a label takes the place of an earlier one like it, never of a later one.
    """
    from energylabel import publishing, storing

    if remove:
        if any(wishes.values()):
            raise click.UsageError("--remove goes with neither --replace nor --front-matter")
        if dry_run:
            show(publishing.propose_card_removal(readme, path), output)
        else:
            tell(publishing.remove_card(readme, path), output, "nothing to remove")
        return 0
    if path is None:
        raise click.UsageError("give the PATH of a label")
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
    help="A pull request (an open one with labels is updated or renewed), or a commit to main.",
)
@click.option("--replace", is_flag=True, help=f"{_REPLACE}.")
@_dry_run
@talking("human", "json")
@click.pass_obj
def push(output: Output, path: Path, mode: PushMode, *, dry_run: bool, replace: bool) -> int:
    """Push the label in PATH to the repository of its model on the Hub.

    README.md, evidence, label and pictures go in one commit; other labels of the model stay.
    The token is the one of `hf auth login`, HF_TOKEN, or a Trusted Publisher (HF_OIDC_RESOURCE).
    Running it again sends nothing that is there already. Exit code 8: the owners of the model
    closed the pull request with this very label.
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
    return receipt.exit_code


@click.command()
@click.argument("target", metavar="MODEL|PATH")
@click.option(
    "--as",
    "mode",
    type=click.Choice(["pr", "commit"]),
    default="pr",
    show_default=True,
    help="A pull request, or a commit to main.",
)
@_dry_run
@talking("human", "json")
@click.pass_obj
def unpush(output: Output, target: str, mode: PushMode, *, dry_run: bool) -> int:
    """Take labels out of a model's repository on the Hub again.

    With MODEL (org/name) all of its labels go, with PATH that in a folder on this machine. The
    block of the card, our lines of its front matter and the files under energylabel/ go in one
    commit; everything else stays. Where there is nothing to remove, nothing is sent.
    """
    from energylabel import publishing

    with progress(output) as observer:
        if dry_run:
            found: Proposal | Receipt = publishing.preview_unpush(target, observer)
        else:
            found = publishing.unpush(target, mode, observer=observer)
    if isinstance(found, publishing.Proposal):
        show(found, output)
    else:
        there = "a pull request does so already" if found.pull_request else "nothing to remove"
        tell(found, output, there)
    return 0


def as_data(given: Proposal | Receipt) -> dict[str, Any]:
    """What would change, or what came of it, for machines."""
    from energylabel.records import Receipt

    if isinstance(given, Receipt):
        return given.model_dump(mode="json")
    changes = [
        {
            "path": change.path,
            "change": _kind(change),
            "bytes": len(change.after or b""),
        }
        for change in given.changed
    ]
    return {"changes": changes, "remarks": list(given.remarks)}


def _kind(change: FileChange) -> str:
    if change.after is None:
        return "deleted"
    return "new" if change.before is None else "changed"


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


def tell(receipt: Receipt, output: Output, unchanged: str = "") -> None:
    """Print what came of it; ``unchanged`` in place of the usual words where nothing did."""
    if output.format == "json":
        output.data(json.dumps(as_data(receipt), ensure_ascii=False))
        return
    words = unchanged if unchanged and receipt.outcome == "unchanged" else _WORDS[receipt.outcome]
    output.data(f"{words}: {receipt.url}")
    for remark in receipt.remarks:
        output.say(f"note: {remark}")


def tell_links(output: Output) -> None:
    """Say where the links of a card lead, if that is not the public Hub."""
    from energylabel.hub import shown_elsewhere

    note = shown_elsewhere()
    if note is not None:
        output.say(f"note: {note}")
