"""Whether a network holds what its file holds: else its answers are not the model's own.

A loader names the keys that it found no place for and those that it missed, and goes on. Some of
the former belong to another head; others are half of a weight: a scale, an adapter, a norm.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

_IN_LAYER = re.compile(r"(?:^|\.)((?:[a-z_]+\.)?((?:layers?|blocks?|h)\.\d+))\.")
"""A layer, with the part that it is of where one is named: encoder and decoder are two."""

_FLOATS = {"F64": "float64", "F32": "float32", "BF16": "bfloat16", "F16": "float16"}
_MASK_FILL = "masked_bias"
"""What a causal mask is filled with, which GPT's kin saved in each layer until version 4.31."""

_MERGE = (
    "merge or convert it before saving: merge_and_unload() of an adapter, dequantize() of a"
    " quantised model, remove_parametrizations() of a normed weight; then save_pretrained(…)"
)


@dataclass(frozen=True, slots=True)
class Held:
    """A tensor of a file: its safetensors type (``F32``), its shape in elements."""

    kind: str
    shape: tuple[int, ...]

    @property
    def is_causal_mask(self) -> bool:
        """Whether it is laid out as the triangle that old versions saved in each layer."""
        match self.shape:
            case (1, 1, rows, columns):
                return rows == columns
        return False


def held_tensors(place: Path) -> dict[str, Held]:
    """Tensors of the safetensors files of a folder, by name."""
    from safetensors import safe_open

    held: dict[str, Held] = {}
    for path in sorted(place.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118 - not a dict
                part = file.get_slice(name)
                held[name] = Held(part.get_dtype(), tuple(part.get_shape()))
    return held


def saved_formats(held: Mapping[str, Held]) -> tuple[str, ...]:
    """Number formats of the floating-point tensors, that of most numbers first."""
    sizes: Counter[str] = Counter()
    for tensor in held.values():
        if tensor.kind in _FLOATS:
            sizes[_FLOATS[tensor.kind]] += math.prod(tensor.shape)
    return tuple(name for name, _ in sorted(sizes.items(), key=lambda item: (-item[1], item[0])))


def refuse_lacking(
    lacking: Sequence[str], unexpected: Collection[str], base: str, untrained: tuple[str, str]
) -> None:
    """Refuse a file without some of the network's weights, with what it holds instead.

    Args:
        lacking: Names of weights that are missing or of another shape.
        unexpected: Keys of the file that have no place.
        base: The prefix of the base model's weights, which a file may have or not.
        untrained: Message and hint where nothing else explains it.

    Raises:
        NotRatableError: ``lacking`` is not empty.
    """
    if not lacking:
        return
    prefixes = _prefixes(lacking, unexpected, base)
    prefix, count = prefixes.most_common(1)[0] if prefixes else ("", 0)
    if 2 * count > len(lacking):
        raise NotRatableError(
            f"names in the file begin with {prefix[:60]!r}, so that {count} weights of the"
            f" architecture are missing, such as {lacking[0]}",
            f"save the model without {prefix[:60]!r}: {_UNWRAP.get(prefix, _INNER)}",
        )
    for name in lacking:
        owner = name.rpartition(".")[0]
        instead = sorted(key for key in unexpected if owner and key.startswith(f"{owner}."))
        if instead:
            raise NotRatableError(
                f"{len(lacking)} weights of the architecture are missing, such as {name}: the"
                f" file holds {' and '.join(instead[:2])} instead",
                _MERGE,
            )
    raise NotRatableError(*untrained)


def _prefixes(lacking: Sequence[str], unexpected: Iterable[str], base: str) -> Counter[str]:
    """What keys begin with that would else be names of missing weights, and how many do."""
    wanted, found = set(lacking), Counter[str]()
    for key in unexpected:
        parts = key.split(".")
        ends = ((count, ".".join(parts[count:])) for count in range(1, len(parts)))
        at = next((n for n, end in ends if end in wanted or base + end in wanted), 0)
        if at:
            found[".".join(parts[:at]).removesuffix(base.rstrip(".")).rstrip(".") + "."] += 1
    return found


_INNER = "save_pretrained(…) of the model inside"
_UNWRAP = {
    "_orig_mod.": "model._orig_mod.save_pretrained(…) (torch.compile wrapped it)",
    "module.": "model.module.save_pretrained(…) (DataParallel wrapped it)",
    "base_model.model.": "model.merge_and_unload().save_pretrained(…) (peft wrapped it)",
}


def refuse_foreign(network: Any, unexpected: Collection[str], held: Mapping[str, Held]) -> None:
    """Refuse keys without a place that change what the network computes, and integer weights.

    What lies beside the parts of the whole network is another head, beside those of its base
    what the base's own class has, such as a pooler. Inside of a part a key is harmless only if
    the network computes such a table itself: a buffer of that name, a module of that name that
    never has weights, the causal mask of old versions.

    Args:
        network: As loaded.
        unexpected: Keys that had no place, without those that its class says to leave.
        held: What its files hold, of :func:`held_tensors`.

    Raises:
        NotRatableError: With the first such key.
    """
    places = _Places(network, held)
    layers = _of_missing_layers(network, unexpected)
    if layers:
        raise NotRatableError(
            f"the file holds {len(layers)} weights of layers that config.json leaves out, such as"
            f" {layers[0]}",
            "correct the number of layers in config.json",
        )
    strange = sorted(key for key in unexpected if places.is_inside(key, held.get(key)))
    if strange:
        more = f" and {len(strange) - 1} more" if len(strange) > 1 else ""
        raise NotRatableError(
            f"the file holds {strange[0]}{more}, which the architecture does not take: part of a"
            " quantised, adapted or changed weight, without which other answers come out",
            _MERGE,
        )
    for key, tensor in sorted(held.items()):
        if tensor.kind not in _FLOATS and key not in unexpected and not places.takes_integers(key):
            raise NotRatableError(
                f"the weight {key} is saved in {tensor.kind}, no floating-point numbers",
                "save the model in float32, bfloat16 or float16",
            )


class _Places:
    """Where a file's keys belong in a network; with and without the base model's prefix."""

    def __init__(self, network: Any, keys: Collection[str]) -> None:
        self._modules = dict(network.named_modules())
        self._buffers = dict(network.named_buffers())
        self._weights = {name for name, _ in network.named_parameters()}
        self._tables = {name.rpartition(".")[2] for name in self._buffers}
        self._prefix = f"{network.base_model_prefix}." if network.base_model_prefix else ""
        self._is_bare = not any(key.startswith(self._prefix) for key in keys)
        self._base = network.base_model
        bare: dict[str, bool] = {}
        for name, module in self._modules.items():
            last = name.rpartition(".")[2]
            bare[last] = bare.get(last, True) and next(module.parameters(), None) is None
        self._bare = {name for name, is_bare in bare.items() if is_bare}
        ignored = sorted(getattr(network, "_keys_to_ignore_on_load_unexpected", None) or ())
        self._ignored = re.compile("|".join(f"(?:{each})" for each in ignored) or "(?!)")

    def _names(self, key: str) -> tuple[str, ...]:
        """A key as it may be called in the network: files of a base model lack its prefix."""
        return (key, self._prefix + key if self._is_bare else key.removeprefix(self._prefix))

    def is_inside(self, key: str, tensor: Held | None) -> bool:
        """Whether a key without a place lies inside of a part, and is no table of its own."""
        names = self._names(key)
        if any(name in self._buffers for name in names):
            return False
        owner, rest = max((self._owner(name) for name in names), key=lambda pair: len(pair[0]))
        module = self._modules[owner]
        if not owner:
            return False
        if module is self._base:
            return not self._is_bare and rest[0] not in self._whole
        if len(rest) > 1:
            return rest[0] not in self._bare
        if next(module.parameters(recurse=False), None) is not None:
            return True
        mask = rest[0] == _MASK_FILL or (tensor is not None and tensor.is_causal_mask)
        return not mask and rest[0] not in self._tables

    def _owner(self, name: str) -> tuple[str, list[str]]:
        """The innermost module that a name lies in, and what of the name is left."""
        parts = name.split(".")
        for count in range(len(parts) - 1, 0, -1):
            if ".".join(parts[:count]) in self._modules:
                return ".".join(parts[:count]), parts[count:]
        return "", parts

    @cached_property
    def _whole(self) -> set[str]:
        """Parts of the base model as its class has them: with a pooler, for one."""
        import torch

        try:
            with torch.device("meta"):
                whole = type(self._base)(self._base.config)
        except Exception:  # noqa: BLE001 - of any class of the library
            return set()
        return {name for name, _ in whole.named_children()}

    def takes_integers(self, key: str) -> bool:
        """Whether the network holds integers under a name, or its class leaves it aside."""
        if any(name in self._weights for name in self._names(key)):
            return False
        known = [self._buffers[name] for name in self._names(key) if name in self._buffers]
        if known:
            return not any(buffer.is_floating_point() for buffer in known)
        return self._ignored.search(key) is not None


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
