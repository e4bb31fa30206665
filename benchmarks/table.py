"""Labels of several models → a table for each workload and machine, and how costs compare.

Usage: python benchmarks/table.py labels WORKLOAD …

It reads the evidence under a folder of labels and computes every figure again. Costs are compared
by the energy indexes (BERT-base = 100), which in an estimate are ratios of CPU-seconds.
"""

import argparse
from pathlib import Path

from energylabel import formatting
from energylabel.judging.judgement import judge
from energylabel.records.label import Label
from energylabel.rendering._render import printed
from energylabel.storing.labels import EVIDENCE, read_evidence

HEAD = (
    "model",
    "kind",
    "accuracy, % (95 %)",
    "class",
    "energy index (range)",
    "class",
    "Wh per 1,000 texts",
    "tokens per text",
    "× the cheapest",
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("workloads", nargs="+")
    options = parser.parse_args()
    places = options.labels.rglob(EVIDENCE)
    found = [judge(read_evidence(path.parent)) for path in places if "history" not in path.parts]
    for workload in options.workloads:
        rows = sorted((label for label in found if label.workload.name == workload), key=cost)
        for machine in sorted({printed(label)["machine"] for label in rows}):
            there = [label for label in rows if printed(label)["machine"] == machine]
            print(f"### {workload}: {machine}\n\n{table(there)}\n")


def cost(label: Label) -> float:
    """What a text costs, relative to the reference's."""
    return label.metrics.energy.index.value


def table(labels: list[Label]) -> str:
    """As Markdown; the cheapest model first, the reference where its 100 belongs."""
    # What is withheld is compared with nothing.
    least = min((cost(label) for label in labels if not label.withheld), default=100.0)
    lines = [(cost(label), _cells(label, least)) for label in labels]
    reference = ("BERT-base, random weights", "reference", "", "", "100", "F", "", "")
    lines.append((100.0, (*reference, _times(100 / least))))
    rows = [HEAD, ("---",) * len(HEAD), *(cells for _, cells in sorted(lines, key=lambda x: x[0]))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def _read(label: Label) -> str:
    """What a text has for the model, with the unit where it is not tokens."""
    unit = label.subject.pieces
    tokens = label.metrics.tokens_per_query
    if tokens is None:
        return "not known"
    read = formatting.significant(tokens)
    return read if unit == "tokens" else f"{read} {unit}"


def _cells(label: Label, least: float) -> tuple[str, ...]:
    values, about = printed(label), "≈ " if label.provenance == "estimated" else ""
    accuracy, fitted = label.metrics.accuracy, label.metrics.fitting
    share = formatting.percentage(accuracy.accuracy.value)
    index, interval = values["energy_index"], values["energy_index_interval"]
    amount = f"{values['energy_amount']} {values['energy_unit']}".strip()
    mode = f" ({label.conditions.mode})" if label.conditions.mode else ""
    letter = values["energy_range"] or label.grades.energy.letter
    rows = f", {fitted.rows:,} rows" if fitted else ""
    return (
        label.subject.name.partition("/")[2],
        f"{label.subject.family}{mode}{rows}",
        f"{share} ({values['accuracy_interval']})",
        values["accuracy_range"] or label.grades.accuracy.letter or "?",
        f"{about}{index} ({interval})" if index else "withheld",
        f"{about}{letter}" if letter else "?",
        about + amount if amount else "",
        _read(label),
        _times(cost(label) / least) if index else "",
    )


def _times(ratio: float) -> str:
    return formatting.significant(ratio, 2)


if __name__ == "__main__":
    main()
