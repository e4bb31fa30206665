"""Several models in one command, where labels go, and when there is nothing to do.

What a rating measures is left out here: the labels come from stored evidence. Hub, pushing and
command line are real.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from support.evidence import make_hardware
from support.parcels import FILES, MODEL, PLACE, published, rated, store

from energylabel import storing
from energylabel.choosing import Request
from energylabel.cli import series
from energylabel.cli.app import main
from energylabel.errors import NotRatableError
from energylabel.observing import Observer
from energylabel.pipeline import Rated, judge

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "labels"


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were rated; a folder of a label stands for each, by name."""
    found: list[str] = []

    def rate(request: Request, observer: Observer) -> Rated:
        found.append(request.model)
        folders = [p.parent for p in request.out.rglob("evidence.json")]
        for folder in sorted(folders, key=lambda each: -each.stat().st_mtime_ns):
            evidence = storing.read_evidence(folder)
            if evidence.subject.name == request.model.partition("@")[0]:
                return Rated(judge(evidence), folder)
        raise NotRatableError(f"{request.model}: no safetensors", "convert them")

    monkeypatch.setattr(series, "rate", rate)
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], out: Path) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["rate", *arguments, "--out", str(out)])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


def test_push_after_a_rating(hub_home: HubHome, out: Path, measured: list[str], run: Run) -> None:
    published(hub_home, out)
    hub_home.sign_in("writer")
    code, told, _ = run(MODEL, "--push", "pr", "--format", "json")
    assert code == 0
    receipt = json.loads(told)["push"]
    assert (receipt["outcome"], len(receipt["files"])) == ("opened", 5)
    assert receipt["url"] == f"{hub_home.hub.endpoint}/{MODEL}/discussions/1"
    code, told, _ = run(MODEL, "--push", "pr")
    assert code == 0
    assert told.splitlines()[-1] == f"all is there already: {receipt['url']}"


@pytest.mark.parametrize(
    ("arguments", "user", "code", "message"),
    [
        ((MODEL,), None, 5, "there is no token"),
        ((MODEL,), "reader", 5, "may only read"),
        ((MODEL, "--protocol", "quick"), "writer", 2, "quick look"),
        ((MODEL, "--offline"), "writer", 2, "needs a connection"),
        (("demo",), "writer", 2, "no model of the Hub"),
    ],
)
def test_what_cannot_be_pushed_is_refused_before_measuring(
    *,
    hub_home: HubHome,
    out: Path,
    measured: list[str],
    run: Run,
    arguments: tuple[str, ...],
    user: str | None,
    code: int,
    message: str,
) -> None:
    published(hub_home, out)
    hub_home.sign_in(user)
    found, _, talk = run(*arguments, "--push", "pr")
    assert (found, measured) == (code, [])
    assert message in talk


def test_a_failed_push_keeps_the_label(
    hub_home: HubHome, out: Path, measured: list[str], run: Run
) -> None:
    folder = published(hub_home, out)
    hub_home.sign_in("writer")
    hub_home.hub.storage.commit("models", MODEL, {"README.md": b"---\na: [\n---\n"})
    code, told, talk = run(MODEL, "--push", "pr")
    assert code == 2
    assert "energy    C" in told
    assert f"the label is kept in {folder}" in talk


def test_a_label_without_a_class_is_not_pushed(
    hub_home: HubHome, out: Path, measured: list[str], run: Run
) -> None:
    folder = published(hub_home, out)
    evidence = storing.read_evidence(folder)
    restless = [
        w.model_copy(update={"cpu_seconds": w.cpu_seconds * (8 if w.block % 2 else 1)})
        if w.role == "candidate"
        else w
        for w in evidence.windows
    ]
    store(out, evidence.model_copy(update={"windows": tuple(restless)}))
    hub_home.sign_in("writer")
    code, _, _ = run(MODEL, "--push", "pr")
    assert code == 4
    assert hub_home.hub.count("POST", "/commit/") == 0


def test_the_card_of_a_checkout(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, tmp_path: Path
) -> None:
    published(hub_home, out)
    card = tmp_path / "checkout" / "README.md"
    code, told, _ = run(MODEL, "--card", str(card))
    assert (code, told.splitlines()[-1]) == (0, f"written: {card.parent}")
    assert card.read_text().startswith("---\nenergy_label:\n")
    assert {path.name for path in (card.parent / PLACE).iterdir()} == {
        "evidence.json",
        "label.json",
        "label.png",
        "label.svg",
    }
    code, _, talk = run(MODEL, "other/model", "--card", str(card))
    assert code == 2
    assert "--card is for one model" in talk


def test_only_what_changed_is_rated(
    hub_home: HubHome,
    out: Path,
    measured: list[str],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from huggingface_hub import HfApi

    monkeypatch.setattr("energylabel.standing.detect", lambda _: make_hardware())
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
    # Words of others change nothing; another workload, other hardware and other files do.
    hub_home.hub.storage.commit("models", MODEL, {"NOTES.md": b"x", "onnx/model.onnx": b"x"})
    assert run(*changed)[0] == 0
    assert measured == [MODEL]
    run(*changed, "--workload", "sst2-v1")
    assert measured == [MODEL] * 2
    with monkeypatch.context() as patch:
        other = make_hardware(physical_cores=8)
        patch.setattr("energylabel.standing.detect", lambda _: other)
        run(*changed)
    assert measured == [MODEL] * 3
    for number, files in enumerate(
        ({"tokenizer.json": b"{}"}, {"tokenizer.json": None, "config.json": b"{}"})
    ):
        hub_home.hub.storage.commit("models", MODEL, files)
        run(*changed)
        assert measured == [MODEL] * (4 + number)


def test_an_edited_evidence_does_not_stand(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("energylabel.standing.detect", lambda _: make_hardware())
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


def test_if_changed_is_about_the_hub(out: Path, measured: list[str], run: Run) -> None:
    assert run("demo", "--if-changed")[0] == 2
    assert measured == []


def listed(home: HubHome, out: Path) -> None:
    """Three text classifiers of acme and what else there is."""
    for number, name in enumerate(("acme/one", "acme/two", "acme/three", "else/four")):
        commit = home.hub.storage.commit("models", name, {**FILES, "n": b"%d" % number})
        home.hub.tags[name] = ["text-classification"]
        home.hub.downloads[name] = 10**number
        if name != "acme/two":
            store(out, rated(name, commit, FILES))
    home.hub.storage.commit("models", "acme/images", FILES)


def test_an_organisation(hub_home: HubHome, out: Path, measured: list[str], run: Run) -> None:
    listed(hub_home, out)
    hub_home.hub.page_size = 2
    code, told, talk = run("--org", "acme")
    assert measured == ["acme/three", "acme/two", "acme/one"]
    assert code == 7
    table = told.splitlines()[-4:]
    assert [line.split()[0] for line in table] == ["model", "acme/three", "acme/two", "acme/one"]
    assert "failed: acme/two: no safetensors" in table[2]
    assert "[2 of 3] acme/two" in talk
    assert "2 of 3 models rated; failed: acme/two" in talk


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--limit", "1"), ["acme/three"]),
        (("--min-downloads", "10"), ["acme/three", "acme/two"]),
        (("--search", "one"), ["acme/one"]),
        (("--min-downloads", "1000"), []),
    ],
)
def test_some_of_an_organisation(
    *,
    hub_home: HubHome,
    out: Path,
    measured: list[str],
    run: Run,
    options: tuple[str, ...],
    expected: list[str],
) -> None:
    listed(hub_home, out)
    run("--org", "acme", *options)
    assert measured == expected


def test_a_list_in_a_file(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, tmp_path: Path
) -> None:
    listed(hub_home, out)
    models = tmp_path / "models.txt"
    models.write_bytes(b"\xef\xbb\xbf# ours\r\nacme/one  # small\r\n\r\nelse/four\r\nacme/one\r\n")
    code, told, _ = run("else/four", "--from-file", str(models), "--format", "json")
    assert (code, measured) == (0, ["else/four", "acme/one"])
    assert [each["label"]["subject"]["name"] for each in json.loads(told)["models"]] == measured
    code, told, _ = run("--from-file", str(models), "--format", "markdown")
    assert told.splitlines()[-2].startswith("| acme/one | C | ≈ 14.")
    for content, message in ((b"# none\n", "names no model"), (b"\xff\xfe", "no text in UTF-8")):
        models.write_bytes(content)
        code, _, talk = run("--from-file", str(models))
        assert (code, message in talk) == (2, True)


def test_no_model_at_all(run: Run) -> None:
    code, _, talk = run()
    assert code == 2
    assert "give a MODEL, --from-file or --org" in talk
