"""The model card: our block in its body, our key and result in its front matter."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from energylabel.classifiers import UNMENTIONED
from energylabel.errors import CardError
from energylabel.publishing.base import FileChange, Parcel, Proposal, Publisher
from energylabel.publishing.body import splice_body
from energylabel.publishing.front_matter import Result, splice_yaml, split_card
from energylabel.records import Label
from energylabel.rendering import card_block, printed

README = "README.md"
MAX_BYTES = 5_000_000


class ModelCardPublisher:
    """Splices the label into ``README.md``; every byte of others stays."""

    def paths(self, parcel: Parcel) -> tuple[str, ...]:
        """The card."""
        return (README,)

    def propose(self, parcel: Parcel, present: Mapping[str, bytes]) -> Proposal:
        """The card as it is to be.

        Raises:
            CardError: It cannot be changed without harm.
        """
        before = present.get(README)
        after, remark = splice(before or b"", parcel)
        return Proposal((FileChange(README, before, after),), (remark,) if remark else ())


def splice(card: bytes, parcel: Parcel) -> tuple[bytes, str | None]:
    """A card with the label in it.

    Args:
        card: The whole file; empty for a new one.
        parcel: The label, and where its files lie.

    Returns:
        The new file, and why the model-index was left alone, if it was.

    Raises:
        CardError: It is not UTF-8, too large, or written so that splicing would harm it.
    """
    text = _text(card)
    newline = line_ending(text)
    parts = split_card(text)
    made, remark = splice_yaml(parts.yaml, _values(parcel.label), _result(parcel), newline)
    body = splice_body(
        parts.body, card_block(parcel.label, _pictures(parcel), f"{parcel.place}/"), newline
    )
    whole = parts.opening(newline) + made + parts.closing(newline) + body
    if split_card(whole).yaml != made:
        raise CardError(
            "where the card's front matter ends cannot be told", "end it with --- on its own line"
        )
    return whole.encode(), remark


def _text(card: bytes) -> str:
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


def check(card: bytes) -> None:
    """Refuse a card that no label could be put into.

    Raises:
        CardError: As :func:`splice`.
    """
    text = _text(card)
    parts = split_card(text)
    splice_yaml(parts.yaml, {"energy_class": "?"}, None, "\n")
    splice_body(parts.body, "A label.", "\n")


def line_ending(text: str) -> str:
    """Windows' line ending where most lines have it, else Unix's.

    Never a lone carriage return: the Hub would not see the end of the front matter.
    """
    windows = text.count("\r\n")
    return "\r\n" if windows > text.count("\n") - windows else "\n"


def _pictures(parcel: Parcel) -> str:
    """Where the pictures are: absolute on the Hub, so that they show wherever the card does."""
    path = quote(f"{parcel.place}/")
    return path if parcel.root is None else f"{parcel.root}/resolve/main/{path}"


def _values(label: Label) -> dict[str, Any]:
    """Our key of the front matter: the label's own figures; what is absent is left out."""
    grades, shown, fitted = label.grades, printed(label), label.metrics.fitting
    values = {
        "energy_class": grades.energy.letter or "?",
        "energy_index": _number(shown["energy_index"]),
        "wh_per_1000": _number(shown["watt_hours"]),
        "wh_per_1000_range": [_number(end) for end in shown["watt_hours_range"]] or None,
        "accuracy_class": grades.accuracy.letter,
        "error_index": _number(shown["error_index"]),
        "accuracy": round(label.metrics.accuracy.accuracy.value, 4),
        "family": None if label.subject.family == UNMENTIONED else label.subject.family,
        "mode": label.conditions.mode,
        "shots": label.conditions.shots or None,
        "fitted_rows": fitted.rows if fitted else None,
        "workload": label.workload.name,
        "hardware": label.hardware.slug,
        "provenance": label.provenance,
        "protocol": "quick" if label.quick_look else None,
        "standard": label.standard,
        "id": label.id,
    }
    return {key: value for key, value in values.items() if value is not None}


def _number(shown: str) -> int | float | None:
    """A figure as the label shows it; it must not fall on the other side of a class's bound."""
    figure = shown.replace(",", "")
    return int(figure) if figure.isdecimal() else float(figure) if figure else None


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
    wh = _number(printed(label)["watt_hours"])
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


PUBLISHER: Publisher = ModelCardPublisher()
