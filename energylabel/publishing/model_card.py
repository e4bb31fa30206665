"""The model card: our block in its body, our key and result in its front matter."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from energylabel.errors import CardError
from energylabel.publishing.base import Parcel
from energylabel.publishing.front_matter import (
    Result,
    splice_yaml,
    split_card,
)
from energylabel.publishing.on_card.body import block_in, splice_body, swallowed
from energylabel.publishing.on_card.front_keys import own_values, whose_key
from energylabel.publishing.on_card.mentions import mention_of, number
from energylabel.publishing.on_card.merging import (
    Merged,
    merge,
    refuse_older,
    refuse_strangers,
    same_place,
)
from energylabel.publishing.on_card.writing import read, write
from energylabel.records import Label, Mention
from energylabel.rendering import card_block, printed

README = "README.md"
MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Spliced:
    """A card with a label in it, the labels that its block shows, and what to know of it."""

    card: bytes
    merged: Merged
    remarks: tuple[str, ...]


def splice(card: bytes, parcel: Parcel, beside: Mention | None = None) -> Spliced:
    """A card with the label in it.

    Args:
        card: The whole file; empty for a new one.
        parcel: The label, and where its files lie.
        beside: The label whose files lie in that place now, where it is of the same model.

    Raises:
        CardError: It is not UTF-8, too large, or written so that splicing would harm it.
        OlderLabelError: It shows a later label in the same place.
        UsageError: It shows labels of another model.
    """
    text = text_of(card)
    newline = line_ending(text)
    parts = split_card(text)
    front = own_values(parts.yaml)
    there = read(block_in(parts.body), front)
    usual = parcel.label.subject.source == "hub" and not parcel.label.quick_look
    wishes = parcel.wishes
    asked = usual or wishes.front_matter
    new = mention_of(parcel.label, parcel.evidence, parcel.place, in_front=asked)
    if beside is not None and same_place(beside, new) and not wishes.replace:
        refuse_older(new, beside)
    known = [beside if beside and beside.id == each.id else each for each in there.labels]
    merged = merge(known, new, replace=wishes.replace, own_card=wishes.own_card)
    remarks = list(merged.remarks)
    if there.unread:
        remarks.append("the card's earlier block, which this version cannot read, was replaced")
    stale = any(front is not None and front.get("id") == each.id for each in there.labels)
    made, remark = _front_matter(parts.yaml, merged, parcel, newline, stale=stale)
    remarks += [remark] if remark else []
    now = next(each for each in merged.mentions if each.id == new.id)
    if not now.in_front:
        remarks.append(_left_out(parcel.label, merged.front(), taken=stale))
    folder = merged.folder(now)
    at_length = {each.id: there.words for each in there.labels[:1]}
    at_length[new.id] = card_block(parcel.label, _pictures(folder, parcel.root), f"{folder}/")
    body = splice_body(parts.body, write(merged, at_length, parcel.root), newline)
    fence = swallowed(parts.body) if body != parts.body and block_in(parts.body) is None else None
    if fence is not None:
        number = fence + (parts.head + parts.yaml + parts.fence).count("\n")
        remarks.append(
            f"line {number} begins a code block that is never closed: the label is above"
        )
    fenced = bool(made or parts.fence)
    opening = parts.opening(newline) if fenced else parts.head
    whole = opening + made + (parts.closing(newline) if fenced else "") + body
    if split_card(whole).yaml != made:
        raise CardError(
            "where the card's front matter ends cannot be told", "end it with --- on its own line"
        )
    return Spliced(whole.encode(), merged, tuple(remarks))


def _front_matter(
    text: str, merged: Merged, parcel: Parcel, newline: str, *, stale: bool
) -> tuple[str, str | None]:
    """The YAML with the first label that may stand there, and the result of the new one.

    ``stale``: our key is there, of a label that the block had; of no other is it ours to take out.
    """
    chosen = merged.front()
    new = next(each for each in merged.mentions if each.id == parcel.label.id)
    if chosen is None:
        return splice_yaml(text, None, None, newline) if stale else (text, None)
    result = _result(parcel) if new.in_front and merged.owner(new.place) == new else None
    made = splice_yaml(text, chosen.front(), result, newline)
    if not parcel.wishes.replace:
        refuse_foreign(text)
    return made


def _left_out(label: Label, other: Mention | None, *, taken: bool) -> str:
    """Why the front matter says nothing of a label; ``other``: of which it does."""
    done = "energy_label left the front matter" if taken else "no energy_label in the front matter"
    if other is not None:
        done = f"energy_label in the front matter is of another label ({other.id[:12]})"
    why = "a quick look" if label.quick_look else f"of {label.subject.name}, no model of the Hub"
    return (
        f"{done}: the label is {why}, and machines take what stands there for the card's model;"
        " --front-matter writes it"
    )


def text_of(card: bytes) -> str:
    """A card as text; raises CardError where it is none, or too large."""
    if len(card) > MAX_BYTES:
        raise CardError(
            f"the card has {len(card):,} bytes (at most {MAX_BYTES:,})", "shorten README.md"
        )
    try:
        return card.decode()
    except UnicodeDecodeError as error:
        raise CardError(
            f"the card is not UTF-8 (byte {error.start:,})", "save README.md as UTF-8"
        ) from error


def refuse_foreign(front: str) -> None:
    """Refuse to overwrite an ``energy_label`` that somebody else wrote.

    Raises:
        CardError: It is one.
    """
    if whose_key(front) == "foreign":
        raise CardError(
            "the card's front matter has an energy_label that is not of this program",
            "rename or delete it; --replace overwrites it",
        )


def check(card: bytes, model: str | None = None, *, replace: bool = False) -> None:
    """Refuse a card that no label could be put into, or none of this model.

    Raises:
        CardError: As :func:`splice`.
        UsageError: Likewise.
    """
    text = text_of(card)
    parts = split_card(text)
    there = read(block_in(parts.body), own_values(parts.yaml))
    if model is not None:
        refuse_strangers(there.labels, model)
    splice_yaml(parts.yaml, {"energy_class": "?"}, None, "\n")
    if not replace:
        refuse_foreign(parts.yaml)
    splice_body(parts.body, "A label.", "\n")


def line_ending(text: str) -> str:
    """Windows' line ending where most lines have it, else Unix's.

    Never a lone carriage return: the Hub would not see the end of the front matter.
    """
    windows = text.count("\r\n")
    return "\r\n" if windows > text.count("\n") - windows else "\n"


def _pictures(folder: str, root: str | None) -> str:
    """Where the pictures are: absolute on the Hub, so that they show wherever the card does."""
    path = quote(f"{folder}/")
    return path if root is None else f"{root}/resolve/main/{path}"


def _result(parcel: Parcel) -> Result | None:
    """The model-index result; only where the evidence has an address to be its source.

    None for a model that was fitted here: the accuracy is not that of the weights alone.
    """
    label, workload = parcel.label, parcel.evidence.workload
    url = label.evidence_url
    if url is None or label.metrics.fitting is not None:
        return None
    dataset: dict[str, Any] = {"type": workload.name, "name": workload.title}
    if workload.dataset is not None:
        dataset["type"] = workload.dataset.repository
        if workload.dataset.configuration is not None:
            dataset["config"] = workload.dataset.configuration
        dataset |= {"split": workload.dataset.split, "revision": workload.dataset.commit}
    kind = printed(label)["kind"]
    metrics: list[dict[str, Any]] = [
        {
            "type": "accuracy",
            "name": f"Accuracy ({kind})" if kind else "Accuracy",
            "value": round(label.metrics.accuracy.accuracy.value, 4),
        }
    ]
    wh = number(printed(label)["watt_hours"])
    if wh is not None:
        metrics.append(
            {
                "type": "energy_wh_per_1000",
                "name": f"Energy (Wh per 1,000 texts, {label.provenance})",
                "value": wh,
            }
        )
    entry = {
        "task": {"type": "text-classification", "name": "Text classification"},
        "dataset": dataset,
        "metrics": metrics,
        "source": {"name": f"energylabel on {label.hardware.slug}", "url": url},
    }
    name = label.subject.name.rpartition("/")[2]
    return Result(name, entry, f"/{quote(parcel.place)}/evidence.json")
