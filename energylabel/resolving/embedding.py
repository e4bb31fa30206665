"""What an embedding model's folder holds besides an encoder: its steps, or a table of vectors."""

from collections.abc import Collection
from pathlib import Path

from energylabel.classifiers import MODULES, STATIC_TABLES, STATIC_TYPE, read_steps
from energylabel.errors import NotRatableError
from energylabel.resolving.weights import Tensor, Weights, read_header

TOKENIZER = "tokenizer.json"
_BESIDE = ("mapping", "weights")
_INTEGERS = frozenset({"I64", "U64", "I32", "U32", "I16", "U16", "I8", "U8"})
_FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
_SAVE = "save it in float32, bfloat16 or float16"
_LAYOUT = "model2vec saves a table 'embeddings', and perhaps 'mapping' and 'weights'"


def check_steps(folder: Path, names: Collection[str], model_type: str) -> None:
    """Refuse steps from tokens to vector that are not known, or whose weights do not fit.

    Raises:
        NotRatableError: With the name of the step, setting or file.
    """
    static = model_type == STATIC_TYPE
    if static and TOKENIZER not in names:
        raise NotRatableError(
            f"has no {TOKENIZER}", "static embeddings are read with the tokenizers library"
        )
    steps = read_steps(folder, names)
    if MODULES in names and steps.static != static:
        wanted = "static embeddings" if steps.static else "an encoder"
        raise NotRatableError(
            f"{MODULES} asks for {wanted}, config.json is of model_type {model_type}",
            "the files of two models are mixed here",
        )
    width: int | None = None
    for step in steps.after:
        if step is None:
            continue
        if width is not None and step.inputs != width:
            raise NotRatableError(
                f"{step.weights} reads {step.inputs} numbers, the step before it gives {width}",
                "give the whole folder of one model",
            )
        width = step.outputs
        tensors = read_header(folder / step.weights)
        strange = sorted(name for name, each in tensors.items() if each.dtype not in _FLOATS)
        if strange:
            raise _wrong(f"{step.weights}: {strange[0][:60]}", tensors[strange[0]], _SAVE)
        weight = tensors.get("linear.weight")
        if weight is None or weight.shape != (step.outputs, step.inputs):
            raise NotRatableError(
                f"{step.weights} does not hold what its config.json says",
                "weights and settings do not belong together",
            )


def static_rows(weights: Weights) -> int:
    """How many tokens have a vector.

    Raises:
        NotRatableError: Not one table of two dimensions; tensors that are none of model2vec's.
    """
    tensors = weights.tensors
    tables = [name for name in STATIC_TABLES if name in tensors]
    strange = sorted(set(tensors) - {*tables, *_BESIDE})
    if len(tables) != 1 or strange:
        what = f"holds {strange[0][:60]!r}" if strange else "holds no table of embeddings"
        raise NotRatableError(f"{what}, which is no static model", _LAYOUT)
    table = tensors[tables[0]]
    if len(table.shape) != 2 or 0 in table.shape or table.dtype not in _FLOATS:
        raise _wrong(tables[0], table)
    rows = table.shape[0]
    for name, kinds in (("mapping", _INTEGERS), ("weights", _FLOATS)):
        beside = tensors.get(name)
        if beside is None:
            continue
        if len(beside.shape) != 1 or beside.dtype not in kinds or beside.shape[0] < 1:
            raise _wrong(name, beside)
        if name == "mapping":
            rows = beside.shape[0]
        elif beside.shape[0] != rows:
            raise _wrong(name, beside)
    return rows


def _wrong(name: str, tensor: Tensor, hint: str = _LAYOUT) -> NotRatableError:
    shape = " × ".join(map(str, tensor.shape))
    return NotRatableError(f"{name} is of {tensor.dtype}, {shape[:60]}", hint)
