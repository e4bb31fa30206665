"""Which id fills the short rows of a batch, so that a head reads each row as it reads it alone.

The heads of decoders look for the last token that is not ``config.pad_token_id``, whatever the
attention mask says. Where the configuration has such an id, rows are filled with that one and no
other: alone or filled, the last other token is the same, also of a text that ends in it. Where it
has none, a text alone is read to its last token; in a batch the head is then told of an id in which
no text of the batch ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class Padding:
    """What fills the rows of a network's batches.

    Args:
        config: The network's; its ``pad_token_id`` is set where it has none that is usable.
        tokenizer: Of transformers; its tokens stand in for a text without any.
        rows: How many ids have an embedding.
    """

    def __init__(self, config: Any, tokenizer: Any, rows: int) -> None:
        text = config.get_text_config() if hasattr(config, "get_text_config") else config
        self._configs = (config,) if text is config else (config, text)
        self._rows = rows
        stated = [getattr(each, "pad_token_id", None) for each in self._configs]
        pad = next((each for each in stated if each is not None), None)
        ends = _ends(config)
        usable = type(pad) is int and 0 <= pad < rows and pad not in ends
        self._fixed: int | None = pad if usable else None
        self._never = ends
        names = ("pad_token_id", "eos_token_id", "bos_token_id", "unk_token_id")
        known = (pad, *(getattr(tokenizer, name, None) for name in names))
        ids = (each for each in known if type(each) is int and 0 <= each < rows)
        self.blank: int = next((each for each in ids if each not in ends), 0)
        """What stands for a text without any token."""

    @property
    def fixed(self) -> int | None:
        """The id that fills every batch, as the configuration has it; None: it has none."""
        return self._fixed

    def fill(self, rows: Sequence[Sequence[int]]) -> int:
        """The id that fills the short ones of these rows; the configuration says the same."""
        if self._fixed is not None:
            return self._fixed
        taken = {row[-1] for row in rows if row} | {self.blank} | self._never
        spare = next((each for each in range(self._rows) if each not in taken), 0)
        for config in self._configs:  # for a single row too: it may end in the last batch's spare
            config.pad_token_id = spare
        return spare


class Masked:
    """For networks that tell padding by the mask alone: any one id fills.

    Args:
        pad: The id.
    """

    def __init__(self, pad: int) -> None:
        self.blank = pad
        self.fixed: int | None = pad

    def fill(self, rows: Sequence[Sequence[int]]) -> int:
        """That id."""
        del rows
        return self.blank


def _ends(config: Any) -> frozenset[int]:
    """Ids at whose last place an encoder-decoder's head reads: none of them may fill."""
    end = getattr(config, "eos_token_id", None)
    if getattr(config, "is_encoder_decoder", False) and type(end) is int:
        return frozenset({end})
    return frozenset()
