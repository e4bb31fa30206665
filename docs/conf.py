"""The documentation site: ``just docs`` builds it, and every warning is an error."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_ext"))

import energylabel  # noqa: E402 - the version that is being documented

project = "energylabel"
author = "the energylabel contributors"
version = release = energylabel.__version__
html_title = "energylabel"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    # Our own, in _ext/: pages made from the code, examples that are run, links that are looked up.
    "made",
    "names",
    "ran",
    "checked",
]
exclude_patterns = ["_ext", "_made", "_build"]
nitpicky = True
default_role = "code"  # words in single backquotes, as the program prints them
# Python's own names are explained elsewhere.
nitpick_ignore_regex = [("py:class", r"collections\.abc\..*|os\.PathLike|pathlib\.Path")]
nitpick_ignore = [("py:class", "energylabel.rendering.base.Artifact")]  # only handed through

myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 4

autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

# Prompts and what a program answers are not for the clipboard.
copybutton_prompt_text = "$ "
copybutton_line_continuation_character = "\\"

smartquotes = False  # -- is how an option begins

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_made/extra"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
