"""Where words go: data to stdout, talk to stderr."""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from energylabel.errors import EnergyLabelError, OutputError

FORMATS = ("human", "json", "markdown", "github")
MARKS = {"noted": "-", "warned": "!", "invalid": "x"}
"""How a finding of each outcome is marked for people; others are not shown."""
LEVELS = {"noted": "notice", "warned": "warning", "invalid": "error"}
"""The GitHub annotation for each."""
_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass
class Output:
    """How this command was asked to talk.

    ``measuring`` is True once a journal may exist. ``beside`` is what JSON of an error has beside
    the error: what was done before it.
    """

    format: str = "human"
    quiet: bool = False
    verbose: bool = False
    measuring: bool = False
    beside: dict[str, Any] | None = None

    def data(self, text: str) -> None:
        """Print the result.

        Raises:
            OutputError: Standard output is full, or closed.
        """
        try:
            click.echo(text)
            flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(
                f"the result cannot be written to standard output: {error.strerror}",
                "free some space, or redirect it elsewhere",
            ) from error

    def say(self, text: str) -> None:
        """Tell something by the way."""
        if not self.quiet:
            click.echo(clean(text), err=True)

    def lines(self, lines: Iterable[str]) -> None:
        """Tell a table by the way, whose blanks are kept."""
        for line in [] if self.quiet else lines:
            click.echo(line, err=True)

    def fail(self, message: str, hint: str) -> None:
        """Tell an error: the cause, then the remedy."""
        line = f"{_coloured('error:', fg='red', bold=True)} {clean(message)}"
        if self.format == "github":
            click.echo(annotation("error", "energylabel", message, hint))
        click.echo(line, err=True)
        if hint:
            click.echo(f"{_coloured('hint:', fg='cyan')} {clean(hint)}", err=True)

    def trace(self, error: Exception) -> None:
        """Show where a bug came up, to those who asked for everything."""
        if self.verbose:
            import traceback

            click.echo("".join(traceback.format_exception(error)), err=True)


def flush() -> None:
    """Have everything on its way to standard output, if there is one."""
    if sys.stdout is not None:
        sys.stdout.flush()


def _coloured(text: str, **style: Any) -> str:
    """Text in colour, unless the user wants none (no-color.org)."""
    return text if os.environ.get("NO_COLOR") else click.style(text, **style)


def clean(text: str) -> str:
    """Text for a terminal: no escape sequences, no text-direction marks, one line.

    Nor a command to the runner of a GitHub workflow, which reads both streams: ``::`` at the
    start of a line, and the older ``##[`` anywhere in it.
    """
    kept = "".join(character for character in " ".join(text.split()) if character.isprintable())
    return re.sub(r"^\s*:(?=:)", ": ", kept).replace("##[", "# #[")


def annotation(level: str, title: str, message: str, remedy: str = "") -> str:
    """A GitHub workflow command with its own escapes; the remedy is a line of its own.

    The runner undoes ``%25``, ``%0D`` and ``%0A``, in properties ``%3A`` and ``%2C`` too, and
    reads nothing of what comes out as a command again.
    """
    heading = clean(title).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    lines = (clean(part).replace("%", "%25") for part in (message, remedy) if part)
    return f"::{level} title={heading}::{'%0A'.join(lines)}"


def talking(*formats: str) -> Callable[[_F], _F]:
    """Add ``--format`` with these choices, ``--quiet`` and ``--verbose`` to a command."""
    options = (
        click.option(
            "--format",
            type=click.Choice(formats),
            default="human",
            show_default=True,
            expose_value=False,
            callback=_setter("format"),
            help="How the result is printed on stdout.",
        ),
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            expose_value=False,
            callback=_setter("quiet"),
            help="No progress and no remarks on stderr.",
        ),
        click.option(
            "-v",
            "--verbose",
            is_flag=True,
            expose_value=False,
            callback=_setter("verbose"),
            help="Every step on stderr; tracebacks for bugs.",
        ),
    )

    def add(function: _F) -> _F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


def _setter(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def set_value(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        # An option given before the subcommand's name holds, unless it is given again after it.
        if context.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT:
            setattr(context.ensure_object(Output), name, value)
        return value

    return set_value


def described(error: EnergyLabelError, beside: dict[str, Any] | None = None) -> str:
    """The machine-readable form of an error: JSON, alone or with what was done before it."""
    from energylabel.records import Failure

    failure = Failure.of(error).model_dump(mode="json")
    found = failure if beside is None else {**beside, "error": failure}
    return json.dumps(found, ensure_ascii=False)
