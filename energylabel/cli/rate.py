"""``energylabel rate``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from energylabel.cli.output import FORMATS, Output, annotation, progress, talking
from energylabel.errors import EnergyLabelError

if TYPE_CHECKING:
    from energylabel.pipeline import Rated, Request

LETTERS = "ABCDEFG"
SOME_FAILED = 7


def _rows(
    context: click.Context, parameter: click.Parameter, value: str
) -> int | Literal["auto", "all"]:
    if value in {"auto", "all"}:
        return cast(Literal["auto", "all"], value)
    if value.isdecimal() and int(value) > 0:
        return int(value)
    raise click.BadParameter("give a positive number, 'auto' or 'all'")


def _device(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if re.fullmatch(r"auto|cpu|cuda(:[0-9]{1,3})?", value) is None:
        raise click.BadParameter("choose auto, cpu, cuda or cuda:N")
    return value


def _seconds(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    """``90``, ``90s``, ``5m``, ``1h``."""
    if value is None:
        return None
    number, unit = (value[:-1], value[-1]) if value[-1:] in {"s", "m", "h"} else (value, "s")
    try:
        seconds = float(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    except ValueError:
        raise click.BadParameter("give seconds, or a number with s, m or h, such as 10m") from None
    if not 0 < seconds < float("inf"):
        raise click.BadParameter("must be positive")
    return seconds


_UNITS = {
    "": 1,
    **{f"{k}b": 10 ** (3 * n) for n, k in enumerate(("", "k", "m", "g", "t"))},
    **{f"{k}ib": 2 ** (10 * n) for n, k in enumerate(("", "k", "m", "g", "t")) if n},
}


def _bytes(context: click.Context, parameter: click.Parameter, value: str) -> int:
    """``500MB``, ``1.5GiB``; a number alone is bytes."""
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([a-z]{0,3})", value.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise click.BadParameter("give a size such as 500MB, 2GB or 1.5GiB")
    return int(float(match[1]) * _UNITS[match[2]])


def _positive(
    context: click.Context, parameter: click.Parameter, value: float | None
) -> float | None:
    if value is None or 0 < value < float("inf"):
        return value
    raise click.BadParameter("must be a positive number")


@click.command()
@click.argument("models", nargs=-1, required=True, metavar="MODEL...")
@click.option("-w", "--workload", metavar="NAME|FILE.toml", help="Default: chosen from the model.")
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own texts instead: .jsonl, .csv or .parquet.",
)
@click.option("--text-column", default="text", show_default=True, help="Column of --data.")
@click.option("--label-column", default="label", show_default=True, help="Column of --data.")
@click.option("--label-map", metavar="MODEL=WORKLOAD,...", help="Where label names do not match.")
@click.option(
    "--protocol",
    type=click.Choice(["standard", "quick"]),
    help="Default: standard; quick for the demo. A quick look takes about a minute, is stamped "
    "as such and cannot be published.",
)
@click.option(
    "--device",
    default="auto",
    show_default=True,
    callback=_device,
    metavar="auto|cpu|cuda[:N]",
    help="auto: a GPU where there is one that PyTorch was built for.",
)
@click.option(
    "--allow-shared",
    is_flag=True,
    help="Rate on a GPU that other processes use too; the label says so.",
)
@click.option(
    "--dtype",
    type=click.Choice(["auto", "float32", "bfloat16", "float16"]),
    default="auto",
    show_default=True,
    help="auto: as the repository ships the weights.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 16384),
    metavar="N",
    help="Texts. Default: 32 on a CPU, 16,384 tokens on a GPU. Halved until a batch fits into "
    "memory, then fixed.",
)
@click.option(
    "--queries",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Rows for energy.",
)
@click.option(
    "--accuracy-rows",
    default="auto",
    show_default=True,
    callback=_rows,
    metavar="N|auto|all",
    help="auto: up to 10,000, as many as fit into the time of the energy measurement.",
)
@click.option(
    "--time-limit",
    callback=_seconds,
    metavar="TIME",
    help="For measuring, in each session: 90s, 10m or 1h. Waiting for another rating is extra.",
)
@click.option("--country", metavar="ISO3", help="Adds CO2e, from CodeCarbon's offline table.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("labels"),
    show_default=True,
    help="Root of the tree of labels.",
)
@click.option("--offline", is_flag=True, help="Use the Hub's cache alone.")
@click.option(
    "--max-download",
    default="20GB",
    show_default=True,
    callback=_bytes,
    metavar="SIZE",
    help="Refuse a model of which more must come down: 500MB, 2GB, 1.5GiB.",
)
@click.option("--resume", is_flag=True, help="Continue an interrupted rating.")
@click.option("--no-wait", is_flag=True, help="Refuse when another rating runs on this machine.")
@click.option(
    "--fail-below-energy",
    type=click.Choice(list(LETTERS), case_sensitive=False),
    help="Exit 1 when the energy class is worse.",
)
@click.option(
    "--fail-below-accuracy",
    type=click.Choice(list(LETTERS), case_sensitive=False),
    help="Exit 1 when the accuracy class is worse or absent.",
)
@click.option(
    "--max-wh",
    type=float,
    callback=_positive,
    metavar="WH",
    help="Exit 1 above this many Wh per 1,000 texts.",
)
@talking(*FORMATS)
@click.pass_obj
def rate(output: Output, /, models: tuple[str, ...], **options: Any) -> int:
    """Rate MODEL... and write labels.

    MODEL is org/name, org/name@revision, a local folder, or "demo" (a small model that comes
    with the program and needs no network).

    \b
    Examples:
      energylabel rate demo
      energylabel rate distilbert/distilbert-base-uncased-finetuned-sst-2-english
      energylabel rate ./my-model --data test.csv --text-column body --label-column topic
      energylabel rate org/name@v2 --workload ag-news-v1 --fail-below-energy D
    """  # noqa: D301 - click reads the escape
    from energylabel.pipeline import rate as rate_one

    rated: list[Rated] = []
    failures: dict[str, EnergyLabelError] = {}
    for model in models:
        try:
            with progress(output) as observer:
                rated.append(rate_one(_request(model, options), observer))
        except EnergyLabelError as error:
            if len(models) == 1:
                raise
            failures[model] = error
            if output.format != "json":
                output.fail(f"{model}: {error.message}", error.hint)
        else:
            if output.format != "json":
                _print(rated[-1], output)
    _summarise(models, rated, failures, output)
    broken = [line for each in rated for line in _policy(each, options)]
    for line in broken:
        output.say(f"policy: {line}")
        if output.format == "github":
            output.data(annotation("error", "energylabel policy", line))
    if failures:
        return SOME_FAILED
    if any(each.label.withheld for each in rated):
        return 4
    return 1 if broken else 0


def _request(model: str, options: dict[str, Any]) -> Request:
    from energylabel.pipeline import Request
    from energylabel.planning import Options

    return Request(
        model=model,
        workload=options["workload"],
        data=options["data"],
        text_column=options["text_column"],
        label_column=options["label_column"],
        label_map=options["label_map"],
        protocol=options["protocol"],
        options=Options(
            device=options["device"],
            dtype=options["dtype"],
            batch_size=options["batch_size"],
            queries=options["queries"],
            accuracy_rows=options["accuracy_rows"],
            time_limit_s=options["time_limit"],
            country=options["country"],
            allow_shared=options["allow_shared"],
        ),
        out=options["out"],
        offline=options["offline"],
        max_download_bytes=options["max_download"],
        resume=options["resume"],
        wait=not options["no_wait"],
    )


def _print(rated: Rated, output: Output) -> None:
    """One model's result in a format for people."""
    from energylabel.cli import summary

    output.data(getattr(summary, output.format)(rated))
    if output.format == "github":
        from energylabel.cli import github

        if not github.publish(rated):
            output.say("the step summary is full: this label is not in it")


def _summarise(
    models: tuple[str, ...],
    rated: list[Rated],
    failures: dict[str, EnergyLabelError],
    output: Output,
) -> None:
    """JSON of everything, or one closing line when there were several models."""
    from energylabel.cli.app import described

    if output.format == "json":
        labels = [each.label.model_dump(mode="json") for each in rated]
        errors = [{"model": name, **described(error)} for name, error in failures.items()]
        whole = labels[0] if len(models) == 1 else {"labels": labels, "errors": errors}
        output.data(json.dumps(whole, ensure_ascii=False, indent=2))
    elif len(models) > 1:
        line = f"{len(rated)} of {len(models)} models rated"
        output.say(line + (f"; failed: {', '.join(failures)}" if failures else ""))


def _policy(rated: Rated, options: dict[str, Any]) -> list[str]:
    """Which gates the label does not pass, in words."""
    grades, energy = rated.label.grades, rated.label.metrics.energy
    from energylabel.figures import significant

    name = rated.label.subject.name
    found = []
    for wanted, grade, what in (
        (options["fail_below_energy"], grades.energy, "energy"),
        (options["fail_below_accuracy"], grades.accuracy, "accuracy"),
    ):
        if wanted is None:
            continue
        if grade.letter is None:
            found.append(f"{name} has no {what} class, {wanted} or better was asked for")
        elif LETTERS.index(grade.letter) > LETTERS.index(wanted.upper()):
            found.append(
                f"{name} has {what} class {grade.letter}, {wanted} or better was asked for"
            )
    limit = options["max_wh"]
    if limit is not None and (energy.wh_per_1000 is None or energy.wh_per_1000.value > limit):
        wh = energy.wh_per_1000
        told = "no figure in" if wh is None else significant(wh.value)
        found.append(f"{name} takes {told} Wh per 1,000 texts, at most {limit:g} was asked for")
    return found
