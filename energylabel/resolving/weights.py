"""Safetensors on disk: headers read and checked, no tensor loaded.

Layout (https://huggingface.co/docs/safetensors): 8 bytes little-endian header length, a JSON
header ``{name: {dtype, shape, data_offsets: [begin, end]}}``, then the tensors without gaps.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from energylabel.classifiers import mentions
from energylabel.errors import NotRatableError
from energylabel.resolving.listing import INDEX, WEIGHTS, is_plain_name
from energylabel.untrusted import parse_object, read_object

MAX_HEADER_BYTES = 100_000_000
MAX_TENSORS = 100_000
MAX_INDEX_BYTES = 64 * 1024 * 1024

_BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 8),
    **dict.fromkeys(("F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
_INTEGERS = frozenset(kind for kind in _BITS if kind[0] in "IU" or kind == "BOOL")
_LOADABLE = frozenset({"F64", "F32", "F16", "BF16"})
_WEIGHT = re.compile(r"weight[^.]*(?:$|\.)", re.IGNORECASE)
_BESIDE = re.compile(r"(?P<of>(?:.*\.)?weight)_[^.]+")
_DOT = re.compile(r"\.")
_SPLIT = "no classifier needs that many; the file may be hostile"
_DOWNLOAD_AGAIN = "the file is damaged: download the model again"


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry of a header: ``shape`` in elements, ``begin`` and ``end`` in bytes of the data."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Weights:
    """All weights of a model. ``files`` are names in the folder, ``size`` their bytes in all.

    ``dtype`` is the safetensors name of the floating-point type that most bytes have.
    """

    tensors: dict[str, Tensor]
    files: tuple[str, ...]
    size: int
    dtype: str


def read_weights(folder: Path) -> Weights:
    """Headers of ``model.safetensors``, or of the shards that its index names.

    Raises:
        NotRatableError: Truncated, malformed or hostile files, a missing shard, or a dtype
            that no classifier here can compute with.
    """
    if (folder / WEIGHTS).is_file():
        names: tuple[str, ...] = (WEIGHTS,)
        tensors = read_header(folder / WEIGHTS)
    else:
        names, tensors = _read_shards(folder)
    bytes_by_dtype: Counter[str] = Counter()
    for tensor in tensors.values():
        bytes_by_dtype[tensor.dtype] += tensor.end - tensor.begin
    if not bytes_by_dtype:
        raise NotRatableError(f"{names[0]} holds no tensors", _DOWNLOAD_AGAIN)
    kept = [kind for kind, _ in bytes_by_dtype.most_common() if kind in _LOADABLE]
    if not kept:
        raise _quantised(f"({bytes_by_dtype.most_common(1)[0][0]})")
    dtype = kept[0]
    _refuse_quantised(tensors)
    files = names if names == (WEIGHTS,) else (INDEX, *names)
    size = sum((folder / name).stat().st_size for name in names)
    return Weights(tensors, files, size, dtype)


def _refuse_quantised(tensors: Mapping[str, Tensor]) -> None:
    """Refuse what shows in the headers that weights are not saved as the numbers they are.

    Whether a tensor of integers is one of the network's own tables, such as ``position_ids``, is
    looked at when the network is laid out: here only those that call themselves weights are seen.
    """
    for name, tensor in sorted(tensors.items()):
        if tensor.dtype not in _LOADABLE | _INTEGERS:
            raise _quantised(f"in part: {name[:100]} is {tensor.dtype}")
        if tensor.dtype in _INTEGERS and _WEIGHT.search(name):
            raise _quantised(f"in part: {name[:100]} is {tensor.dtype}")
        of = next((n for at in _DOT.finditer(name) if (n := name[: at.start()]) in tensors), None)
        if of is not None:
            raise _quantised(f"in part: {name[:100]} stands beside {of[:100]}")


def refuse_companions(tensors: Mapping[str, Tensor], model_type: str) -> None:
    """Refuse what is called after a weight beside it, such as its scale.

    But for what the library's own code for the model type knows, as I-BERT's does.

    Raises:
        NotRatableError: With the first such tensor.
    """
    for name in sorted(tensors):
        found = _BESIDE.fullmatch(name)
        if found and found["of"] in tensors and not mentions(model_type, name.rpartition(".")[2]):
            raise _quantised(f"in part: {name[:100]} stands beside {found['of'][:100]}")


def _quantised(how: str) -> NotRatableError:
    return NotRatableError(
        f"the weights are quantised or not floating-point {how}",
        "save the model in float32, bfloat16 or float16; of a quantised one the model it came from",
    )


def shard_names(folder: Path) -> tuple[str, ...]:
    """The shards that the index names, each a plain file name, sorted."""
    return tuple(sorted(set(_weight_map(folder).values())))


def _weight_map(folder: Path) -> dict[str, str]:
    entries = read_object(folder / INDEX, MAX_INDEX_BYTES).get("weight_map")
    if not isinstance(entries, dict) or not entries:
        raise NotRatableError(f"{INDEX} has no weight_map", _DOWNLOAD_AGAIN)
    if len(entries) > MAX_TENSORS:
        raise NotRatableError(f"{INDEX} names more than {MAX_TENSORS:,} tensors", _SPLIT)
    for name in entries.values():
        if not isinstance(name, str) or not is_plain_name(name):
            raise NotRatableError(
                f"{INDEX} names {str(name)[:60]!r}, which is not a file beside it",
                "shards must lie in the model's own folder",
            )
        if not name.endswith(".safetensors"):
            raise NotRatableError(
                f"{INDEX} names {name[:60]!r}, which is no safetensors file",
                "save the model again with save_pretrained(…)",
            )
    return entries


def _read_shards(folder: Path) -> tuple[tuple[str, ...], dict[str, Tensor]]:
    weight_map = _weight_map(folder)
    names = tuple(sorted(set(weight_map.values())))
    tensors: dict[str, Tensor] = {}
    for shard in names:
        if not (folder / shard).is_file():
            raise NotRatableError(
                f"the shard {shard} is missing", "download the model again, with all its shards"
            )
        held = read_header(folder / shard)
        lost = [n for n, place in weight_map.items() if place == shard and n not in held]
        if lost:
            raise NotRatableError(f"{shard} lacks the tensor {lost[0][:80]!r}", _DOWNLOAD_AGAIN)
        tensors |= held
        if len(tensors) > MAX_TENSORS:
            raise NotRatableError(f"the shards hold more than {MAX_TENSORS:,} tensors", _SPLIT)
    return names, tensors


def read_header(path: Path) -> dict[str, Tensor]:
    """The checked header of one safetensors file: name → tensor."""
    total = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        if len(start) < 8:
            raise NotRatableError(f"{path.name} is truncated: {total} bytes", _DOWNLOAD_AGAIN)
        length = int.from_bytes(start, "little")
        if length > MAX_HEADER_BYTES:
            raise NotRatableError(
                f"{path.name} claims a header of {length:,} bytes (at most {MAX_HEADER_BYTES:,})",
                "this is no sound safetensors file: download the model again",
            )
        if 8 + length > total:
            raise NotRatableError(
                f"{path.name} is truncated: its header ends at byte {8 + length:,} of {total:,}",
                _DOWNLOAD_AGAIN,
            )
        data = file.read(length)
    # Counted before parsing: a hostile header would grow tenfold as Python objects.
    if data.count(b'"dtype"') > MAX_TENSORS:
        raise NotRatableError(f"{path.name} holds more than {MAX_TENSORS:,} tensors", _SPLIT)
    entries = parse_object(data, f"the header of {path.name}")
    entries.pop("__metadata__", None)
    tensors = {name: _tensor(path.name, name, entry) for name, entry in entries.items()}
    _check_layout(path.name, tensors, total - 8 - length)
    return tensors


def _tensor(file: str, name: str, entry: Any) -> Tensor:
    match entry:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [int(begin), int(end)]} if (
            dtype in _BITS
            and all(type(size) is int and 0 <= size < 2**48 for size in shape)
            and 0 <= begin <= end
            and (end - begin) * 8 == math.prod(shape) * _BITS[dtype]
        ):
            return Tensor(dtype, tuple(shape), begin, end)
    raise NotRatableError(f"{file} describes the tensor {name[:80]!r} wrongly", _DOWNLOAD_AGAIN)


def _check_layout(file: str, tensors: dict[str, Tensor], size: int) -> None:
    """Tensors must follow each other without overlap or gap, up to the end of the file."""
    position = 0
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        if tensor.end > size:
            raise NotRatableError(
                f"{file} is truncated: {name[:80]!r} ends at byte {tensor.end:,} of {size:,}",
                _DOWNLOAD_AGAIN,
            )
        if tensor.begin != position:
            defect = "overlaps another tensor" if tensor.begin < position else "follows a gap"
            raise NotRatableError(f"{file}: {name[:80]!r} {defect}", _DOWNLOAD_AGAIN)
        position = tensor.end
    if position != size:
        raise NotRatableError(
            f"{file} holds {size - position:,} bytes that belong to no tensor", _DOWNLOAD_AGAIN
        )
