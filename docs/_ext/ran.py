"""Examples that are run at each build: what a page shows is what the program says.

A ``ran`` directive holds lines of a shell. They are run in the sandbox, a folder with the
repository's labels, and shown with what they print::

    ```{ran}
    :code: 1
    energylabel compare A B
    ```

Another exit code than ``:code:`` (0 without it) is a warning, and so an error of the build.
``:shown:`` shows another command than the one that is run, ``:lines:`` shows as many lines and
then ``…``.
"""

import os
import re
import subprocess
import sys
import textwrap

from docutils import nodes
from docutils.parsers.rst import directives
from made import MADE, ROOT, SANDBOX
from markdown_it import MarkdownIt
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
WIDTH = 98
PRELUDE = 'energylabel() { "$PYTHON" -m energylabel "$@"; }\n'


class Ran(SphinxDirective):
    """A command with its output, run when the page is read."""

    has_content = True
    option_spec = {
        "code": directives.nonnegative_int,
        "shown": directives.unchanged,
        "lines": directives.positive_int,
    }

    def run(self) -> list[nodes.Node]:
        """Run the lines and show them."""
        shown = [self.options["shown"]] if "shown" in self.options else list(self.content)
        printed = self.printed().rstrip("\n").splitlines()
        lines = [part for line in printed for part in wrapped(line)]
        most = self.options.get("lines", len(lines))
        if len(lines) > most:
            lines = [*lines[:most], "…"]
        text = "\n".join([*prompted(shown), *lines])
        return [nodes.literal_block(text, text, language="console")]

    def printed(self) -> str:
        """Run the lines; returns what they print."""
        self.env.note_reread()
        variables = {
            "PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
            "COLUMNS": str(WIDTH),
            "NO_COLOR": "1",
            "XDG_STATE_HOME": str(MADE / "state"),
        }
        done = subprocess.run(
            ["bash", "-c", PRELUDE + "\n".join(self.content)],
            cwd=SANDBOX,
            env=os.environ | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        expected = self.options.get("code", 0)
        if done.returncode != expected:
            raise self.warning(f"exit code {done.returncode}, not {expected}: {done.stdout}")
        return done.stdout


def wrapped(line: str) -> list[str]:
    """A line as a terminal of that width shows it; one with columns or JSON stays whole."""
    columns_or_json = "   " in line.strip() or line.lstrip().startswith('"')
    if len(line) <= WIDTH or columns_or_json:
        return [line]
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=" " * 4, break_long_words=False, break_on_hyphens=False
    )


def prompted(lines: list[str]) -> list[str]:
    """Lines of a shell with prompts; those that continue another have none."""
    continues = [False, *(line.endswith("\\") for line in lines)]
    return [("  " if more else "$ ") + line for more, line in zip(continues, lines, strict=False)]


class Rendered(Ran):
    """The Markdown that a command prints, rendered as GitHub and the Hub render it."""

    option_spec = {**Ran.option_spec, "folder": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Run the lines and render what they print; its links lead into a folder of the site."""
        html = MARKDOWN.render(self.printed())
        if "folder" in self.options:
            base = "../" * self.env.docname.count("/") + self.options["folder"]
            html = re.sub(r'(src|href)="(?![a-z]+:|[#/])', rf'\1="{base}/', html)
        return [nodes.raw("", f'<div class="rendered">{html}</div>', format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.add_directive("ran", Ran)
    app.add_directive("rendered", Rendered)
    return {"parallel_read_safe": False}
