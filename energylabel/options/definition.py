"""The options of a rating. To add one, add a field here and use it where it matters."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, Self

from energylabel.errors import UsageError
from energylabel.options.choice import check, choice
from energylabel.options.offering import offers_of

DEVICE = r"auto|cpu|cuda(:[0-9]{1,3})?"
"""How a device is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What may be chosen about one rating; paths are text.

    Raises:
        UsageError: A value is of the wrong kind or out of range; it is named.
    """

    workload: str | None = choice(
        None,
        "Default: chosen from the model.",
        "Name of a workload, or path of a TOML file. Default, chosen from the model.",
        short="-w",
        metavar="NAME|FILE.toml",
    )
    data: str | None = choice(
        None,
        "Your own texts instead: .csv, .tsv, .jsonl, .json or .parquet, all but the last perhaps "
        "packed (.gz); - is standard input.",
        written="file",
    )
    data_name: str | None = choice(
        None,
        "What --data are called on the label. Default: as the file.",
        "What data are called on the label. Default, as the file.",
        metavar="NAME",
    )
    text_column: str = choice(
        "text",
        "Column of --data and --train-data, in any case.",
        "Column with the texts, of data and train_data.",
    )
    label_column: str = choice(
        "label", "Of the same files.", "Column with the labels, of data and train_data."
    )
    train_data: str | None = choice(
        None,
        "Rows to fit models on, instead of the workload's own; with the columns above.",
        written="file",
    )
    skip_bad_rows: bool = choice(
        False,
        "Leave out rows of these files that have no text or no label, and count them on the label.",
    )
    drop_unknown: bool = choice(
        False,
        "Leave out rows whose label the model (of --train-data: the texts that are asked) lacks, "
        "and count them on the label.",
        "Leave out rows whose label the model (of train_data: the texts that are asked) lacks, "
        "and count them on the label.",
    )
    reference_accuracy: float | None = choice(
        None,
        "An accuracy to compare with, such as that of the model in use, where nothing is "
        "published: gives an accuracy class, marked as declared.",
        metavar="0.93",
        written="share",
        below=1.0,
        refusal="the reference accuracy {value} is no share between 0 and 1",
        remedy="write 0.93 for 93 %",
    )
    language: str | None = choice(
        None,
        "Of --data: en, de, …; on the label, and for questions in words.",
        "ISO code of the language of data: on the label, and for questions in words.",
        metavar="CODE",
    )
    name: str | None = choice(
        None,
        "What a model in a folder is called on the label. Default: as the folder.",
        "What a model in a folder is called on the label. Default, as the folder.",
        metavar="NAME",
    )
    family: str | None = choice(
        None,
        "What kind of model it is, where its files say it wrong: `energylabel families` lists "
        "them.",
        metavar="NAME",
    )
    mode: str | None = choice(
        None,
        "How a model that is asked in words answers, where its family has several modes.",
        metavar="NAME",
    )
    shots: int = choice(
        0,
        "Worked examples in each question to a language model, from the rows to fit on.",
        metavar="N",
        least=0,
        most=64,
    )
    baselines: bool = choice(
        True,
        "Leave out the cheap models that are measured beside it.",
        "Measure the cheap models beside it, where there are rows to fit them on.",
    )
    label_map: str | None = choice(
        None,
        "Where label names do not match.",
        "model=workload,… or a mapping, where label names do not match.",
        metavar="MODEL=WORKLOAD,...",
    )
    protocol: Literal["standard", "quick"] | None = choice(
        None,
        "Default: standard; quick for the demo. A quick look takes a minute or two with a small "
        "model, is stamped as such and cannot be published.",
        "standard or quick. Default, standard, and quick for the demo. A quick look is stamped as "
        "such and cannot be published.",
    )
    device: str = choice(
        "auto",
        "auto: a GPU where there is one that PyTorch was built for.",
        "auto, cpu, cuda or cuda:N. auto: a GPU where there is one that PyTorch was built for.",
        metavar="auto|cpu|cuda[:N]",
        written="device",
        pattern=DEVICE,
        refusal="unknown device {value}",
        remedy="choose auto, cpu, cuda or cuda:N",
    )
    allow_shared: bool = choice(
        False, "Rate on a GPU that other processes use too; the label says so."
    )
    runtime: str = choice(
        "pytorch",
        "What executes the model's network: pytorch, or onnxruntime for models with a head, on a "
        "CPU. The reference stays on PyTorch.",
        metavar="NAME",
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16", "int8"] = choice(
        "auto",
        "auto: as the repository ships the weights. int8: quantised here, with --runtime "
        "onnxruntime.",
        "auto (as the repository ships the weights), float32, bfloat16, float16, or int8 "
        "(quantised here, with the runtime onnxruntime).",
    )
    batch_size: int | None = choice(
        None,
        "Texts. Default: 32 on a CPU, 16,384 tokens on a GPU. Halved until a batch fits into "
        "memory, then fixed. Models that pad nothing take a whole slice, up to 1,024, whatever N "
        "is, or one with 1.",
        metavar="N",
        least=1,
        most=16_384,
    )
    queries: int = choice(
        1000,  # the standard's number, compared by a test: reading it here would slow --help
        "Rows for energy. A quick look takes three slices of at most 50 each.",
        least=1,
        most=100_000,
    )
    accuracy_rows: int | Literal["auto", "all"] = choice(
        "auto",
        "auto: up to 10,000, as many as fit into the time of the energy measurement.",
        "Rows for accuracy. auto: up to 10,000, as many as fit into the time of the energy "
        "measurement. Or all, or a number.",
        metavar="N|auto|all",
        written="rows",
        least=1,
    )
    time_limit_s: float | None = choice(
        None,
        "For loading, fitting and measuring, in each session: 90s, 10m or 1h. Waiting for another "
        "rating is extra.",
        "Seconds for loading, fitting and measuring, in each session. Waiting for another rating "
        "is extra.",
        flag="--time-limit",
        metavar="TIME",
        written="duration",
        refusal="the time limit must be above 0",
        remedy="correct --time-limit",
    )
    country: str | None = choice(
        None,
        "Adds CO2e, from CodeCarbon's offline table.",
        "ISO 3166 code of three letters; adds CO2e, from CodeCarbon's offline table.",
        metavar="ISO3",
        pattern="[A-Za-z]{3}",
        refusal="the country {value} is no three-letter ISO code",
        remedy="write DEU, FRA or USA",
    )
    out: str = choice("labels", "Root of the tree of labels.", written="folder")
    offline: bool = choice(False, "Use the Hub's cache alone.")
    max_download_bytes: int | None = choice(
        20_000_000_000,  # a classifier of ten billion parameters in half precision
        "Refuse a model of which more must come down: 500MB, 2GB, 1.5GiB.",
        "Refuse a model of which more bytes must come down; None: no limit.",
        flag="--max-download",
        metavar="SIZE",
        written="size",
    )
    resume: bool = choice(
        False,
        "Continue an interrupted rating; models whose label is in --out already are left.",
        "Continue an interrupted rating; models whose label is in out already are left.",
    )
    wait_s: float | None = choice(
        None,
        "At most so long for another rating on this machine to end: 90s, 10m or 1h; 0s refuses at "
        "once. Default: as long as it takes.",
        "Most seconds to wait for another rating on this machine to end; 0 refuses at once. "
        "Default, as long as it takes.",
        flag="--wait",
        metavar="TIME",
        written="wait",
        least=0,
        refusal="the time to wait must be 0 or more",
        remedy="correct --wait",
    )

    def __post_init__(self) -> None:
        for each in OFFERS:
            check(each.name, each.kinds, each.choice, getattr(self, each.name))

    @classmethod
    def given(cls, values: Mapping[str, object]) -> Self:
        """Options from what a Python program gives: paths of any kind, a label map as a mapping.

        Raises:
            UsageError: One is unknown or unfit; it is named.
        """
        known = [each.name for each in OFFERS]
        for name in values:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known)}"
                raise UsageError(f"there is no option {name:.40}", hint)
        plain: dict[str, Any] = {name: _plain(value) for name, value in values.items()}
        return cls(**plain)


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return json.dumps(dict(value)) if isinstance(value, Mapping) else value


OFFERS = offers_of(Options)
"""The options as those see them who offer them to people."""
