"""The candidate's answers for accuracy, and its latency one query at a time."""

from energylabel.records import Answers, SingleRun
from energylabel.running.rating import Rating

_CHUNK = 256


def answer(rating: Rating, budget_s: float, reserve_s: float = 0.0) -> Answers:
    """Ask the queries, then further rows as the option and the time allow.

    Args:
        rating: The rating under way.
        budget_s: Seconds that further rows may take: what the energy measurement took.
        reserve_s: Seconds of the time limit that are for what comes after.
    """
    before = rating.first("answers")
    if before is not None:
        return Answers.from_dict(before)
    plan = rating.plan
    rows = len(plan.samples.texts)
    labels: list[int] = []
    tokens = uncut_tokens = truncated = 0
    told: dict[str, int] = {}
    seconds = 0.0
    while len(labels) < rows:
        wanted = plan.samples.queries - len(labels)
        if wanted <= 0 and _out_of_time(rating, seconds, len(labels), budget_s, reserve_s):
            break
        doing = f"asking for accuracy, {len(labels):,} of {rows:,}"
        rating.tell("answering", doing, done=len(labels), total=rows)
        stop = min(rows, len(labels) + (min(wanted, _CHUNK) if wanted > 0 else _CHUNK))
        said = rating.worker.ask("answer", start=len(labels), stop=stop)
        labels += said["labels"]
        tokens += said["tokens"]
        uncut_tokens += said["uncut_tokens"]
        truncated += said["truncated"]
        for name in ("generated", "framing", "tied", "reread"):
            if said[name] is not None:
                told[name] = told.get(name, 0) + said[name]
        seconds += said["seconds"]
    answers = Answers(
        predicted=tuple(labels),
        gold=plan.samples.gold[: len(labels)],
        tokens=tokens,
        uncut_tokens=uncut_tokens,
        truncated=truncated,
        seconds=seconds,
        **told,
    )
    rating.record("answers", answers.model_dump(mode="json"))
    return answers


def _out_of_time(
    rating: Rating, seconds: float, asked: int, budget_s: float, reserve_s: float
) -> bool:
    """Whether no further chunk fits; ``all`` and a number are bound by the time limit alone."""
    left = rating.left()
    if left is not None and left - reserve_s < seconds / asked * _CHUNK:
        return True
    return rating.plan.options.accuracy_rows == "auto" and seconds >= budget_s


def single(rating: Rating) -> SingleRun:
    """Scenario ``single``: the first queries one at a time."""
    before = rating.first("single")
    if before is None:
        rating.tell("answering", "one query at a time")
        count = min(rating.plan.protocol.single_queries, rating.plan.samples.queries)
        before = rating.worker.ask("single", count=count)
        rating.record("single", before)
    return SingleRun.from_dict(before)
