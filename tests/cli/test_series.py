"""Several models in one command, where labels go, and when there is nothing to do.

What a rating measures is left out here: the labels come from stored evidence. Hub, pushing and
command line are real.
"""

import json
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from support.parcels import FILES, MODEL, PLACE, published, rated, store
from support.series_runs import Run

from energylabel import storing
from energylabel.dispatching import jobs
from energylabel.errors import NotRatableError, Terminated
from energylabel.events import Observer
from energylabel.pipeline import Rated
from energylabel.planning.inputs import model_of
from energylabel.records import Job


@pytest.mark.slow
def test_push_after_a_rating(hub_home: HubHome, out: Path, measured: list[str], run: Run) -> None:
    published(hub_home, out)
    hub_home.sign_in("writer")
    code, told, _ = run(MODEL, "--push", "pr", "--format", "json")
    assert code == 0
    receipt = json.loads(told)["push"]
    assert (receipt["outcome"], len(receipt["files"])) == ("opened", 7)
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


@pytest.mark.slow
def test_a_failed_push_keeps_the_label(
    hub_home: HubHome, out: Path, measured: list[str], run: Run
) -> None:
    folder = published(hub_home, out)
    hub_home.sign_in("writer")
    hub_home.hub.fail("/commit/main", method="POST", status=403)
    code, told, talk = run(MODEL, "--push", "pr")
    assert code == 5
    assert "energy    C" in told
    assert "may not open pull requests at acme/minilm" in talk
    assert "discussion.write" in talk
    assert f"the label is kept in {folder}" in talk


def test_a_card_that_cannot_be_changed_stops_before_measuring(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, tmp_path: Path
) -> None:
    published(hub_home, out)
    hub_home.sign_in("writer")
    bad = b"---\na: [\n---\n"
    hub_home.hub.storage.commit("models", MODEL, {"README.md": bad})
    card = tmp_path / "README.md"
    card.write_bytes(bad)
    for option in (("--push", "pr"), ("--card", str(card))):
        code, _, talk = run(MODEL, *option)
        assert (code, measured) == (2, [])
        assert "not valid YAML" in talk
    for place, message in (("/dev/null", "is no file"), (str(tmp_path), "is a directory")):
        code, _, talk = run(MODEL, "--card", place)
        assert (code, measured) == (2, [])
        assert message in talk


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
    code, _, talk = run(MODEL, "--push", "pr")
    assert code == 4
    assert "not pushed, as the label has no energy class" in talk
    assert hub_home.hub.count("POST", "/commit/") == 0


def test_the_card_of_a_checkout(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, tmp_path: Path
) -> None:
    published(hub_home, out)
    card = tmp_path / "checkout" / "README.md"
    code, told, _ = run(MODEL, "--card", str(card))
    assert (code, told.splitlines()[-1]) == (0, f"written: {card}")
    assert card.read_text().startswith("---\nenergy_label:\n")
    assert {path.name for path in (card.parent / PLACE).iterdir()} == {
        "badge.svg",
        "confusion.svg",
        "evidence.json",
        "label.json",
        "label.png",
        "label.svg",
    }
    code, _, talk = run(MODEL, "other/model", "--card", str(card))
    assert code == 2
    assert "--card is for one model" in talk


@pytest.mark.slow
def test_a_listed_name_is_no_folder(
    *,
    hub_home: HubHome,
    out: Path,
    measured: list[str],
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed(hub_home, out)
    (tmp_path / "here" / "acme" / "one").mkdir(parents=True)
    (tmp_path / "here" / "acme" / "one" / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path / "here")
    seen: list[str] = []
    monkeypatch.setattr(jobs, "rate", lambda job, _: seen.append(model_of(job).source) or fail())
    run("--org", "acme", "--search", "one")
    run("acme/one")
    assert seen == ["hub", "folder"]


def fail() -> Rated:
    raise NotRatableError("enough", "")


def stop_at(patch: pytest.MonkeyPatch, model: str, error: BaseException) -> None:
    """Rating this model ends in an error; the others are rated."""
    original = jobs.rate

    def rate(job: Job, observer: Observer) -> Rated:
        if job.model == model:
            raise error
        return original(job, observer)

    patch.setattr(jobs, "rate", rate)


@pytest.mark.slow
def test_a_bug_over_one_model_does_not_stop_the_others(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(hub_home, out)
    stop_at(monkeypatch, "acme/two", RuntimeError("broken"))
    code, told, talk = run("--org", "acme")
    assert (code, measured) == (7, ["acme/three", "acme/one"])
    assert "unexpected RuntimeError: broken" in told
    assert "this is a bug" in talk


def test_what_is_done_is_told_when_it_is_interrupted(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(hub_home, out)
    stop_at(monkeypatch, "acme/one", KeyboardInterrupt())
    code, told, _ = run("acme/three", "acme/one", "acme/two")
    assert code == 130
    assert told.splitlines()[-1].startswith("acme/three")


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [(KeyboardInterrupt(), 130, "interrupted"), (Terminated(), 143, "terminated")],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_an_interrupted_series_is_one_json_document_of_what_is_done(
    *,
    hub_home: HubHome,
    out: Path,
    measured: list[str],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    kind: str,
) -> None:
    listed(hub_home, out)
    stop_at(monkeypatch, "acme/one", error)
    models = ("acme/three", "acme/two", "acme/one", "else/four")
    found, told, _ = run(*models, "--format", "json")
    given = json.loads(told)
    assert (found, given["error"]["code"], given["error"]["kind"]) == (code, code, kind)
    done, failed = given["models"]
    assert done["label"]["subject"]["name"] == "acme/three"
    assert failed["error"]["code"] == 3
    assert given["unfinished"] == ["acme/one", "else/four"]


def test_a_single_model_that_is_interrupted_is_its_error_alone(
    hub_home: HubHome, out: Path, measured: list[str], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(hub_home, out)
    stop_at(monkeypatch, "acme/one", KeyboardInterrupt())
    code, told, _ = run("acme/one", "--format", "json")
    assert (code, json.loads(told)["kind"]) == (130, "interrupted")
    # Refused before any model was begun: the same.
    code, told, _ = run("acme/one", "acme/two", "--card", str(out / "README.md"), "--format=json")
    assert (code, json.loads(told)["kind"]) == (2, "usage")


@pytest.mark.slow
def test_the_address_of_a_commit_is_no_pull_request(
    *,
    hub_home: HubHome,
    out: Path,
    measured: list[str],
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    published(hub_home, out)
    hub_home.sign_in("writer")
    outputs = tmp_path / "outputs"
    monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))

    def output(name: str, mode: str) -> str:
        outputs.write_text("")
        assert run(MODEL, "--push", mode, "--format", "github")[0] == 0
        lines = outputs.read_text().splitlines()
        return lines[next(n for n, line in enumerate(lines) if line.startswith(f"{name}<<")) + 1]

    for _ in range(2):  # the second finds all there
        assert output("pr-url", "commit") == ""
        head = hub_home.hub.storage.refs("models", MODEL)["refs/heads/main"]
        there = f"{hub_home.hub.endpoint}/{MODEL}/commit/{head}"
        assert output("commit-url", "commit") == there
    assert output("commit-url", "pr") == ""


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
    assert run("demo", "--search", "x")[0] == 2
