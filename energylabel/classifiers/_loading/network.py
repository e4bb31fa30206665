"""A checked folder → a network of transformers' own with its tokenizer, ready to run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from energylabel.classifiers._loading.forward import refuse_nonfinite
from energylabel.classifiers._loading.own_weights import (
    Held,
    held_tensors,
    refuse_foreign,
    refuse_lacking,
    saved_formats,
)
from energylabel.classifiers._loading.private import (
    check_parameters,
    dropped_settings,
    private_folder,
)
from energylabel.classifiers.base import Departures
from energylabel.errors import NotRatableError, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from energylabel.classifiers.base import Placement
    from energylabel.records import ResolvedModel


class Loaded(NamedTuple):
    """A network in evaluation mode on its device, its tokenizer, what is not as in the files."""

    network: Any
    tokenizer: Any
    departures: Departures


def load(
    model: ResolvedModel, placement: Placement, auto: str, *, spare: str | None = None
) -> Loaded:
    """Load weights and tokenizer of the model's folder, through one of allowed settings.

    Nothing of it is executed.

    Args:
        model: Whose files were checked.
        placement: Device and number format.
        auto: Name of the ``AutoModel…`` class of transformers.
        spare: Pattern of weights that may be missing, since no answer depends on them.

    Raises:
        NotRatableError: Weights missing or of another shape, or more than the network takes; NaN
            weights, no tokenizer.
    """
    import torch
    import transformers

    factory = getattr(transformers, auto)
    try:
        with private_folder(model) as folder:
            held = held_tensors(folder)
            check_parameters(folder, factory, held)
            dropped, unread = dropped_settings(model, folder)
            tokenizer = _tokenizer(folder)
            network, report = factory.from_pretrained(
                folder,
                trust_remote_code=False,
                use_safetensors=True,
                local_files_only=True,
                dtype="auto" if placement.dtype == "auto" else getattr(torch, placement.dtype),
                output_loading_info=True,
            )
        _check(model, network, report, held, spare)
    except NotRatableError as error:
        raise NotRatableError(f"{model.name}: {error.message}", error.hint) from error
    except MemoryError:
        raise
    except Exception as error:  # what a broken checkpoint raises is not documented
        cause = one_line(error, 300)
        if "ignore_mismatched_sizes" in cause:
            cause = "weights have another shape than config.json says"
        raise NotRatableError(
            f"{model.name} does not load: {cause}",
            f"check that it loads with {auto}.from_pretrained",
        ) from error
    refuse_nonfinite(network, model.name)
    formats = saved_formats(held)
    departures = Departures(dropped, unread, formats if len(formats) > 1 else ())
    return Loaded(network.eval().to(placement.device), tokenizer, departures)


def load_tokenizer(model: ResolvedModel) -> Any:
    """The tokenizer of the model's folder alone.

    Raises:
        NotRatableError: It does not load.
    """
    try:
        with private_folder(model) as folder:
            return _tokenizer(folder)
    except NotRatableError as error:
        raise NotRatableError(f"{model.name}: {error.message}", error.hint) from error


def _tokenizer(folder: Path) -> Any:
    """The tokenizer of a private folder.

    Raises:
        NotRatableError: It does not load; with the package or the files that it lacks.
    """
    import transformers

    try:
        return transformers.AutoTokenizer.from_pretrained(
            folder, trust_remote_code=False, local_files_only=True
        )
    except (NotRatableError, MemoryError):
        raise
    except ImportError as error:
        package = _missing_package(error)
        raise NotRatableError(
            f"its tokenizer needs the package {package}, which is not installed"
            if package
            else f"its tokenizer needs a package: {one_line(error, 300)}",
            f"pip install {package}" if package else "install it beside this program",
        ) from error
    except Exception as error:  # what a broken vocabulary raises is not documented
        raise NotRatableError(
            f"its tokenizer does not load: {one_line(f'{type(error).__name__}: {error}', 300)}",
            "check that it loads with AutoTokenizer.from_pretrained",
        ) from error


def _missing_package(error: BaseException | None) -> str | None:
    """The package that was looked for first, of an error and those that it came of."""
    name = None
    while error is not None:
        if isinstance(error, ModuleNotFoundError) and error.name:
            name = error.name.partition(".")[0]
        elif isinstance(error, ImportError) and name is None:
            advice = re.search(r"pip install\s+([A-Za-z0-9._-]+)", str(error))
            name = advice[1] if advice else None
        error = error.__cause__ or error.__context__
    return name


def _check(
    model: ResolvedModel,
    network: Any,
    report: Mapping[str, Any],
    held: Mapping[str, Held],
    spare: str | None,
) -> None:
    """Refuse a network that is not what its files hold."""
    lacking = sorted(
        key for key in report["missing_keys"] if spare is None or not re.search(spare, key)
    ) + [key[0] for key in report["mismatched_keys"]]
    base = f"{network.base_model_prefix}." if network.base_model_prefix else ""
    count = f"{len(lacking)} weights of the architecture are missing or of another shape, such as"
    untrained = (
        f"{count} {lacking[0] if lacking else ''}",
        f"leave out --family {model.family}: the file does not hold that kind of model"
        if model.family_overridden
        else "rate a fine-tuned checkpoint: untrained weights have no accuracy to speak of",
    )
    refuse_lacking(lacking, report["unexpected_keys"], base, untrained)
    refuse_foreign(network, report["unexpected_keys"], held)
