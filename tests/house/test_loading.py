"""Every call that loads a model says what it refuses; nothing here reads a pickle."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path for name in ("energylabel", "benchmarks") for path in (ROOT / name).rglob("*.py")
)
FORBIDDEN = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}


def calls(attribute: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Place, what is called on, and the keywords of each ``X.attribute(…)`` of the package."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=on, attr=name)) if name == attribute:
                    keywords = {each.arg or "**": ast.unparse(each.value) for each in node.keywords}
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", ast.unparse(on), keywords


def test_every_load_is_local_and_without_code_of_others():
    found = list(calls("from_pretrained"))
    assert len(found) >= 3
    for place, what, keywords in found:
        assert keywords.get("trust_remote_code") == "False", place
        assert keywords.get("local_files_only") == "True", place
        assert "**" not in keywords, place
        if "Model" in what:
            assert keywords.get("use_safetensors") == "True", place


def test_networks_of_others_are_laid_out_without_their_code():
    found = [call for call in calls("from_config") if call[0].startswith("energylabel/")]
    assert found
    assert all(keywords.get("trust_remote_code") == "False" for _, _, keywords in found), found


def test_torch_load_is_never_called():
    assert [place for place, what, _ in calls("load") if what == "torch"] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_pickle(path: Path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert not imported & FORBIDDEN


def test_the_worker_is_told_not_to_send_weights_or_tokens_away(tmp_path: Path):
    from energylabel.worker.client import environment

    built = environment(str(tmp_path), 1, (), {"DISABLE_SAFETENSORS_CONVERSION": "0"})
    assert built["DISABLE_SAFETENSORS_CONVERSION"] == "1"
    assert built["HF_HUB_DISABLE_IMPLICIT_TOKEN"] == "1"
    assert built["TMPDIR"] == str(tmp_path)
