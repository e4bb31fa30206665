"""``energylabel workloads``, ``families``, ``standard`` and ``schema``: what the program knows."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from energylabel.cli.output import Output, talking
from energylabel.cli.parameters import workload_names

if TYPE_CHECKING:
    from energylabel.records import WorkloadDefinition


@click.group(invoke_without_command=True)
@talking("human", "json")
@click.pass_context
def workloads(context: click.Context) -> int:
    """List the workloads, or explain one with ``show``.

    Each with its classes, language, BERT-base's published accuracy, and whether it has a train
    split, which models that are fitted here and the baselines need.
    """
    if context.invoked_subcommand is not None:
        return 0
    from energylabel import workloads as known

    output: Output = context.obj
    definitions = [known.load(name) for name in known.names()]
    if output.format == "json":
        output.data(json.dumps([each.model_dump(mode="json") for each in definitions], indent=2))
        return 0
    width = max(len(each.name) for each in definitions)
    for each in definitions:
        reference = each.reference_accuracy
        bert = f"BERT-base {100 * reference.value:.1f} %" if reference else "no BERT-base figure"
        output.data(
            f"{each.name:<{width}}  {len(each.labels):>3} classes  {each.language:<5}  {bert:<20}  "
            f"{'train split' if _has_training(each) else 'no train split':<14}  {each.title}"
        )
    return 0


@workloads.command()
@click.argument("name", shell_complete=workload_names)
@talking("human", "json", "toml")
@click.pass_obj
def show(output: Output, name: str) -> int:
    """Explain the workload NAME: source, commit, train split, labels, licence.

    NAME may be a TOML file of your own, which is checked. --format toml prints a definition, a
    start for one of your own.
    """
    from energylabel import workloads as known

    own = Path(name) if name.endswith(".toml") else None
    definition = known.load(name) if own is None else known.load_file(own)
    if output.format == "toml":
        text = known.text(name) if own is None else own.read_text(encoding="utf-8-sig")
        output.data(text.rstrip("\n"))
        return 0
    if output.format == "json":
        output.data(json.dumps(definition.model_dump(mode="json"), indent=2, ensure_ascii=False))
        return 0
    facts: dict[str, Any] = {"title": definition.title, "about": definition.description}
    if definition.dataset is not None:
        dataset = definition.dataset
        facts |= {
            "dataset": dataset.repository,
            "commit": dataset.commit,
            "configuration": dataset.configuration,
            "split": dataset.split,
            "files": ", ".join(dataset.files),
        }
    if definition.train is not None:
        facts["train split"] = f"{definition.train.split} ({', '.join(definition.train.files)})"
    else:
        facts["train split"] = definition.train_file or "none; --train-data FILE gives rows to fit"
    asked = known.wording(definition.language, definition.wording)
    facts["asked as"] = asked.hypothesis
    reference = definition.reference_accuracy
    facts |= {
        "columns": f"{definition.text_column}, {definition.label_column}",
        "language": definition.language,
        "licence": definition.licence,
        "seed": definition.seed,
        "BERT-base": f"{100 * reference.value:.2f} % ({reference.source})"
        if reference
        else "no published accuracy known, so no error index",
    }
    output.data(definition.name)
    for key, value in facts.items():
        if value not in {None, ""}:
            output.data(f"  {key:<13}  {value}")
    output.data("  labels")
    for number, label in enumerate(definition.labels):
        also = definition.synonyms.get(label, ())
        output.data(f"    {number:>3}  {label}" + (f"  (also {', '.join(also)})" if also else ""))
    return 0


def _has_training(definition: "WorkloadDefinition") -> bool:
    return definition.train is not None or definition.train_file is not None


@click.command()
@talking("human", "json")
@click.pass_obj
def families(output: Output) -> int:
    """List the families: the kinds of model that can be rated.

    Those with files are told by the files, or named with --family; the others are rated by name.
    """
    from energylabel.classifiers import families_by_name, families_with_files

    rows: list[dict[str, Any]] = [
        {
            "name": family.name,
            "help": family.help,
            "files": family.files is not None,
            "modes": list(family.modes),
            "training_rows": family.training_rows,
        }
        for family in (*families_with_files(), *families_by_name())
    ]
    if output.format == "json":
        output.data(json.dumps(rows, indent=2))
        return 0
    width = max(len(each["name"]) for each in rows)
    for each in rows:
        modes = f"  --mode {'|'.join(each['modes'])}" if len(each["modes"]) > 1 else ""
        kind = "with files" if each["files"] else "by name"
        output.data(f"{each['name']:<{width}}  {kind:<10}  {each['help']}{modes}")
    return 0


@click.command()
@click.argument("name", required=False)
@click.pass_obj
def standard(output: Output, name: str | None) -> int:
    """Print the standard that labels follow."""
    from energylabel.standard import DEFAULT, standard_text

    output.data(standard_text(name or DEFAULT).rstrip("\n"))
    return 0


@click.command()
@click.argument(
    "record", type=click.Choice(["label", "evidence", "job", "outcome"]), default="label"
)
@click.pass_obj
def schema(output: Output, record: str) -> int:
    """Print the JSON Schema of a label, the evidence, a job or an outcome."""
    from energylabel.records import Evidence, Job, Label, Outcome, Record

    kinds: tuple[type[Record], ...] = (Label, Evidence, Job, Outcome)
    kind = next(each for each in kinds if each.__name__.lower() == record)
    output.data(json.dumps(kind.model_json_schema(), indent=2, ensure_ascii=False))
    return 0
