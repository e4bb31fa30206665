"""The documentation site builds without a warning, and has every command and every name."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

import energylabel
from energylabel.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
EXTENSIONS = ROOT / "docs" / "_ext"
NEEDED = ("sphinx", "myst_parser", "furo", "sphinx_copybutton")
LACKING = [name for name in NEEDED if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("site"),
    pytest.mark.skipif(
        bool(LACKING),
        reason=f"{', '.join(LACKING)} not installed: pip install -c constraints.txt -e '.[docs]'",
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``just docs`` builds it: a warning or a broken link is an error."""
    out = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-n", "-q", "docs", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", app.commands)
def test_each_command_has_its_page_with_every_option(site: Path, name: str) -> None:
    page = text(site / "reference" / "commands" / f"{name}.html")
    command = app.commands[name]
    below = command.commands.values() if isinstance(command, click.Group) else ()
    for each in (command, *below):
        for parameter in each.params:
            if isinstance(parameter, click.Option):
                assert f">{parameter.opts[-1]}<" in page, parameter.opts


@pytest.mark.parametrize("name", energylabel.__all__)
def test_each_public_name_is_explained(site: Path, name: str) -> None:
    page = text(site / "reference" / "python.html")
    anchor = f"module-energylabel.{name}" if name == "errors" else f"energylabel.{name}"
    assert f'id="{anchor}"' in page


def test_the_standard_is_there_word_for_word(site: Path) -> None:
    page = text(site / "explanation" / "standard.html")
    assert "<h2>4. The reference, the indexes and the classes" in page
    assert 'href="#5-how-it-is-measured"' in page or 'id="how-it-is-measured"' in page


def test_the_pictures_are_those_of_the_labels(site: Path) -> None:
    pictures = {path.read_bytes() for path in (ROOT / "labels").rglob("label.png")}
    shown = list((site / "_images").glob("*.png"))
    assert shown
    assert all(path.read_bytes() in pictures for path in shown)


def test_the_page_over_all_labels_and_the_schemas_are_there(site: Path) -> None:
    assert "minilm-l6-sst2" in text(site / "example-page" / "index.html")
    for record in ("label", "evidence", "job", "outcome"):
        assert '"properties"' in text(site / "schemas" / f"{record}.json")


def test_a_broken_link_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "one.html").write_text(
        '<h2 id="here">x</h2><a href="#here">a</a><a href="two.html#there">a</a>'
        '<a href="#nowhere">b</a><a href="two.html#nowhere">b</a><a href="three.html">b</a>'
        '<a href="http:///x">b</a><a href="javascript:x()">b</a><img src="p.png" alt="b">'
        '<script src="https://example.org/x.js"></script><img src="two.html">'
        '<a href="https://example.org/">a</a>',
        "utf-8",
    )
    (tmp_path / "two.html").write_text('<i id="there">x</i>', "utf-8")
    found = "\n".join(checker().broken(tmp_path))
    for link in (
        "one.html: #nowhere: no such anchor",
        "one.html: two.html#nowhere: no such anchor",
        "one.html: three.html: no such file",
        "one.html: http:///x: no address",
        "one.html: javascript:x(): javascript: is not used here",
        "one.html: p.png: no such file",
        "one.html: https://example.org/x.js: loaded from another site",
        "one.html: 1 pictures without a text",
    ):
        assert link in found
    assert len(found.splitlines()) == 8


def checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("checked", EXTENSIONS / "checked.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
