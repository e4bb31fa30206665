"""What a network holds besides its weights, as it was before it was asked, to be put back.

Some networks write into themselves when they answer: how many buckets a first text had, the longest
text so far, another kind of attention once a text was short. The next answer then depends on what
was asked before.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAD = "pad_token_id"
"""What fills a batch is told to the head batch by batch (see ``padding``), and is no state."""


class State:
    """Buffers, attributes, sub-modules and configurations of a network, as they are now.

    Weights are not copied, and nothing is looked into but lists, dictionaries and sets. It is put
    back before every call until somebody has seen that there is no need to.

    Args:
        network: A torch module in evaluation mode that has not been asked anything yet.
    """

    def __init__(self, network: Any) -> None:
        self._network = network
        self._hook: Any = None
        self._kept = [(owner, [_Kept(*each) for each in held]) for owner, held in _held(network)]
        self.restore_always(True)

    def restore_always(self, on: bool) -> None:
        """Whether to put it back before every call of the network from now on."""
        if self._hook is not None:
            self._hook.remove()
        self._hook = self._network.register_forward_pre_hook(self._before) if on else None

    def restore(self) -> None:
        """Put back what has changed since."""
        for owner, held in self._kept:
            for kept in held:
                if owner.get(kept.key, self) is not kept.value:
                    owner[kept.key] = kept.value
                kept.restore()
            if len(owner) > len(held):
                known = {kept.key for kept in held}
                for key in [key for key in owner if key not in known and key not in _internal()]:
                    del owner[key]

    def _before(self, network: Any, inputs: Any) -> None:
        del network, inputs
        self.restore()


class _Kept:
    """One value, with a copy of what may be written into."""

    __slots__ = ("_copy", "_version", "key", "value")

    def __init__(self, key: str, value: Any) -> None:
        self.key, self.value = key, value
        self._version = _version(value)
        self._copy = value.clone() if self._version is not None else _copied(value)

    def restore(self) -> None:
        if self._version is not None:
            if _version(self.value) != self._version:
                self.value.copy_(self._copy)
                self._version = _version(self.value)
        elif self._copy is not self.value and not _same(self.value, self._copy):
            _refill(self.value, _copied(self._copy))


def _held(network: Any) -> Iterator[tuple[dict[str, Any], list[tuple[str, Any]]]]:
    """The dictionaries in which modules and configurations keep what they are, with it."""
    seen: set[int] = set()
    for module in network.modules():
        yield module._buffers, list(module._buffers.items())
        yield module._modules, list(module._modules.items())
        own = [(key, value) for key, value in module.__dict__.items() if key not in _internal()]
        yield module.__dict__, own
        for _, value in own:
            yield from _configurations(value, seen)


def _configurations(
    value: Any, seen: set[int]
) -> Iterator[tuple[dict[str, Any], list[tuple[str, Any]]]]:
    """Those that a value is, and their parts."""
    from transformers import PreTrainedConfig

    if isinstance(value, PreTrainedConfig) and id(value) not in seen:
        seen.add(id(value))
        held = [(key, part) for key, part in value.__dict__.items() if key != _PAD]
        yield value.__dict__, held
        for _, part in held:
            yield from _configurations(part, seen)


@cache
def _internal() -> frozenset[str]:
    """What torch keeps in every module; its buffers and sub-modules are looked at apart."""
    import torch

    return frozenset({*torch.nn.Module().__dict__, _PAD} - {"training"})


def _version(value: Any) -> int | None:
    """How often a tensor was written to; None for anything else, and where nobody counts."""
    import torch

    if not isinstance(value, torch.Tensor) or value.is_inference() or value.requires_grad:
        return None
    return int(value._version)


def _copied(value: Any) -> Any:
    """A copy of lists, dictionaries and sets; anything else is itself."""
    if type(value) is list:
        return [_copied(each) for each in value]
    if type(value) is dict:
        return {key: _copied(each) for key, each in value.items()}
    return set(value) if type(value) is set else value


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if type(one) is list:
        return len(one) == len(other) and all(map(_same, one, other))
    if type(one) is dict:
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    return type(one) is set and one == other


def _refill(value: Any, content: Any) -> None:
    """Give a list, a dictionary or a set other content."""
    value.clear()
    (value.extend if type(value) is list else value.update)(content)
