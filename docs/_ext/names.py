"""Names in docstrings lead to the pages that explain them, where Sphinx itself does not see how.

Records are explained as tables of fields (``made.py``), errors are named without their module.
"""

from docutils import nodes
from made import RECORDS
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

from energylabel import errors
from energylabel.options import Options
from energylabel.records import Record

PAGES = ("label", "evidence", "comparison")
TABLES = {
    name: page
    for page in reversed(PAGES)
    for name in RECORDS[page].model_json_schema().get("$defs", {})
} | {RECORDS[page].__name__: page for page in PAGES}
"""The page on which each record has its table."""


def found(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, shown: nodes.TextElement
) -> nodes.reference | None:
    """The place of a name that no page declares."""
    del env
    path, _, name = node["reftarget"].rpartition(".")
    here = node.get("refdoc", "")
    if not path and isinstance(getattr(errors, name, None), type):
        anchor = f"energylabel.errors.{name}"
        return make_refnode(app.builder, here, "reference/python", anchor, shown)
    if path.startswith("energylabel.records") and name in TABLES:
        page = f"reference/{TABLES[name]}-fields"
        anchor = "" if name.lower() == TABLES[name] else name.lower()
        return make_refnode(app.builder, here, page, anchor, shown)
    return None


def signature(
    app: Sphinx, what: str, name: str, value: object, options: object, *given: str | None
) -> tuple[str, str | None] | None:
    """No arguments of records and options: their fields have tables and words of their own."""
    del app, what, name, options, given
    kinds = (Record, Options)
    return ("", None) if isinstance(value, type) and issubclass(value, kinds) else None


def skipped(app: Sphinx, what: str, name: str, *given: object) -> bool | None:
    """Pydantic's own attribute is no part of ours."""
    del app, what, given
    return True if name == "model_config" else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("autodoc-skip-member", skipped)
    app.connect("autodoc-process-signature", signature)
    app.connect("missing-reference", found)
    return {"parallel_read_safe": True}
