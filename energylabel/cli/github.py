"""What a step of a GitHub workflow leaves for the next: its outputs and its summary.

Both are files that the runner names in the environment; outside a workflow nothing is written.
Formats: docs.github.com, "Workflow commands for GitHub Actions".
"""

import os
import re
import secrets
from pathlib import Path

from energylabel.cli import summary
from energylabel.errors import OutputError
from energylabel.pipeline import Rated
from energylabel.rendering import printed

OUTPUTS = (
    "rated",
    "energy-class",
    "accuracy-class",
    "energy-index",
    "wh-per-1000",
    "wh-per-1000-low",
    "wh-per-1000-high",
    "label-path",
    "label-id",
    "pr-url",
    "commit-url",
)
SUMMARY_BYTES = 1024 * 1024
"""The runner refuses the summary of a step that is larger, all of it."""


def publish(
    rated: Rated | None, pull_url: str | None = None, *, commit_url: str | None = None
) -> bool:
    """Append a rating to the outputs and to the summary of this step.

    After several ratings in one step, the outputs are the last one's; the summary has them all.

    Args:
        rated: None when there was no need to rate; the outputs then say so, and no more.
        pull_url: Of the pull request that has the label.
        commit_url: Of the commit that brought it to the main branch.

    Returns:
        Whether the summary had room; True where there is none to write.

    Raises:
        OutputError: A file that the runner names cannot be written.
    """
    values = outputs(rated, pull_url, commit_url)
    _append("GITHUB_OUTPUT", "".join(heredoc(*each) for each in values.items()))
    if rated is None:
        return True
    summed_up = step_summary(rated, pull_url, commit_url)
    return _append("GITHUB_STEP_SUMMARY", summed_up, SUMMARY_BYTES)


def outputs(
    rated: Rated | None, pull_url: str | None = None, commit_url: str | None = None
) -> dict[str, str]:
    """Every name of :data:`OUTPUTS` with its value; what is absent is empty.

    A class that is withheld is ``?``; an accuracy without published reference has none. Figures
    are the label's own, rounded as there, without thousands separators.
    """
    if rated is None:
        return dict.fromkeys(OUTPUTS, "") | {"rated": "false"}
    label, values = rated.label, printed(rated.label)
    low, high = values["watt_hours_range"] or ("", "")
    energy, accuracy = label.grades.energy, label.grades.accuracy
    return {
        "rated": "true",
        "energy-class": energy.letter or "?",
        "accuracy-class": accuracy.letter or ("" if accuracy.index is None else "?"),
        "energy-index": values["energy_index"].replace(",", ""),
        "wh-per-1000": values["watt_hours"].replace(",", ""),
        "wh-per-1000-low": low.replace(",", ""),
        "wh-per-1000-high": high.replace(",", ""),
        "label-path": str(rated.folder.absolute()),
        "label-id": label.id,
        "pr-url": pull_url or "",
        "commit-url": commit_url or "",
    }


def append_summary(text: str) -> bool:
    """Add Markdown to the summary of this step; see :func:`publish`."""
    return _append("GITHUB_STEP_SUMMARY", f"{text}\n\n", SUMMARY_BYTES)


def step_summary(rated: Rated, pull_url: str | None = None, commit_url: str | None = None) -> str:
    """The card block without its picture, which a summary cannot show, and where it went."""
    lines = summary.markdown(rated).splitlines()
    text = "\n".join(line for line in lines if not line.startswith("<img ")).strip()
    for name, url in (("Pull request", pull_url), ("Commit", commit_url)):
        if url and re.fullmatch(r"https?://[\w.:/~@%?#=+-]+", url, re.ASCII):
            text += f"\n\n{name}: <{url}>"
    return f"{text}\n\n"


def heredoc(name: str, value: str) -> str:
    """An entry of an output file whose value may hold anything, line breaks too.

    The delimiter cannot be guessed, so no value can end early and begin an entry of its own.
    """
    delimiter = f"energylabel_{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _append(variable: str, text: str, limit: int | None = None) -> bool:
    """Add to the file that a variable names; False when that would exceed ``limit`` bytes."""
    name = os.environ.get(variable)
    if not name:
        return True
    content = text.encode("utf-8", "replace")
    try:
        with Path(name).open("ab+") as file:
            size = file.tell()
            if size:
                file.seek(-1, os.SEEK_END)
                # The file may end without a line break; our first line must not join that line.
                content = content if file.read() == b"\n" else b"\n" + content
            if limit is not None and size + len(content) > limit:
                return False
            file.write(content)
    except OSError as error:
        raise OutputError(
            f"cannot write the file that {variable} names: {error.strerror or error}",
            f"unset {variable} when this is not a GitHub workflow",
        ) from error
    return True
