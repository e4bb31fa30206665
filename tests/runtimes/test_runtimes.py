"""What a runtime says about itself, and how one is refused that is not there or does not end."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from energylabel.errors import NotRatableError, UsageError
from energylabel.runtimes import (
    PYTORCH,
    RUNTIMES,
    Runtime,
    find_runtime,
    refuse_lacking,
    try_out,
)
from energylabel.runtimes.base import _closed

WORDS: dict[str, Any] = {
    "title": "Other",
    "help": "another runtime",
    "precisions": ("auto",),
    "devices": ("cpu",),
}


def nothing(*_: Any) -> Any:
    """A function of a runtime that does nothing."""


def test_every_family_has_pytorch_and_it_needs_nothing_more() -> None:
    assert set(RUNTIMES.found) >= {PYTORCH, "onnxruntime"}
    assert RUNTIMES.broken == {}
    assert find_runtime(PYTORCH).export is None
    assert find_runtime(PYTORCH).imports == ()
    refuse_lacking(find_runtime(PYTORCH))


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ({"name": "other", "export": nothing}, "are there together"),
        ({"name": "other", "scaled": ("int8",)}, "scaled names int8"),
        ({"name": "int8"}, "letters alone"),
        ({"name": "other", "devices": ()}, "devices"),
    ],
    ids=["half a runtime", "a foreign number", "a digit", "no device"],
)
def test_a_description_that_cannot_be_is_refused(traits: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Runtime(**WORDS | traits)


def test_a_plug_in_of_others_takes_exported_networks() -> None:
    bare = Runtime(name="other", **WORDS)
    whole = Runtime(name="other", export=nothing, open=nothing, try_out=nothing, **WORDS)
    assert "export" in (_closed(bare, {}) or "")
    assert _closed(whole, {}) is None


def test_an_unknown_runtime_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="no runtime 'tensorrt'") as caught:
        find_runtime("tensorrt")
    assert caught.value.hint == "there are: onnxruntime, pytorch"


def test_packages_that_are_not_installed_are_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = importlib.util.find_spec
    lacking = {"onnxruntime", "onnxscript"}
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in lacking else real(name)
    )
    with pytest.raises(UsageError, match="needs onnxruntime and onnxscript, not inst") as caught:
        refuse_lacking(find_runtime("onnxruntime"))
    assert caught.value.hint == "pip install 'energylabel[onnx]'"


def test_a_session_that_does_not_end_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(NotRatableError, match="gave no answer within 0 s") as caught:
        try_out(find_runtime("onnxruntime"), tmp_path, 1, {}, patience_s=0.001)
    assert "leave out --runtime" in caught.value.hint


@pytest.mark.slow
def test_a_graph_that_is_none_is_refused_in_one_line(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(NotRatableError, match="ONNX Runtime does not run the exported") as caught:
        try_out(find_runtime("onnxruntime"), tmp_path, 1, {"input_ids": [[1]]})
    assert "\n" not in caught.value.message
