"""When there is nothing to do: a label on the Hub that still stands.

What a rating measures is left out here, as in test_series.py.
"""

import json
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from support.baselines import make_baseline, make_majority
from support.evidence import make_hardware
from support.parcels import MODEL, PLACE, published
from support.series_runs import Run

from energylabel.publishing import delivering

DETECT = "energylabel.publishing.existing.standing.detect"


@pytest.mark.slow
def test_only_what_changed_is_rated(
    hub_home: HubHome,
    out: Path,
    measured: list[str],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from huggingface_hub import HfApi

    monkeypatch.setattr(DETECT, lambda _: make_hardware())
    published(hub_home, out)
    hub_home.sign_in("writer")
    changed = (MODEL, "--if-changed", "--push", "pr")
    assert run(*changed)[0] == 0
    assert measured == [MODEL]
    # It is in our open pull request; after the merge it is on main.
    code, _, talk = run(*changed)
    assert (code, measured) == (0, [MODEL])
    assert f"its label still stands: {hub_home.hub.endpoint}/{MODEL}/discussions/1" in talk
    HfApi(endpoint=hub_home.hub.endpoint).merge_pull_request(MODEL, 1)
    code, told, _ = run(*changed, "--format", "json")
    assert (code, measured) == (0, [MODEL])
    unchanged = {"model": MODEL, "unchanged": f"{hub_home.hub.endpoint}/{MODEL}"}
    assert json.loads(told) == unchanged
    # What has been labelled is still held against the gates.
    assert run(*changed, "--fail-below-energy", "A")[0] == 1
    assert measured == [MODEL]
    # Words of others change nothing; another workload, other hardware and other files do.
    hub_home.hub.storage.commit("models", MODEL, {"NOTES.md": b"x", "onnx/model.onnx": b"x"})
    assert run(*changed)[0] == 0
    assert measured == [MODEL]
    run(*changed, "--workload", "sst2-v1")
    assert measured == [MODEL] * 2
    with monkeypatch.context() as patch:
        other = make_hardware(physical_cores=8)
        patch.setattr(DETECT, lambda _: other)
        run(*changed)
    assert measured == [MODEL] * 3
    hub_home.hub.storage.commit("models", MODEL, {"NOTES.md": None})
    for number, files in enumerate(
        ({"tokenizer.json": b"{}"}, {"tokenizer.json": None, "config.json": b"{}"})
    ):
        hub_home.hub.storage.commit("models", MODEL, files)
        run(*changed)
        assert measured == [MODEL] * (4 + number)


@pytest.mark.slow
def test_a_label_of_somebody_s_own_rows_does_not_stand_for_the_workload_s(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DETECT, lambda _: make_hardware())
    hub_home.sign_in("writer")
    for own, count in ((True, 1), (False, 1)):
        baselines = tuple(
            each.model_copy(update={"fitting": each.fitting.model_copy(update={"own_rows": own})})
            for each in (make_majority(), make_baseline())
        )
        folder = published(hub_home, out, baselines=baselines)
        delivering.push(folder, "commit")
        run(MODEL, "--if-changed")
        assert len(measured) == count


@pytest.mark.slow
def test_a_probe_on_a_model_with_a_head_does_not_stand_for_the_head(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DETECT, lambda _: make_hardware())
    hub_home.sign_in("writer")
    probe = {"family": "embedding-probe", "family_overridden": True}
    fitting = make_baseline().fitting.model_copy(update={"rows": 2000})
    delivering.push(published(hub_home, out, about=probe, fitting=fitting), "commit")
    run(MODEL, "--if-changed", "--family", "embedding-probe")
    assert measured == []
    run(MODEL, "--if-changed")
    assert measured == [MODEL]


@pytest.mark.slow
def test_a_strangers_pull_request_does_not_stand(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DETECT, lambda _: make_hardware())
    folder = published(hub_home, out)
    hub_home.sign_in("contributor")
    assert delivering.push(folder, "pr").url.endswith("/1")
    for user in (None, "writer"):
        hub_home.sign_in(user)
        run(MODEL, "--if-changed")
    assert measured == [MODEL] * 2
    hub_home.sign_in("writer")
    # It brings more than a label, so ours does not go into it.
    hub_home.hub.storage.commit("models", MODEL, {"notes.txt": b"theirs"}, ref="refs/pr/1")
    assert delivering.push(folder, "pr").url.endswith("/2")


@pytest.mark.slow
def test_an_edited_evidence_does_not_stand(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DETECT, lambda _: make_hardware())
    folder = published(hub_home, out)
    path = f"{PLACE}/evidence.json"
    for content in (b"{}", b"[", b'{"schema_version": 99}'):
        hub_home.hub.storage.commit("models", MODEL, {path: content})
        run(MODEL, "--if-changed")
    assert measured == [MODEL] * 3
    good = (folder / "evidence.json").read_bytes()
    hub_home.hub.storage.commit("models", MODEL, {path: good})
    run(MODEL, "--if-changed")
    assert measured == [MODEL] * 3


def test_evidence_that_contradicts_itself_does_not_stand(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DETECT, lambda _: make_hardware())
    folder = published(hub_home, out)
    values = json.loads((folder / "evidence.json").read_bytes())
    for window in values["windows"]:
        if window["role"] == "candidate":
            window["cpu_seconds"] /= 2
    forged = json.dumps(values).encode()
    hub_home.hub.storage.commit("models", MODEL, {f"{PLACE}/evidence.json": forged})
    run(MODEL, "--if-changed")
    assert measured == [MODEL]


def test_if_changed_is_about_the_hub(out: Path, measured: list[str], run: Run) -> None:
    assert run("demo", "--if-changed")[0] == 2
    assert measured == []
