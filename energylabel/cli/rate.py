"""``energylabel rate``: its options."""

from pathlib import Path
from typing import Any

import click

from energylabel.cli import parameters
from energylabel.cli.output import FORMATS, Output, talking
from energylabel.cli.progress import progress


@click.command()
@click.argument("models", nargs=-1, metavar="[MODEL...]")
@click.option(
    "--from-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="More models: a text file, one a line; # begins a remark.",
)
@click.option("--org", metavar="NAME", help="The text classifiers of an organisation on the Hub.")
@click.option("--search", metavar="TEXT", help="Of --org: those with this in their names.")
@click.option(
    "--min-downloads",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Of --org: those with at least so many downloads a month.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    metavar="N",
    help="Of --org: at most so many, the most downloaded first.",
)
@click.option("-w", "--workload", metavar="NAME|FILE.toml", help="Default: chosen from the model.")
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own texts instead: .jsonl, .csv or .parquet.",
)
@click.option(
    "--text-column", default="text", show_default=True, help="Column of --data and --train-data."
)
@click.option("--label-column", default="label", show_default=True, help="Of the same files.")
@click.option(
    "--train-data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Rows to fit models on, instead of the workload's own; with the columns above.",
)
@click.option(
    "--language",
    metavar="CODE",
    help="Of --data: en, de, …; on the label, and for questions in words.",
)
@click.option(
    "--family",
    metavar="NAME",
    help="What kind of model it is, where its files say it wrong: sequence-classification, "
    "zero-shot-nli, prompted-lm or embedding-probe.",
)
@click.option("--mode", metavar="NAME", help="How a language model answers: score or generate.")
@click.option(
    "--shots",
    type=click.IntRange(0, 64),
    default=0,
    show_default=True,
    metavar="N",
    help="Worked examples in each question to a language model, from the rows to fit on.",
)
@click.option(
    "--no-baselines", is_flag=True, help="Leave out the cheap models that are measured beside it."
)
@click.option("--label-map", metavar="MODEL=WORKLOAD,...", help="Where label names do not match.")
@click.option(
    "--protocol",
    type=click.Choice(["standard", "quick"]),
    help="Default: standard; quick for the demo. A quick look takes a minute or two with a small "
    "model, is stamped as such and cannot be published.",
)
@click.option(
    "--device",
    default="auto",
    show_default=True,
    callback=parameters.device,
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
    "memory, then fixed. Models that pad nothing take up to 1,024 whatever N is, or one with 1.",
)
@click.option(
    "--queries",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Rows for energy. A quick look takes three slices of at most 50 each.",
)
@click.option(
    "--accuracy-rows",
    default="auto",
    show_default=True,
    callback=parameters.rows,
    metavar="N|auto|all",
    help="auto: up to 10,000, as many as fit into the time of the energy measurement.",
)
@click.option(
    "--time-limit",
    callback=parameters.seconds_of,
    metavar="TIME",
    help="For loading, fitting and measuring, in each session: 90s, 10m or 1h. Waiting for another"
    " rating is extra.",
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
    callback=parameters.bytes_of,
    metavar="SIZE",
    help="Refuse a model of which more must come down: 500MB, 2GB, 1.5GiB.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Continue an interrupted rating; models whose label is in --out already are left.",
)
@click.option("--no-wait", is_flag=True, help="Refuse when another rating runs on this machine.")
@click.option(
    "--card",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="README.md",
    help="Put the label into this model card too (as `energylabel card` does).",
)
@click.option(
    "--push",
    type=click.Choice(["pr", "commit"]),
    help="Bring the label to the model's repository: a pull request, or a commit to main.",
)
@click.option(
    "--if-changed",
    is_flag=True,
    help="Leave models whose label on the Hub (or in our open pull request) is of the same files, "
    "workload and hardware, asked in the same way.",
)
@click.option(
    "--fail-below-energy",
    type=click.Choice(list(parameters.LETTERS), case_sensitive=False),
    help="Exit 1 when the energy class is worse.",
)
@click.option(
    "--fail-below-accuracy",
    type=click.Choice(list(parameters.LETTERS), case_sensitive=False),
    help="Exit 1 when the accuracy class is worse or absent.",
)
@click.option(
    "--max-wh",
    type=float,
    callback=parameters.positive,
    metavar="WH",
    help="Exit 1 above this many Wh per 1,000 texts.",
)
@talking(*FORMATS)
@click.pass_obj
def rate(output: Output, /, models: tuple[str, ...], **options: Any) -> int:
    """Rate MODEL... and write labels.

    MODEL is org/name, org/name@revision, a local folder, "demo" (a small model that comes with
    the program and needs no network), or a family without files, fitted here: tfidf-linear,
    bow-linear, char-tfidf-linear, bow-xgboost, char-tfidf-xgboost. Several are rated one after
    another; one that fails does not stop the others.

    \b
    Examples:
      energylabel rate demo
      energylabel rate distilbert/distilbert-base-uncased-finetuned-sst-2-english
      energylabel rate ./my-model --data test.csv --text-column body --label-column topic
      energylabel rate org/name@v2 --workload ag-news-v1 --fail-below-energy D
      energylabel rate org/name --push pr
      energylabel rate --org my-org --limit 50 --resume
    """  # noqa: D301 - click reads the escape
    from energylabel.cli.series import Series

    return Series(options, output).run(_chosen(models, options, output))


def _chosen(models: tuple[str, ...], options: dict[str, Any], output: Output) -> dict[str, bool]:
    """The models of all three sources, each once, and whether the Hub named it."""
    from energylabel.hub import HubClient, models_in

    if not options["org"] and (options["search"] or options["min_downloads"]):
        raise click.UsageError("--search and --min-downloads are for --org")
    found = dict.fromkeys(models, False)
    if options["from_file"] is not None:
        found |= dict.fromkeys(models_in(options["from_file"]), False)
    if options["org"]:
        with progress(output) as observer:
            listed = HubClient(observer).models_of(
                options["org"],
                search=options["search"],
                min_downloads=options["min_downloads"],
                limit=options["limit"],
            )
        found |= dict.fromkeys(listed, True)
    if not found:
        raise click.UsageError("give a MODEL, --from-file or --org")
    return found
