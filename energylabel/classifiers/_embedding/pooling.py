"""Vectors of tokens → the vector of a text → logits, all on the model's device.

What the steps compute is what sentence-transformers computes (version 6.2, ``modules/pooling.py``
and ``dense.py``), for rows that are padded on the right.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._features.logistic import fitted_parameters, logistic_regression
from energylabel.errors import NotRatableError, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from energylabel.classifiers._embedding.sentence import Dense, Steps

_TINY = 1e-9


def pool(hidden: Tensor, mask: Tensor, modes: Sequence[str]) -> Tensor:
    """One vector per text, in float32.

    Args:
        hidden: Of shape (texts, tokens, width).
        mask: Of shape (texts, tokens): 1 for tokens, then 0 for padding.
        modes: From :data:`energylabel.classifiers._embedding.sentence.MODES`.

    Returns:
        Of shape (texts, width × modes), in the order of the modes.
    """
    import torch

    found = [_pooled(hidden, mask, mode) for mode in modes]
    return torch.cat([vectors.float() for vectors in found], dim=-1)


def _pooled(hidden: Tensor, mask: Tensor, mode: str) -> Tensor:
    import torch

    if mode == "cls":
        return hidden[:, 0]
    if mode == "lasttoken":
        return hidden[torch.arange(len(hidden), device=hidden.device), mask.sum(1) - 1]
    if mode == "max":
        return hidden.masked_fill(mask.unsqueeze(-1) == 0, float("-inf")).amax(1)
    weights = mask.to(hidden.dtype)
    if mode == "weightedmean":
        places = torch.arange(1, mask.shape[1] + 1, device=hidden.device)
        weights = (mask * places).to(hidden.dtype)
    # The sum is taken in float32, since half precision loses hundreds of small terms.
    summed = (hidden * weights.unsqueeze(-1)).sum(1, dtype=torch.float32)
    total = weights.sum(1, keepdim=True, dtype=torch.float32).clamp(min=_TINY)
    return summed / (total.sqrt() if mode == "mean_sqrt_len_tokens" else total)


def later_steps(folder: Path, steps: Steps, device: str) -> tuple[list[Callable[..., Any]], int]:
    """The steps after pooling, and how many parameters they hold.

    Raises:
        NotRatableError: Weights that cannot be read, of another shape, or that are no numbers.
    """
    from torch.nn import functional

    made: list[Callable[..., Any]] = []
    parameters = 0
    for step in steps.after:
        if step is None:
            made.append(functional.normalize)
        else:
            layer = _dense(folder, step).to(device)
            parameters += sum(weight.numel() for weight in layer.parameters())
            made.append(layer)
    return made, parameters


def _dense(folder: Path, step: Dense) -> Any:
    """A layer in float32 with its activation."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    names = ("linear.weight", "linear.bias") if step.bias else ("linear.weight",)
    shapes = ((step.outputs, step.inputs), (step.outputs,))
    try:
        held = load_file(folder / step.weights)
    except (SafetensorError, OSError) as error:
        raise NotRatableError(
            f"{step.weights} cannot be read: {one_line(error, 200)}", "download the model again"
        ) from error
    if {name: tuple(tensor.shape) for name, tensor in held.items()} != dict(
        zip(names, shapes, strict=False)
    ):
        raise NotRatableError(
            f"{step.weights} does not hold what its config.json says",
            "weights and settings do not belong together",
        )
    if not all(bool(torch.isfinite(tensor).all()) for tensor in held.values()):
        raise NotRatableError(f"{step.weights} holds NaN or infinite values", "upload it again")
    with torch.device("meta"):
        linear = torch.nn.Linear(step.inputs, step.outputs, bias=step.bias)
    floats = {name.removeprefix("linear."): tensor.float() for name, tensor in held.items()}
    linear.load_state_dict(floats, assign=True)
    activation = getattr(torch.nn, step.activation)()
    return torch.nn.Sequential(linear, activation).eval()


class LinearProbe:
    """Logistic regression over vectors: fitted by scikit-learn, asked in float32 where they lie."""

    def __init__(self, device: str) -> None:
        import sklearn.linear_model  # noqa: F401 - before the fitting is metered

        self._device = device
        self._weights: Any = None
        self._intercept: Any = None
        self.parameters = 0

    def fit(self, vectors: Any, gold: Sequence[int], name: str) -> None:
        """Learn from a matrix of shape (texts, width) and the texts' label ids.

        Raises:
            NotRatableError: A vector that is NaN or infinite; ``name`` is the model's.
        """
        import numpy as np
        import torch

        if not np.isfinite(vectors).all():
            raise NotRatableError(
                f"{name} gives NaN or infinite embeddings",
                "in half precision try --dtype float32; else the weights are broken",
            )
        weights, intercept, labels = logistic_regression(vectors.astype(np.float64), gold)
        # There is a column for each label id, so that the place of the largest logit is the answer.
        # A label that no row had gets the least number there is, and is never the answer.
        columns = int(max(labels)) + 1
        wide = np.zeros((weights.shape[0], columns), dtype=np.float32)
        shift = np.full(columns, np.finfo(np.float32).min, dtype=np.float32)
        wide[:, labels], shift[labels] = weights, intercept
        self._weights = torch.from_numpy(wide).to(self._device)
        self._intercept = torch.from_numpy(shift).to(self._device)
        self.parameters = fitted_parameters(weights, labels)

    def logits(self, vectors: Tensor) -> Tensor:
        """Of shape (texts, label ids)."""
        logits: Tensor = vectors @ self._weights + self._intercept
        return logits
