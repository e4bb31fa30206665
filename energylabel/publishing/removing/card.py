"""A model card → the card without labels of ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from energylabel.publishing.front_matter import splice_yaml, split_card
from energylabel.publishing.model_card import line_ending, text_of
from energylabel.publishing.on_card.body import block_in, cut_body, splice_body
from energylabel.publishing.on_card.front_keys import own_values, whose_key
from energylabel.publishing.on_card.merging import Merged
from energylabel.publishing.on_card.writing import read, write
from energylabel.publishing.removing import front
from energylabel.records import Mention

_EVIDENCE: Final = re.compile(r"/energylabel/[^/]+/[^/]+/evidence\.json")


@dataclass(frozen=True, slots=True)
class Taken:
    """A card without what was asked to go; ``card`` is None where nothing is left of it.

    ``left`` are the labels that its block still shows.
    """

    card: bytes | None
    left: Merged
    remarks: tuple[str, ...] = ()


def take_out(
    card: bytes, only: str | None, root: str | None, at_length: Mapping[str, str] | None = None
) -> Taken:
    """A card without our labels, or without one of them.

    Args:
        card: The whole file.
        only: The id of the label that goes; None: all of them.
        root: Address of the model's repository; None: addresses are relative to the card.
        at_length: By id what can be said at length of labels that stay.

    Raises:
        CardError: It is not UTF-8, too large, its block was edited, or a cut would harm it.
    """
    text = text_of(card)
    newline = line_ending(text)
    parts = split_card(text)
    values = own_values(parts.yaml)
    lines = block_in(parts.body)
    there = read(lines, values)
    gone = [each for each in there.labels if only in (None, each.id)]
    left = Merged(tuple(each for each in there.labels if each not in gone))
    identity = values.get("id") if values else None
    standing = whose_key(parts.yaml)
    key = standing == "ours" and (only in (None, identity) or bool(gone and not left.mentions))
    places = _places(there.labels, left) if only is not None else None

    def ours(url: str) -> bool:
        if places is None:
            return _EVIDENCE.search(url) is not None and url.endswith("/evidence.json")
        return any(url.endswith(place) for place in places)

    chosen = left.front()
    made, stays = front.take_out(parts.yaml, key=key and chosen is None, ours=ours)
    if key and chosen is not None:
        made, _ = splice_yaml(made, chosen.front(), None, newline)
    body = parts.body
    if lines is not None and (only is None or gone):
        body = cut_body(body)
        if left.mentions:
            known = {each.id: there.words for each in there.labels[:1]} | dict(at_length or {})
            body = splice_body(parts.body, write(left, known, root), newline)
    remarks = ["a result in model-index was rewritten by somebody; it stays"] if stays else []
    if standing == "foreign":
        remarks.append("energy_label in the front matter is not of this program; it stays")
    if made == parts.yaml and body == parts.body:
        return Taken(card, left, tuple(remarks))
    # A front matter of ours alone leaves nothing; blanks in it were somebody's.
    if not made.strip("\r\n") and parts.yaml.strip():
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        whole = mark + re.sub(r"\A(?:\r\n|\r|\n)", "", body)
    else:
        whole = parts.head + made + parts.fence + body
    return Taken(whole.encode() if whole.strip("\ufeff\r\n \t") else None, left, tuple(remarks))


def _places(before: tuple[Mention, ...], left: Merged) -> list[str]:
    """What ends the addresses of the evidence whose results go."""
    merged = Merged(before)
    stay = {each.id for each in left.mentions}
    owners = {each.place: merged.owner(each.place) for each in before}
    return [
        f"/{quote(place)}/evidence.json"
        for place, owner in owners.items()
        if owner is not None and owner.id not in stay
    ]
