"""Whether the answers are those that the model gives to one text alone (standard, section 2)."""

from energylabel.formatting import counted
from energylabel.judging.checks.answers import Check
from energylabel.records import Agreement, Evidence, Finding, Metrics, Scale

_WAYS = {
    "any-lengths": "in batches",
    "equal-lengths": "in batches of equal length",
    "one-by-one": "one at a time",
}


def own_answers(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """Batches, and being asked before, change nothing; or what was done about it."""
    del metrics, scale
    found, name = evidence.agreement, "own-answers"
    if found is None:
        return None
    if found.grouping == "any-lengths" and not found.restored:
        return Finding(
            name=name,
            outcome="passed",
            message=f"{counted(found.texts, 'text')} had the same {_what(found)} alone, in batches"
            f" and again{_by_rounding(found)}{_of_network(found)}",
        )
    if not found.strays and found.scaled is not None:
        return None  # one at a time for what the precision does, which has a finding of its own
    done = f"all were asked {_WAYS[found.grouping]}"
    if found.restored:
        done += ", and what each call left in the model was undone"
    return Finding(name=name, outcome="warned", message=f"{_cause(found)}: {done}")


def _of_network(found: Agreement) -> str:
    return ", in float32" if found.scaled is not None else ""


def _what(found: Agreement) -> str:
    return "scores" if found.scored else "labels"


def _by_rounding(found: Agreement) -> str:
    return f", but for rounding, which turned {found.flips} of them" if found.flips else ""


def _cause(found: Agreement) -> str:
    """What the model does to its answers."""
    if found.repeated_flips or found.repeated_strays:
        number, labels = max(found.repeated_flips, found.repeated_strays), found.repeated_flips
        said = "asked after others"
    else:
        number, labels = max(found.flips, found.strays), found.flips
        said = "in batches of texts of other lengths"
    share = f"{number} of {found.texts} texts had other {_what(found)} {said} than alone"
    return f"{share} ({counted(labels, 'label')} changed)" if found.scored else share


def empty_text(evidence: Evidence, metrics: Metrics, scale: Scale) -> Finding | None:
    """A model that fails on an empty text, where none was asked."""
    del metrics, scale
    if evidence.agreement is None or not evidence.agreement.fails_on_empty:
        return None
    return Finding(
        name="fails-on-empty",
        outcome="noted",
        message="an empty text, which was not asked, makes the model fail",
    )


OWN_ANSWER_CHECKS: tuple[Check, ...] = (own_answers, empty_text)
