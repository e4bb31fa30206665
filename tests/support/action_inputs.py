"""The Action's inputs that are options of ``energylabel rate``, made from the command's definition.

``action.yml`` has three parts between ``# made: NAME`` and ``# made: end``.
"""

import re
import textwrap
from dataclasses import dataclass

import click

from energylabel.cli.rate import rate
from energylabel.options import OFFERS

SEVERAL = {
    *("models", "from_file", "org", "search", "min_downloads", "limit", "max_pull_requests"),
}
"""The Action rates one model, which is an input of its own."""

OWN = {"push", "if_changed"}
"""Inputs whose defaults hang together, written by hand."""

WITHOUT = {
    "out",  # the Action's own folder
    "resume",  # what an earlier run had measured is gone with its runner
    "card",  # a workflow that commits to its own checkout calls the command itself
    "format",
    "quiet",
    "verbose",
    "help",
}
_OFFERS = {offer.name: offer for offer in OFFERS}


@dataclass(frozen=True, slots=True)
class Input:
    """One input: its name, what it says, its flag, and the word that sets a switch."""

    name: str
    about: str
    flag: str
    word: str | None

    @property
    def variable(self) -> str:
        """In the environment of the step; LANGUAGE, say, would mean something there."""
        return f"GIVEN_{self.name.upper().replace('-', '_')}"


def inputs() -> list[Input]:
    """Every option of the command that the Action has too, in the command's order."""
    left = SEVERAL | OWN | WITHOUT
    return [_input(each) for each in rate.params if each.name not in left]


def _input(parameter: click.Parameter) -> Input:
    assert isinstance(parameter, click.Option)
    offer = _OFFERS.get(parameter.name or "")
    flag = max(parameter.opts, key=len)
    text = parameter.help or ""
    # A name with a unit, such as time_limit_s, is Python's; the Action takes 10m as the flag does.
    if offer is not None and (parameter.is_flag or named(flag) == offer.name):
        text = offer.choice.about
    word = None
    if parameter.is_flag:
        word = "false" if flag.startswith("--no-") else "true"
    return Input(re.sub("^--(no-)?", "", flag), _about(text, parameter), flag, word)


def named(flag: str) -> str:
    """The name that a flag would have in Python."""
    return flag.removeprefix("--").replace("-", "_")


def _about(text: str, parameter: click.Option) -> str:
    """The definition's words, with the names that things have among the inputs."""
    for name in _OFFERS:
        text = text.replace(name, name.replace("_", "-"))
    text = re.sub(r"(?<![\w-])--(?=[a-z])", "", text).replace("Exit 1", "Fail")
    words = parameter.type.choices if isinstance(parameter.type, click.Choice) else ()
    if words and not any(re.search(rf"\b{word}\b", text) for word in words):
        text += f" One of {', '.join(map(str, words))}."
    return text


def made(part: str) -> str:
    """The lines of one part, as they are to be."""
    lines: list[str] = []
    for each in inputs():
        if part == "inputs":
            wrapped = textwrap.wrap(each.about, 94, break_long_words=False, break_on_hyphens=False)
            lines += [f"  {each.name}:", "    description: >-"]
            lines += [*(f"      {line}" for line in wrapped), '    default: ""']
        elif part == "environment":
            lines.append(f"        {each.variable}: ${{{{ inputs.{each.name} }}}}")
        elif each.word is None:
            lines.append(f'        value {each.flag} "${each.variable}"')
        else:
            lines.append(f'        switch {each.flag} {each.word} "${each.variable}" {each.name}')
    return "\n".join(lines) + "\n"


def renewed(action: str) -> str:
    """The text of ``action.yml`` with each part as it is to be."""
    for part in ("inputs", "environment", "script"):
        pattern = re.compile(rf"(?m)(^ *# made: {part}\b.*\n)(?s:.*?)(?=^ *# made: end$)")
        action, count = pattern.subn(lambda found: found[1] + made(part), action)  # noqa: B023
        assert count == 1, part
    return action
