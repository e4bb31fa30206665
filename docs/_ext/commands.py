"""A page for each command, made from its definition in Click."""

import inspect
import re
import textwrap
from collections.abc import Iterator

import click

_SPECIAL = re.compile(r"([\\*|@_])")


def page(name: str, command: click.Command) -> str:
    """The page of a command and of those below it, as reStructuredText."""
    return "\n".join(lines(f"energylabel {name}", command, "="))


def lines(path: str, command: click.Command, underline: str) -> Iterator[str]:
    """A section on one command: what it does, how it is called, every option."""
    title = path.removeprefix("energylabel ")
    yield from (title, underline * len(title), "")
    for block in inspect.cleandoc(command.help or "").split("\n\n"):
        yield from paragraph(block)
    context = click.Context(command, info_name=path, help_option_names=["-h", "--help"])
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    yield from (".. code-block:: text", "", f"   {usage}", "")
    yield from (f".. program:: {path}", "")
    for each in command.get_params(context):
        if isinstance(each, click.Option) and not each.hidden:
            yield from option(each, context)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from lines(f"{path} {name}", below, "-")


def paragraph(block: str) -> Iterator[str]:
    r"""A paragraph of a help text; one that begins with ``\b`` keeps its lines."""
    if not block.startswith("\b"):
        yield from (escaped(" ".join(block.split())), "")
        return
    title, *rest = block.removeprefix("\b").strip("\n").splitlines()
    yield from (escaped(title), "", ".. code-block:: console", "")
    yield from (f"   $ {line}" for line in textwrap.dedent("\n".join(rest)).splitlines())
    yield ""


def option(each: click.Option, context: click.Context) -> Iterator[str]:
    """An option with its words, and its default as the command's own help gives it."""
    found = each.get_help_record(context)
    spelt, about = found if found is not None else ("", "")
    about = about or "Show how it is called, and exit."
    # Click writes `-w, --workload NAME|FILE.toml`: each spelling gets the value.
    names, _, value = spelt.partition(" ") if ", " not in spelt else split(spelt)
    value = value.strip()
    yield f".. option:: {', '.join(f'{name} {value}'.strip() for name in names.split(', '))}"
    yield from ("", f"   {escaped(' '.join(about.split()))}", "")


def split(spelt: str) -> tuple[str, str, str]:
    """The spellings of an option, and its value."""
    found = re.fullmatch(r"((?:-[\w-]+, )+-[\w-]+)(?: (.*))?", spelt)
    if found is None:
        raise ValueError(f"{spelt} is not as Click writes an option")
    return found[1], "", found[2] or ""


def escaped(text: str) -> str:
    """Plain text with words in backquotes, as reStructuredText."""
    parts = re.split(r"(`[^`]+`)", text.replace("``", "`"))
    return "".join(
        f"``{part[1:-1]}``" if part.startswith("`") else _SPECIAL.sub(r"\\\1", part)
        for part in parts
    )
