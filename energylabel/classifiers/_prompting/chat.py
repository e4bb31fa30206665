"""The chat template of a model: a stranger's program in Jinja, read and run with care.

It is taken from the files that were digested, has a bounded size, and runs in the sandbox of
transformers, in a process with little time and memory. It runs when the model is loaded and never
again: the texts that are asked do not pass through it.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from energylabel.errors import NotRatableError
from energylabel.untrusted import ask_child, read_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from energylabel.records import ResolvedModel

MAX_BYTES = 256 * 1024
"""Longest template; those of models that call tools have some 15 kB."""

FILE = "chat_template.jinja"
_SETTINGS = "tokenizer_config.json"
_MAX_SETTINGS_BYTES = 16 * 1024 * 1024
CPU_S = 10
_WALL_S = 120.0
_CHILD = "energylabel.classifiers._prompting.chat_child"
_HINT = "correct the chat template, or leave it out: the model is then asked in plain words"


@dataclass(frozen=True, slots=True)
class Chat:
    """Messages in turn, user first; ``asks``: whether the model's answer comes next."""

    messages: Sequence[tuple[str, str]]
    asks: bool


def template_of(model: ResolvedModel) -> str | None:
    """The model's chat template, None where it has none.

    ``chat_template.jinja`` goes before ``chat_template`` in tokenizer_config.json; of several
    under names, the one called ``default``.

    Raises:
        NotRatableError: It is larger than 256 kB, or no text.
    """
    folder, names = Path(model.folder), {file.path for file in model.files}
    found: Any = None
    if FILE in names:
        with (folder / FILE).open("rb") as file:
            found = file.read(MAX_BYTES + 1).decode("utf-8", errors="replace")
    elif _SETTINGS in names:
        found = read_object(folder / _SETTINGS, _MAX_SETTINGS_BYTES).get("chat_template")
        if isinstance(found, list):
            named = [each for each in found if isinstance(each, dict)]
            found = next((e.get("template") for e in named if e.get("name") == "default"), None)
    if found is None or found == "":
        return None
    if not isinstance(found, str):
        raise NotRatableError(f"{model.name}: the chat template is no text", _HINT)
    if len(found.encode("utf-8", errors="replace")) > MAX_BYTES:
        raise NotRatableError(
            f"{model.name}: the chat template is larger than {MAX_BYTES // 1024} kB", _HINT
        )
    return found


def render(
    template: str, chats: Sequence[Chat], variables: Mapping[str, Any], seconds: int = CPU_S
) -> list[str]:
    """Chats as the model reads them.

    Args:
        template: Jinja.
        chats: What is to be written.
        variables: Further names that templates use, such as ``bos_token``; plain values.
        seconds: Of processor time, at most.

    Raises:
        NotRatableError: The template fails, or does not end in time.
    """
    request = {
        "template": template,
        "chats": [
            {
                "messages": [{"role": role, "content": text} for role, text in chat.messages],
                "asks": chat.asks,
            }
            for chat in chats
        ],
        "variables": dict(variables),
        "seconds": seconds,
    }
    try:
        answer, code = ask_child(_CHILD, request, _WALL_S)
    except subprocess.TimeoutExpired as error:
        raise _unfinished(seconds) from error
    if code != 0:
        raise _unfinished(seconds)
    if "error" in answer:
        raise NotRatableError(f"the chat template does not work: {answer['error']}", _HINT)
    texts: list[str] = answer["texts"]
    return texts


def _unfinished(seconds: int) -> NotRatableError:
    return NotRatableError(
        f"the chat template does not end: it was stopped after {seconds} s of processor time",
        _HINT,
    )
