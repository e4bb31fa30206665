"""A workload's question in words, around a text, as token ids.

Plain models read ``instruction, blank line, Text: …, Category:`` and go on with a space and the
label; worked examples stand between instruction and text in the same shape. Models with a chat
template get the same words as messages: each text with its ``Category:`` is a user's turn, the
first with the instruction before it, each label the assistant's. Only the text is ever cut.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from energylabel.classifiers._loading.ids import find, shared
from energylabel.classifiers._loading.limits import longest_text
from energylabel.classifiers._prompting.chat import Chat, render
from energylabel.classifiers.base import TOKEN_LIMIT
from energylabel.errors import NotRatableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from energylabel.records import ResolvedModel, Task

EXAMPLE_TOKENS = 128
"""A worked example's text is cut here: some data sets have pages."""

LEAST_ROOM = 16
"""Tokens of text below which a prompt leaves no room."""

_TEXT = "5f2c the text goes here 91ab"
_ANSWER = "7d3e the answer goes here 40cd"
_SAMPLES = ("a", "7 x")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a text: prompt = ``before`` + text + ``after``.

    ``gap`` stands between a prompt and its answer. ``chat``: it was made by a chat template.
    ``ends``: ids that end an answer.
    """

    before: str
    after: str
    gap: str
    chat: bool
    ends: tuple[int, ...]


def frame(task: Task, template: str | None, tokenizer: Any, *, decodes_apart: bool) -> Frame:
    """The words around a text.

    Args:
        task: Labels, wording, worked examples.
        template: The model's chat template, None without one.
        tokenizer: The model's.
        decodes_apart: The answer is no continuation of the prompt (encoder-decoder).

    Raises:
        NotRatableError: The template fails, or does not show the text just once.
    """
    says, words = task.wording, task.wording.words_of(task.labels)
    instruction = says.instruction.replace("{}", "\n".join(f"- {word}" for word in words)).strip()
    asked = [
        (f"{says.text} {cut(tokenizer, text, EXAMPLE_TOKENS)}\n{says.answer}", words[label])
        for text, label in task.examples
    ]
    last = f"{says.text} {_TEXT}\n{says.answer}"
    end = tokenizer.eos_token_id
    ends = () if end is None else (int(end),)
    if template is None:
        shown = [f"{question} {answer}" for question, answer in asked]
        whole = "\n\n".join([instruction, *shown, last])
        before, _, after = whole.partition(_TEXT)
        return Frame(before, after, "" if decodes_apart else " ", chat=False, ends=ends)
    turns: list[tuple[str, str]] = []
    for question, answer in asked:
        turns += [("user", question), ("assistant", answer)]
    turns.append(("user", last))
    turns[0] = ("user", f"{instruction}\n\n{turns[0][1]}")
    # Models that can reason before they answer are asked not to, as an answer has 16 tokens.
    variables = {**tokenizer.special_tokens_map, "enable_thinking": False}
    chats = [Chat(turns, asks=True), Chat([*turns, ("assistant", _ANSWER)], asks=False)]
    whole, answered = render(template, chats, variables)
    if whole.count(_TEXT) != 1:
        raise NotRatableError(
            f"the chat template shows a user's text {whole.count(_TEXT)} times, not once",
            "correct the chat template, or leave it out: the model is then asked in plain words",
        )
    before, _, after = whole.partition(_TEXT)
    between, _, rest = answered.removeprefix(whole).partition(_ANSWER)
    followed = answered.startswith(whole) and answered.count(_ANSWER) == 1
    gap = between if followed and not between.strip() else ""
    if not (followed and not between.strip()) and answered.count(_TEXT) == 1:
        # Some templates open a block of reasoning before the next answer, and close it or leave it
        # out before answers that were given. The label has to follow the block, not stand in it.
        head, given, rest = answered.partition(_ANSWER)
        if given:
            before, _, after = head.partition(_TEXT)
            followed = True
    turn_end = _special_at_start(tokenizer, rest) if followed else None
    if turn_end is not None and turn_end not in ends:
        ends = (turn_end, *ends)
    return Frame(before, after, "" if decodes_apart else gap, chat=True, ends=ends)


def _special_at_start(tokenizer: Any, text: str) -> int | None:
    """The special token that a text begins with: what ends a turn."""
    ids = tokenizer(text.lstrip(), add_special_tokens=False)["input_ids"]
    known = tokenizer.added_tokens_decoder
    return int(ids[0]) if ids and ids[0] in known and known[ids[0]].special else None


def cut(tokenizer: Any, text: str, tokens: int) -> str:
    """The beginning of a text that has so many tokens, in whole characters."""
    if tokens <= 0:
        return ""
    fast = bool(tokenizer.is_fast)
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=fast, verbose=False)
    if len(encoded["input_ids"]) <= tokens:
        return text
    if fast:
        return text[: encoded["offset_mapping"][tokens - 1][1]]
    return str(tokenizer.decode(encoded["input_ids"][:tokens]))


@dataclass(frozen=True, slots=True)
class Prompts:
    """Prompts of some texts, in order.

    ``ids`` are cut; ``uncut`` counts the tokens that there would be without cutting, over all
    prompts, and ``truncated`` the cut texts.
    """

    ids: list[list[int]]
    uncut: int
    truncated: int


class Prompter:
    """Makes prompts and continuations of them.

    Args:
        tokenizer: The model's.
        around: What stands around a text.
        words: What the labels are called, in order.
        model: For its name and its positions.
        written: Most tokens that are written after a prompt; None: as many as a label has.
        decodes_apart: The answer is no continuation of the prompt.

    Raises:
        NotRatableError: No room for a text; two labels that are the same in tokens.
    """

    def __init__(
        self,
        tokenizer: Any,
        around: Frame,
        words: Sequence[str],
        model: ResolvedModel,
        *,
        written: int | None,
        decodes_apart: bool,
    ) -> None:
        self._tokenizer = tokenizer
        self._around = around
        self._lead, self._trail = _surrounding(tokenizer)
        if around.chat:
            self._lead = ()  # the template itself writes the tokens that begin a text
        if not decodes_apart:
            self._trail = ()
        self._dropped = 0
        self.continuations = self._answers(words, model.name, decodes_apart=decodes_apart)
        self.empty = len(self._encode([""])[0])
        """Tokens of a prompt without a text."""

        longest = max(map(len, self.continuations))
        if written is not None and longest > written:
            raise NotRatableError(
                f"{model.name}: a label has {longest} tokens, an answer at most {written}",
                "rate it with --mode score",
            )
        positions = math.inf if model.max_positions is None else model.max_positions
        room = min(longest_text(tokenizer, model.name), positions) - self.empty
        if not decodes_apart:
            room -= written or longest
        if room < LEAST_ROOM:
            raise NotRatableError(
                f"{model.name}: the prompt has {self.empty} tokens, which leaves no room for a "
                "text",
                "give fewer --shots, or a workload with fewer labels",
            )
        self.limit = int(min(TOKEN_LIMIT, room))
        self.common = shared([self._encode([sample])[0] for sample in _SAMPLES])
        """Tokens that prompts have in common at their beginning, at least usually."""

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        before, after = self._around.before, self._around.after
        encoded = self._tokenizer(
            [f"{before}{text}{after}" for text in texts],
            add_special_tokens=False,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )["input_ids"]
        stop = -self._dropped or None
        return [[*self._lead, *ids[:stop], *self._trail] for ids in encoded]

    def prompts(self, texts: Sequence[str]) -> Prompts:
        """The prompts of some texts; what lies beyond the limit is cut from the text alone."""
        ids = self._encode(texts)
        most, uncut, truncated = self.empty + self.limit, sum(map(len, ids)), 0
        for place, text in enumerate(texts):
            tokens = self.limit
            truncated += len(ids[place]) > most
            while len(ids[place]) > most:
                shorter = cut(self._tokenizer, text, tokens)
                ids[place] = self._encode([shorter])[0]
                if not shorter:
                    break
                # A token may span the end of the text and what follows, so that cutting adds one.
                tokens -= max(1, len(ids[place]) - most)
        return Prompts(ids, uncut, truncated)

    def _answers(
        self, words: Sequence[str], name: str, *, decodes_apart: bool
    ) -> tuple[tuple[int, ...], ...]:
        """The tokens of each label after a prompt, so that both are the tokens of the whole.

        Where one label begins another, each is followed by what ends an answer: else the shorter
        one could never lose.
        """
        found = self._continued(words, "", decodes_apart=decodes_apart)
        if any(a != b and b[: len(a)] == a for a in found for b in found):
            ends = self._around.ends[:1]
            if ends and (self._around.chat or decodes_apart):
                found = tuple((*answer, *ends) for answer in found)
            else:
                found = self._continued(words, "\n", decodes_apart=decodes_apart)
        if len(set(found)) < len(found) or not all(found):
            raise NotRatableError(
                f"{name}: two labels are the same to the tokenizer, or one is nothing",
                "give the labels other words: [wording.words] in the workload's TOML",
            )
        return found

    def _continued(
        self, words: Sequence[str], end: str, *, decodes_apart: bool
    ) -> tuple[tuple[int, ...], ...]:
        if decodes_apart:
            encoded = self._tokenizer(
                [word + end for word in words], add_special_tokens=False, padding=False
            )["input_ids"]
            return tuple((*self._lead, *ids) for ids in encoded)
        self._dropped = 0
        prompt = self._encode([_SAMPLES[0]])[0]
        gap = self._around.gap
        before, after = self._around.before, self._around.after
        encoded = self._tokenizer(
            [f"{before}{_SAMPLES[0]}{after}{gap}{word}{end}" for word in words],
            add_special_tokens=False,
            padding=False,
        )["input_ids"]
        wholes = [[*self._lead, *ids] for ids in encoded]
        common = min(shared([prompt, whole]) for whole in wholes)
        self._dropped = len(prompt) - common
        return tuple(tuple(whole[common:]) for whole in wholes)


def _surrounding(tokenizer: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The special tokens that the tokenizer puts before and after a text."""
    plain = tokenizer("a", add_special_tokens=False)["input_ids"]
    whole = tokenizer("a")["input_ids"]
    start = find(whole, plain)
    if start < 0:
        return (), ()
    return tuple(whole[:start]), tuple(whole[start + len(plain) :])
