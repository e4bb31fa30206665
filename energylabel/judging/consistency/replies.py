"""The candidate's answers, and one query at a time."""

from collections.abc import Iterator

from energylabel.judging.consistency.saying import Check, above, below, cpu_seconds_in, unequal
from energylabel.records import Evidence
from energylabel.standard import PROCEDURE

_GAPS_S, _GAPS_SHARE = 0.1, 0.02


def ids(evidence: Evidence) -> Iterator[str]:
    """Answers are labels of the model, gold labels those of the workload."""
    answers = evidence.answers
    most = len(evidence.subject.labels) - 1
    yield from above("an id of answers.predicted", max(answers.predicted), "the last label's", most)
    most = len(evidence.workload.labels) - 1
    yield from above("an id of answers.gold", max(answers.gold), "the last label's", most)


def counts(evidence: Evidence) -> Iterator[str]:
    """Rows and tokens of the answers."""
    answers, rows = evidence.answers, len(evidence.answers.gold)
    for name in ("truncated", "tied", "reread"):
        yield from above(
            f"answers.{name}", getattr(answers, name) or 0, "the rows of answers", rows
        )
    cut = answers.uncut_tokens - answers.tokens
    place = "answers.uncut_tokens − answers.tokens"
    if answers.truncated:
        yield from below(place, cut, "answers.truncated", answers.truncated)
    else:
        yield from unequal(place, cut, "that of no truncated text", 0)
    framing = answers.framing or 0
    yield from above("answers.framing", framing, "answers.tokens", answers.tokens)
    # A question in words may be put once for each label, with the text in it.
    times = len(evidence.workload.labels) if evidence.settings.asking else 1
    most = rows * times * (evidence.subject.max_tokens or 0)
    yield from above("answers.tokens", answers.tokens - framing, "what texts may have", most)
    if answers.generated is not None:
        most = rows * PROCEDURE.prompts.written_tokens
        yield from above("answers.generated", answers.generated, "what answers may have", most)


def copies(evidence: Evidence) -> Iterator[str]:
    """Rows that repeat a text are counted twice: all of them, and by how many have one text."""
    answers, rows = evidence.answers, len(evidence.answers.gold)
    strange = [size for size in answers.copies if not size.isdecimal() or int(size) < 2]
    if strange or 0 in answers.copies.values():
        yield f"answers.copies are {answers.copies}, no numbers of rows with a text in common"
        return
    sizes = [(int(size), count) for size, count in answers.copies.items()]
    again = sum((size - 1) * count for size, count in sizes)
    yield from unequal("answers.repeated", answers.repeated, "that of answers.copies", again)
    filled = sum(size * count for size, count in sizes) + answers.empty
    yield from above("the rows of answers.copies and answers.empty", filled, "all rows", rows)
    place = "answers.contradicting"
    yield from above(place, answers.contradicting, "answers.repeated", answers.repeated)


def one_by_one(evidence: Evidence) -> Iterator[str]:
    """The single run is its latencies, and hardly anything between them."""
    single, settings = evidence.single, evidence.settings
    asked = min(settings.protocol.single_queries, settings.queries)
    there = len(single.latencies_s)
    yield from unequal("the number of single.latencies_s", there, "the queries asked", asked)
    together = sum(single.latencies_s)
    name, other = "single.seconds", "the sum of single.latencies_s"
    yield from below(name, single.seconds, other, together * (1 - 1e-9))
    most = together + _GAPS_S + _GAPS_SHARE * together
    yield from above(name, single.seconds, f"{other} and what lies between them", most)
    most = cpu_seconds_in(evidence, single.seconds)
    yield from above("single.cpu_seconds", single.cpu_seconds, "what its seconds hold", most)


def question(evidence: Evidence) -> Iterator[str]:
    """Examples have a digest, and words are of the workload's labels."""
    asking = evidence.settings.asking
    if asking is None:
        return
    if bool(asking.shots) != (asking.examples_sha256 is not None):
        digest = asking.examples_sha256
        yield f"settings.asking.shots is {asking.shots}, but examples_sha256 is {digest}"
    strange = sorted(set(asking.wording.words) - set(evidence.workload.labels))
    if strange:
        yield f"settings.asking.wording.words has {strange}, which workload.labels lacks"


REPLIES: tuple[Check, ...] = (ids, counts, copies, one_by_one, question)
