"""What a tokenizer and the weights beside it must agree on."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def refuse_unknown_ids(encoded: Iterable[Sequence[int]], rows: int, name: str) -> None:
    """Refuse token ids without a vector.

    Args:
        encoded: Token ids of some texts.
        rows: How many tokens have a vector.
        name: The model's.

    Raises:
        NotRatableError: An id is too high.
    """
    highest = max((max(row, default=0) for row in encoded), default=0)
    if highest >= rows:
        raise NotRatableError(
            f"{name}: the tokenizer makes id {highest}, the embeddings have {rows} rows",
            "tokenizer and weights do not belong together; upload the matching tokenizer",
        )


def embedded_ids(network: Any) -> int:
    """How many token ids a network has embeddings for; any id where it has none by id (CANINE)."""
    try:
        return len(network.get_input_embeddings().weight)
    except (AttributeError, NotImplementedError):
        return sys.maxsize


def longest_text(tokenizer: Any, name: str) -> float:
    """Tokens of the longest text that the tokenizer says it may make; may be infinite.

    Raises:
        NotRatableError: It says something else than a number.
    """
    stated = tokenizer.model_max_length
    if not isinstance(stated, int | float) or math.isnan(stated):
        raise NotRatableError(
            f"{name}: the tokenizer's model_max_length is {stated!r}, which is no number",
            "correct model_max_length in tokenizer_config.json",
        )
    return stated
