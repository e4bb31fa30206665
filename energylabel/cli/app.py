"""The command group, and the one place where an error becomes an exit code and a hint."""

import itertools
import os
import signal
import sys
from types import FrameType

import click

from energylabel import __version__
from energylabel.cli.catalogue import families, schema, standard, workloads
from energylabel.cli.check import check
from energylabel.cli.compare import compare
from energylabel.cli.doctor import doctor
from energylabel.cli.export import export
from energylabel.cli.judge import gate, render, verify
from energylabel.cli.listing import list_labels
from energylabel.cli.output import FORMATS, Output, described, flush
from energylabel.cli.page import page
from energylabel.cli.publish import card, push, unpush
from energylabel.cli.rate import rate
from energylabel.cli.run_job import run_job
from energylabel.errors import EnergyLabelError, Terminated, stopped, unexpected

EPILOG = """\b
Exit codes:
  0  done                      4  no valid measurement, or letter withheld
  1  a policy gate failed      5  network or authentication
  2  usage, data, output       6  others kept changing what was to be pushed
  3  model not ratable         7  some of several models failed
                               8  pull request closed by the owners
  70 a bug;  130/143 interrupted, terminated

\b
Shell completion:
  eval "$(_ENERGYLABEL_COMPLETE=bash_source energylabel)"   (or zsh_source, fish_source)
"""

KEPT = "what is measured so far is kept: the same command with --resume continues from there"


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="energylabel")
def app() -> None:
    """Energy and accuracy labels for text classifiers.

    Runs a model on a standard workload on this machine, compares its energy with that of a
    reference model, and draws a label with intervals and provenance.
    """


for command in (
    rate,
    list_labels,
    check,
    compare,
    page,
    card,
    push,
    unpush,
    export,
    doctor,
    render,
    verify,
    gate,
    workloads,
    families,
    standard,
    schema,
    run_job,
):
    app.add_command(command)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise Terminated


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with the code that the outcome has."""
    signal.signal(signal.SIGTERM, _terminate)
    # The Hub's library reports each retry itself; our own error says it once.
    os.environ.setdefault("HF_HUB_VERBOSITY", "critical")
    output = Output(format=_wanted(sys.argv[1:] if args is None else args))
    try:
        code = app.main(args, prog_name="energylabel", standalone_mode=False, obj=output)
        flush()
    except EnergyLabelError as error:
        code = report(error, output)
    except click.ClickException as error:
        code = _usage(error, output)
    except (KeyboardInterrupt, click.Abort, Terminated) as cause:
        code = report(stopped(cause, KEPT if output.measuring else ""), output)
    except BrokenPipeError:
        # The reader of our output is gone; without this the interpreter prints an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001 - the last resort: one line instead of a traceback
        code = _bug(error, output)
    sys.exit(code if isinstance(code, int) else 0)


def _wanted(args: list[str]) -> str:
    """The format asked for, known before the arguments are parsed: they may be wrong."""
    for one, following in itertools.pairwise([*args, ""]):
        wanted = following if one == "--format" else one.removeprefix("--format=")
        if wanted in FORMATS and one.startswith("--format"):
            return wanted
    return "human"


def report(error: EnergyLabelError, output: Output) -> int:
    """Tell an error in the chosen format; returns its exit code."""
    if output.format == "json":
        output.data(described(error, output.beside))
    else:
        output.fail(error.message, error.hint)
    return error.exit_code


def _usage(error: click.ClickException, output: Output) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return 2
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "energylabel"
    wrong = EnergyLabelError(error.format_message(), f"see {path} --help")
    wrong.exit_code, wrong.kind = 2, "usage"
    return report(wrong, output)


def _bug(error: Exception, output: Output) -> int:
    output.trace(error)
    return report(unexpected(error), output)
