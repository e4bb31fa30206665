"""``energylabel run-job``: what a task of a cluster calls."""

import json
from pathlib import Path

import click

from energylabel.cli.output import Output, talking
from energylabel.cli.progress import progress
from energylabel.errors import Terminated, stopped


@click.command("run-job", hidden=True)
@click.argument("file", type=click.Path(path_type=Path))
@talking("human", "json")
@click.pass_obj
def run_job(output: Output, file: Path) -> int:
    """Do the job in FILE.json and write what became of it to FILE.outcome.json.

    A job is a JSON object: {"model": "org/name", "options": {"resume": true}, "push": "pr"};
    `energylabel schema job` tells all of it. The outcome is written whole or not at all, also
    when the job fails or is stopped. The exit code is that of rate.
    """
    from energylabel import dispatching

    try:
        with progress(output) as observer:
            outcome = dispatching.run_file(file, observer, output.trace)
    except (KeyboardInterrupt, Terminated) as cause:
        raise stopped(cause, dispatching.RESUME if output.measuring else "") from cause
    if outcome.error is not None:
        raise outcome.error.error()
    if output.format == "json":
        output.data(json.dumps(outcome.model_dump(mode="json"), indent=2, ensure_ascii=False))
    else:
        output.data(str(dispatching.outcome_path(file)))
    return outcome.exit_code
