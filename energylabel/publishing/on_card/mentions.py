"""A label → its mention, and mentions ↔ the comment in which a block keeps them.

They are read as a stranger's: what is no mention is refused, and whatever of one is printed passes
through the escaper again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from energylabel.classifiers import UNMENTIONED
from energylabel.errors import CardError
from energylabel.records import Evidence, FrontFigures, Label, Mention
from energylabel.rendering import printed

BEGIN: Final = "<!-- energylabel:labels"
END: Final = "-->"
MOST: Final = 20
"""Labels of one block: more than a reader looks through, and a card stays a card."""
_LONGEST: Final = 20_000
"""Characters of a mention's line; ours have about 700, and twelve texts have a limit of 1,000."""


def mention_of(label: Label, evidence: Evidence, place: str, *, in_front: bool) -> Mention:
    """A label in short.

    Args:
        label: The label of the evidence.
        evidence: What it was made of.
        place: Its folder in the repository of the model.
        in_front: Whether it may stand in the front matter.
    """
    shown, conditions, setup = printed(label), label.conditions, evidence.settings.setup
    parts = (conditions.device, conditions.dtype, setup.slug(), setup.asked)
    manner = " · ".join(filter(None, parts))
    return Mention(
        model=label.subject.name[:1000],
        on_hub=label.subject.source == "hub",
        revision=label.subject.revision[:12],
        loaded=_loaded(evidence),
        place=place,
        issued_at=round(label.issued_at, 3),
        workload_title=label.workload.title[:1000] if label.workload.own else None,
        machine=shown["machine"][:1000],
        manner=manner if conditions.native else f"{manner}, not native",
        energy_open=shown["energy_range"] or _ends(shown["open_classes"]),
        accuracy_open="" if shown["declared"] else shown["accuracy_range"],
        in_front=in_front,
        figures=_figures(label, shown),
    )


def _loaded(evidence: Evidence) -> str:
    """What tells the rated files from others: a commit may change nothing but the card."""
    files = sorted(f"{file.sha256} {file.path}" for file in evidence.subject.files)
    text = "\n".join(files) if files else evidence.subject.revision
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:12]


def _ends(classes: Sequence[str]) -> str:
    return f"{classes[0]}–{classes[-1]}" if classes else ""


def _figures(label: Label, shown: Mapping[str, Any]) -> FrontFigures:
    grades, fitted = label.grades, label.metrics.fitting
    # A class on a scale of one's own is not the figure that others read under that name.
    declared = label.declared_accuracy is not None
    ends = [number(end) or 0 for end in shown["watt_hours_range"]]
    return FrontFigures(
        energy_class=grades.energy.letter or "?",
        energy_index=number(shown["energy_index"]),
        wh_per_1000=number(shown["watt_hours"]),
        wh_per_1000_range=(ends[0], ends[1]) if ends else None,
        accuracy_class=label.shared_accuracy_class,
        error_index=None if declared else number(shown["error_index"]),
        declared_accuracy_class=grades.accuracy.letter if declared else None,
        declared_reference_accuracy=label.declared_accuracy,
        accuracy=round(label.metrics.accuracy.accuracy.value, 4),
        family=None if label.subject.family == UNMENTIONED else label.subject.family,
        mode=label.conditions.mode,
        shots=label.conditions.shots or None,
        fitted_rows=fitted.rows if fitted else None,
        workload=label.workload.name,
        hardware=label.hardware.slug,
        provenance=label.provenance,
        protocol="quick" if label.quick_look else None,
        standard=label.standard,
        id=label.id,
    )


def number(shown: str) -> int | float | None:
    """A figure as the label shows it; it must not fall on the other side of a class's bound."""
    figure = shown.replace(",", "")
    return int(figure) if figure.isdecimal() else float(figure) if figure else None


def comment(mentions: Sequence[Mention]) -> list[str]:
    """Mentions as the lines of an HTML comment, which nothing in them can end."""
    return [BEGIN, *map(_line, mentions), END]


def _line(mention: Mention) -> str:
    text = json.dumps(mention.model_dump(mode="json"), separators=(",", ":"))
    # A comment ends at --> (older readers: at two hyphens), and & may begin a reference.
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text.replace("--", "-\\u002d")


def parse(lines: Sequence[str]) -> list[Mention]:
    """The mentions in the lines of a comment, without its first and last.

    Raises:
        CardError: They are none, or do not go together.
    """
    try:
        if not 0 < len(lines) <= MOST or any(len(line) > _LONGEST for line in lines):
            raise ValueError("no list of ours is empty or so long")  # noqa: TRY301 - as below
        mentions = [Mention.from_json(line) for line in lines]
    except ValueError as error:
        raise CardError(
            "the list of labels in the card's energylabel block is none that this version knows",
            "install a newer energylabel, or delete the block and run again",
        ) from error
    models, ids = {each.model for each in mentions}, {each.id for each in mentions}
    if len(models) > 1 or len(ids) < len(mentions):
        raise CardError(
            "the card's energylabel block lists labels of several models, or one of them twice",
            "delete the block and run again",
        )
    return mentions
