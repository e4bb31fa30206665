"""``energylabel check``: data, and a model's fit to them, before anything is measured."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from energylabel.cli import parameters
from energylabel.cli.output import Output, clean, talking
from energylabel.cli.progress import duration, progress

if TYPE_CHECKING:
    from energylabel.records import CheckedModel, CheckedRows, DataCheck

_MOST_CLASSES = 20
_BY = {
    "name": "by their names",
    "well-known names": "by well-known names; --label-map says otherwise",
    "order": "in their order, since names say nothing: see that it is right, or give --label-map",
    "label map": "as --label-map says",
}


@click.command()
@click.argument("model", required=False)
@parameters.rating_options
@talking("human", "json")
@click.pass_obj
def check(output: Output, /, model: str | None, **options: Any) -> int:
    """Look at --data and at how MODEL fits to them, without measuring.

    Rows and those that cannot be used, classes, what the model's labels are taken for, empty,
    repeated and contradicting rows, texts that may be cut, and how long a rating would take: all
    that would stop it is told at once. Without MODEL, the data alone. The exit code is 0 where a
    rating could begin, else that of its first problem.

    \b
    Example:
      energylabel check ./my-model --data test.csv --label-column topic
    """  # noqa: D301 - click reads the escape
    from energylabel import checking

    if model is None and options["data"] is None:
        raise click.UsageError("give --data FILE, a MODEL, or both")
    with progress(output) as observer:
        found = checking.check(model, parameters.chosen(options), observer)
    output.measuring = False
    if output.format == "json":
        output.data(json.dumps(found.model_dump(mode="json"), indent=2, ensure_ascii=False))
    else:
        output.data("\n".join(lines(found)))
        for problem in found.problems:
            output.fail(problem.message, problem.hint)
    return found.problems[0].code if found.problems else 0


def lines(found: DataCheck) -> list[str]:
    """What was found, one thing a line."""
    text = [] if found.rows is None else [*_rows(found.rows)]
    text += [f"read        {clean(each)}" for each in found.remarks]
    text += [] if found.model is None else [*_model(found.model)]
    ready = "a rating could begin" if not found.problems else "a rating would not begin"
    return [*text, f"verdict     {ready}"]


def _rows(rows: CheckedRows) -> list[str]:
    workload = rows.workload
    more = "" if rows.asked == workload.rows else f", {rows.asked:,} of them asked"
    classes = [f"{clean(name)} {count:,}" for name, count in rows.classes.items()]
    left = len(classes) - _MOST_CLASSES
    shown = ", ".join(classes[:_MOST_CLASSES]) + (f" and {left} more" if left > 0 else "")
    title = clean(workload.title)
    text = [
        f"data        {title}: {workload.rows:,} rows{more}; {rows.queries:,} for energy",
        f"classes     {len(classes)}: {shown}",
        f"            always the most frequent one would be right in {rows.majority_share:.1%}",
    ]
    if workload.bad_rows:
        text.append(f"left out    {workload.bad_rows:,} rows, as --skip-bad-rows does")
    if workload.unknown_rows:
        labels = [f"{clean(name)} {count:,}" for name, count in workload.unknown_rows.items()]
        more = f" and {len(labels) - _MOST_CLASSES} more" if len(labels) > _MOST_CLASSES else ""
        named = ", ".join(labels[:_MOST_CLASSES]) + more
        text.append(f"left out    rows of labels {named}, as --drop-unknown does")
    for name, ways in workload.spellings.items():
        text.append(f"            {clean(name)} is spelled {', '.join(map(repr, ways))}")
    if rows.repeated:
        other = f", {rows.contradicting:,} of them with another label" if rows.contradicting else ""
        text.append(f"duplicates  {rows.repeated:,} rows repeat the text of another{other}")
    if rows.empty:
        text.append(f"empty       {rows.empty:,} rows have nothing to read")
    if rows.repeated or rows.empty > 1:
        worth = f"{rows.effective:,.0f}"
        text.append(f"            the interval of the accuracy would count the rows as {worth}")
    return text


def _model(model: CheckedModel) -> list[str]:
    pairs = [
        f"{clean(label)} = {'nothing in the data' if to is None else clean(to)}"
        for label, to in [*model.labels.items()][:_MOST_CLASSES]
    ]
    left = len(model.labels) - _MOST_CLASSES
    text = [
        f"model       {clean(model.name)}, {model.family}",
        f"labels      {', '.join(pairs)}{f' and {left} more' if left > 0 else ''}",
        f"            taken {_BY[model.mapped_by]}",
    ]
    if model.longest is not None and model.max_tokens is not None:
        cut = f"{model.longest:,} texts are as long or longer and may be cut"
        text.append(
            f"cut         at {model.max_tokens:,} tokens: {cut if model.longest else 'none'}"
        )
    if model.seconds is not None:
        from energylabel.formatting import outward

        low, high = outward(model.seconds.low, model.seconds.high, duration)
        text.append(
            f"time        {low} to {high} on this machine as it is now, from one round of measuring"
            " to the last"
        )
    else:
        text.append("time        not told: the model is fitted first")
    return text
