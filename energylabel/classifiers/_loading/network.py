"""A checked folder → a network of transformers' own with its tokenizer, ready to run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._loading.forward import refuse_nonfinite
from energylabel.classifiers._loading.private import check_parameters, private_folder
from energylabel.errors import NotRatableError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from energylabel.classifiers.base import Placement
    from energylabel.records import ResolvedModel

_IN_LAYER = re.compile(r"(?:^|\.)((?:[a-z_]+\.)?((?:layers?|blocks?|h)\.\d+))\.")
"""A layer, with the part that it is of where one is named: encoder and decoder are two."""


def load(
    model: ResolvedModel, placement: Placement, auto: str, *, spare: str | None = None
) -> tuple[Any, Any]:
    """Load weights and tokenizer of the model's folder, through one of allowed settings.

    Nothing of it is executed.

    Args:
        model: Whose files were checked.
        placement: Device and number format.
        auto: Name of the ``AutoModel…`` class of transformers.
        spare: Pattern of weights that may be missing, since no answer depends on them.

    Returns:
        The network in evaluation mode on its device, and the tokenizer.

    Raises:
        NotRatableError: Weights missing or of another shape, NaN weights, no tokenizer.
    """
    import torch
    import transformers

    factory = getattr(transformers, auto)
    try:
        with private_folder(model) as folder:
            check_parameters(folder, factory)
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                folder, trust_remote_code=False, local_files_only=True
            )
            network, report = factory.from_pretrained(
                folder,
                trust_remote_code=False,
                use_safetensors=True,
                local_files_only=True,
                dtype="auto" if placement.dtype == "auto" else getattr(torch, placement.dtype),
                output_loading_info=True,
            )
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
    lacking = sorted(
        key for key in report["missing_keys"] if spare is None or not re.search(spare, key)
    ) + [key[0] for key in report["mismatched_keys"]]
    if lacking:
        raise NotRatableError(
            f"{model.name}: {len(lacking)} weights of the architecture are missing or of "
            f"another shape, such as {lacking[0]}",
            f"leave out --family {model.family}: the file does not hold that kind of model"
            if model.family_overridden
            else "rate a fine-tuned checkpoint: untrained weights have no accuracy to speak of",
        )
    unused = _of_missing_layers(network, report["unexpected_keys"])
    if unused:
        raise NotRatableError(
            f"{model.name}: the file holds {len(unused)} weights of layers that config.json"
            f" leaves out, such as {unused[0]}",
            "correct the number of layers in config.json",
        )
    refuse_nonfinite(network, model.name)
    return network.eval().to(placement.device), tokenizer


def _of_missing_layers(network: Any, unexpected: Iterable[str]) -> list[str]:
    """Keys in layers that the network lacks; an old buffer in a layer that it has is none."""
    here = {
        layer
        for name, _ in network.named_parameters()
        if (found := _IN_LAYER.search(name))
        for layer in found.groups()
    }
    inside = {key: found[1] for key in unexpected if (found := _IN_LAYER.search(key))}
    return sorted(key for key, layer in inside.items() if layer not in here)
