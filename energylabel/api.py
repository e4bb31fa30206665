"""The front door for Python: the same as the commands, without printing."""

import inspect
import os
import re
import textwrap
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from energylabel import pipeline, publishing, storing
from energylabel.diagnosing import diagnose
from energylabel.dispatching import stages
from energylabel.errors import ClosedError, UsageError
from energylabel.events import Observer, silent
from energylabel.gathered import (
    Labels,
    Rated,
    comparison_html,
    function_name,
    is_function,
    label_html,
    matrix_html,
    model_folder,
    rows_file,
    usual_observer,
)
from energylabel.gathered import load as _load
from energylabel.gating import Verdict, gated
from energylabel.options import OFFERS, Options
from energylabel.records import Comparison, ConfusionMatrix, Diagnosis, Job, Label, PushMode


def rate(
    model: object,
    *,
    tokenizer: object = None,
    observer: Observer | None = None,
    **options: object,
) -> Rated:
    """Rate a model and write its label, as ``energylabel rate`` does.

    Args:
        model: ``org/name``, ``org/name@revision``, a local folder, or ``demo``; or a model of
            transformers that is loaded already, which is saved into a temporary folder and rated
            from there, under its own name; or a function that takes a list of texts and returns a
            label, or a row of scores in the labels' order, for each. It runs in this process, on
            the processor, and is called ``name``; its label goes into no card and to no Hub.
        tokenizer: Of a loaded model.
        observer: Called with an :class:`energylabel.events.Event` at each step. None: a line of
            progress in the cell of a notebook, nothing elsewhere.
        **options: As in :class:`energylabel.options.Options`. Paths may be of any kind, and
            ``label_map`` a mapping. ``data`` and ``train_data`` may be rows instead: a data frame
            of pandas or Polars, a ``datasets.Dataset``, mappings, or pairs (text, label).

    Returns:
        The label, and the folder in which it lies.

    Raises:
        energylabel.errors.EnergyLabelError: Of the class that says what went wrong.
    """
    with TemporaryDirectory(prefix="energylabel-") as temporary:
        for name in ("data", "train_data"):
            given = options.get(name)
            if not isinstance(given, str | os.PathLike | None):
                columns = [str(options.get(f"{each}_column") or each) for each in ("text", "label")]
                folder = Path(temporary, name)
                folder.mkdir()
                options |= {name: rows_file(given, columns[0], columns[1], folder)}
        observer = observer or usual_observer()
        if is_function(model):
            if tokenizer is not None:
                raise UsageError("tokenizer is not for a function", "leave it out")
            wanted = Options.given(options)
            job = Job(model=wanted.name or function_name(model), options=wanted)
            rated = pipeline.rate(job, observer, model)
            return Rated(rated.label, rated.folder, rated.time)
        if not isinstance(model, str | os.PathLike):
            model = model_folder(model, tokenizer, Path(temporary))
        job = Job(model=os.fspath(model), options=Options.given(options))
        *_, outcome = stages(job, observer)
    # There are both wherever nothing is raised.
    return Rated(cast(Label, outcome.label), cast(Path, outcome.folder), outcome.time)


def relabel(path: str | os.PathLike[str]) -> Rated:
    """Make a label and its pictures again from the evidence in a folder; needs no hardware."""
    made = pipeline.relabel(Path(path))
    return Rated(made.label, made.folder)


def verify(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """What in a stored label does not follow from its evidence, as ``energylabel verify`` tells.

    Args:
        path: Folder of the label, or what :func:`rate` gave back.

    Returns:
        A line for each difference; empty where there is none.

    Raises:
        SchemaError: A record is missing, unreadable or newer than this program.
    """
    return pipeline.differences(Path(path))


def card(
    path: str | os.PathLike[str],
    readme: str | os.PathLike[str],
    *,
    replace: bool = False,
    front_matter: bool = False,
) -> str:
    """Put a stored label into a model card, as ``energylabel card`` does.

    Args:
        path: Folder of the label, or what :func:`rate` gave back.
        readme: The card, which is made where there is none.
        replace: Whether it may take the place of a later label, or of labels of another model.
        front_matter: Whether a quick look, or the label of a model that is not on the Hub, may
            stand in the front matter.

    Returns:
        ``written``, or ``unchanged`` where it stands there already.

    Raises:
        CardError: The card cannot be edited safely.
    """
    return publishing.write_card(
        Path(path), Path(readme), replace=replace, front_matter=front_matter
    ).outcome


def gate(
    label: Label | str | os.PathLike[str],
    *,
    min_accuracy: float | None = None,
    min_macro_f1: float | None = None,
    max_wh: float | None = None,
    max_p95: float | None = None,
    max_memory: float | None = None,
    fail_below_energy: str | None = None,
    fail_below_accuracy: str | None = None,
) -> tuple[Verdict, ...]:
    """Hold a label against limits, as ``energylabel gate`` does; also ``label.gate(…)``.

    A limit that might be broken is not met: of the accuracy the whole interval has to be within,
    of estimated watt-hours the whole range.

    Args:
        label: A label as it is; or its folder, or what :func:`rate` gave back: then figures are
            made again from the evidence.
        min_accuracy: A share, from 0 to 1.
        min_macro_f1: A share, from 0 to 1.
        max_wh: Wh per 1,000 texts.
        max_p95: Seconds, the 95th percentile of the latency.
        max_memory: Bytes.
        fail_below_energy: The worst energy class that is met, a letter.
        fail_below_accuracy: The same of the accuracy class.

    Returns:
        A verdict for each limit that is given, with ``met``, the figure and, where it is not met,
        what is wrong in words; as under ``gates`` in JSON.

    Raises:
        UsageError: There is no limit, or one of the wrong kind.
        SchemaError: What lies in the folder is no label of this program.
    """
    limits = {
        "fail_below_energy": fail_below_energy,
        "fail_below_accuracy": fail_below_accuracy,
        "min_accuracy": min_accuracy,
        "min_macro_f1": min_macro_f1,
        "max_wh": max_wh,
        "max_p95": max_p95,
        "max_memory": max_memory,
    }
    held = label if isinstance(label, Label) else pipeline.judged(Path(label))
    return gated(held, limits)


def doctor() -> Diagnosis:
    """What this machine can meter, as ``energylabel doctor`` tells; takes about two seconds."""
    return diagnose()


def push(
    path: str | os.PathLike[str],
    *,
    mode: PushMode = "pr",
    observer: Observer = silent,
    replace: bool = False,
) -> str:
    """Push a stored label to its model's repository on the Hub, as ``energylabel push`` does.

    Args:
        path: Folder of the label.
        mode: ``pr`` opens or updates a pull request, ``commit`` commits to ``main``.
        observer: Called with an :class:`energylabel.events.Event` at each step.
        replace: Whether it may take the place of a later label.

    Returns:
        The address of the pull request or the commit, also when all was there already.

    Raises:
        ClosedError: The owners closed the pull request with this very label; nothing is sent.
        energylabel.errors.EnergyLabelError: Of the class that says what went wrong.
    """
    receipt = publishing.push(Path(path), mode, observer, replace=replace)
    if receipt.outcome == "closed":
        raise ClosedError(
            f"{receipt.url} was closed by the owners of the model",
            "the same label is not proposed again; ask them there",
        )
    return receipt.url


def load_label(path: str | os.PathLike[str]) -> Label:
    """Read a stored label, given its folder or a file in it."""
    return storing.read_label(storing.find(Path(path)))


def load_labels(
    source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    strict: bool = False,
    observer: Observer = silent,
) -> Labels:
    """Read many labels: each once, in the order of the sources and of their folders' names.

    As on the page that ``energylabel page`` makes: a label in a folder has to follow from its
    evidence. Which were seen to is remembered on this machine; where more than 1,000 are new, only
    their ids are held against the evidence's digest, unless ``strict`` is set.

    Args:
        source: A folder with labels somewhere below (``"labels"``), a file of a label, or
            ``org/model[@revision]`` with labels on the Hub; or several of these.
        strict: Raise where one is broken, was tampered with, or is newer than this program. Else it
            is left out, and ``left_out`` of what is returned names it.
        observer: Called with an :class:`energylabel.events.Event` at each step.

    Returns:
        A sequence of :class:`Label`, with ``filter()``, ``to_dataframe()``, ``front()`` and
        ``compare()``; empty where a folder has none.

    Raises:
        UsageError: A source is neither a file or folder nor a model's name.
        SchemaError: With ``strict``, a label cannot be used.
        NetworkError: The Hub cannot be reached or refuses.
    """
    return _load(source, strict=strict, observer=observer)


def _signature() -> inspect.Signature:
    """That of ``rate()`` with every option by name, for ``help()`` and editors."""
    written = inspect.signature(rate)
    model, tokenizer, observer, _ = written.parameters.values()
    options = [
        inspect.Parameter(
            offer.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=offer.default,
            annotation=offer.annotation,
        )
        for offer in OFFERS
    ]
    return written.replace(parameters=[model, tokenizer, *options, observer])


def _described() -> str:
    """The docstring of ``rate()`` with every option's own words."""
    lines = []
    for offer in OFFERS:
        lines += textwrap.wrap(
            f"{offer.name}: {offer.choice.about}",
            width=100,
            initial_indent=" " * 8,
            subsequent_indent=" " * 12,
        )
    head, between, tail = re.split(r"( {8}\*\*options:.*?\n\n)", rate.__doc__ or "", flags=re.S)
    del between
    return head + "\n".join(lines) + "\n\n" + tail


rate.__doc__ = _described()
rate.__signature__ = _signature()  # type: ignore[attr-defined]

Label.gate = gate  # type: ignore[attr-defined]

# What a notebook shows of a record is drawn by rooms that records know nothing of.
Label._repr_html_ = label_html  # type: ignore[attr-defined]
ConfusionMatrix._repr_html_ = matrix_html  # type: ignore[attr-defined]
Comparison._repr_html_ = comparison_html  # type: ignore[attr-defined]
