"""Labels taken out again: of any card, of the folder beside it, of the loopback Hub."""

import hashlib
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from hypothesis import HealthCheck, given, settings
from publishing.test_cards import CARDS, EXAMPLES, KEPT, cards, filled
from support.command import command
from support.parcels import CARD, FILES, MODEL, PLACE, again, published, store
from support.several import mentions, of_hub, put, workload

from energylabel import publishing
from energylabel.errors import CardError, UsageError
from energylabel.publishing import delivering
from energylabel.publishing.base import Parcel
from energylabel.publishing.model_card import splice
from energylabel.publishing.removing.card import take_out


@pytest.fixture(scope="module")
def label(six: list[Parcel]) -> Parcel:
    return six[0]


def plain(card: bytes) -> bytes:
    """Without what says nothing: a front matter without keys, the line ending at the end."""
    text = card.decode().removeprefix("\ufeff").strip("\r\n")
    for newline in ("\r\n", "\n", "\r"):
        for empty in ("---{0}---", "---{0}{0}---", "---{0}{{}}{0}---"):
            text = text.removeprefix(empty.format(newline))
    return text.strip("\r\n").encode() if text.strip() else b""


@pytest.mark.parametrize(
    "name", [each for each in KEPT if "label" not in each and "block-" not in each]
)
def test_what_was_put_into_a_card_comes_out_again(name: str, label: Parcel) -> None:
    before = filled((CARDS / "kept" / f"{name}.before.md").read_bytes(), label)
    try:
        after = splice(before, label).card
    except CardError:
        return
    taken = take_out(after, None, None)
    assert plain(taken.card or b"") == plain(before)
    assert take_out(taken.card or b"", None, None).card == (taken.card or b"")


@pytest.mark.slow
def test_out_of_any_card(label: Parcel) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(card=cards())
    def check(card: bytes) -> None:
        if b"energy_label:" in card or b"model-index: []" in card:
            return
        try:
            after = splice(card, label).card
        except CardError:
            return
        assert plain(take_out(after, None, None).card or b"") == plain(card)

    check()


@pytest.mark.parametrize("blank", ["\u2028", "\u2029", "\x85", " "])
@pytest.mark.parametrize("rest", ["", "\n# T\n"])
def test_a_front_matter_of_blanks_comes_back(blank: str, rest: str, label: Parcel) -> None:
    card = f"---\n{blank}\n---{rest}".encode()
    taken = take_out(splice(card, label).card, None, None).card
    assert taken is not None
    assert taken.rstrip(b"\n") == card.rstrip(b"\n")


def test_one_of_six_goes_and_the_others_stay(six: list[Parcel]) -> None:
    card = put(six, b"---\nlicense: mit\n---\n# T\n")
    newest, root = six[-1].label.id, six[0].root
    taken = take_out(card, newest, root)
    assert taken.card is not None
    ids = [each["figures"]["id"] for each in mentions(taken.card)]
    assert ids == [each.label.id for each in reversed(six[:-1])]
    front = taken.card.partition(b"<!--")[0]
    assert front.count(six[-2].label.id.encode()) == 1
    assert newest.encode() not in taken.card
    assert b"banking77-v1" not in front
    # The same card as if it had never been there, but for what is known at length.
    one = take_out(put([six[0], six[2]], b"# T\n"), six[2].label.id, root).card
    assert one is not None
    assert one.partition(b"<!--")[0] == put([six[0]], b"# T\n").partition(b"<!--")[0]
    whole = take_out(card, None, root).card
    assert whole == b"---\nlicense: mit\n---\n# T\n"


def test_what_others_wrote_stays() -> None:
    theirs = b"---\nenergy_label: A+++\nmodel-index:\n- name: x\n  results: []\n---\n# T\n"
    taken = take_out(theirs, None, None)
    assert taken.card == theirs
    assert "not of this program" in taken.remarks[0]


def test_an_edited_block_is_not_cut(label: Parcel) -> None:
    card = splice(b"# T\n", label).card.replace(b"Energy per", b"Energie per")
    with pytest.raises(CardError, match="edited by hand"):
        take_out(card, None, None)


def tree(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.slow
def test_a_card_on_this_machine(tmp_path: Path) -> None:
    first = store(tmp_path / "one", of_hub(0))
    second = store(tmp_path / "two", of_hub(1, files={**FILES, "model.safetensors": b"other"}))
    home = tmp_path / "card"
    (home / "energylabel/mine").mkdir(parents=True)
    (home / "energylabel/mine/notes.txt").write_bytes(b"mine")
    (home / "README.md").write_bytes(CARD)
    before = tree(home)
    publishing.write_card(first, home / "README.md")
    alone = tree(home)
    publishing.write_card(second, home / "README.md")
    (home / PLACE / "notes.txt").write_bytes(b"mine too")
    full = tree(home)
    identity = hashlib.sha256((first / "evidence.json").read_bytes()).hexdigest()[:12]
    assert f"{PLACE}/history/{identity}/evidence.json" in full
    shown = publishing.propose_card_removal(home / "README.md", second)
    assert tree(home) == full
    assert {change.path for change in shown.changed} <= full.keys()
    # The earlier label moves back to where it lay before.
    receipt = publishing.remove_card(home / "README.md", second)
    assert receipt.outcome == "removed"
    now = tree(home)
    assert now.pop(f"{PLACE}/notes.txt") == b"mine too"
    assert now.keys() == alone.keys()
    assert {k: v for k, v in now.items() if k != "README.md"} == {
        k: v for k, v in alone.items() if k != "README.md"
    }
    publishing.remove_card(home / "README.md")
    (home / PLACE / "notes.txt").unlink()
    assert tree(home) == before
    assert publishing.remove_card(home / "README.md").outcome == "unchanged"


@pytest.mark.slow
def test_the_command(tmp_path: Path) -> None:
    folder = store(tmp_path / "one", of_hub(0))
    home = tmp_path / "card"
    home.mkdir()
    card = home / "README.md"
    publishing.write_card(folder, card)
    shown = command("card", "--remove", "--readme", str(card), "--dry-run")
    assert shown.returncode == 0
    assert f"{PLACE}/evidence.json: deleted" in shown.stdout
    assert "/dev/null" in shown.stdout
    assert card.exists()
    done = command("card", "--remove", "--readme", str(card))
    assert done.stdout.startswith("removed: ")
    assert tree(home) == {}
    again_ = command("card", "--remove", "--readme", str(card))
    assert (again_.returncode, again_.stdout) == (0, f"nothing to remove: {card}\n")
    assert command("card").returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["pr", "commit"])
def test_out_of_the_hub(hub_home: HubHome, tmp_path: Path, pauses: list[float], mode: str) -> None:
    storage = hub_home.hub.storage

    def files(revision: str) -> dict[str, bytes]:
        commit = storage.resolve("models", MODEL, revision)
        assert commit is not None
        entries = storage.tree("models", MODEL, commit)
        return {each.path: storage.read("models", MODEL, each) for each in entries}

    folder = published(hub_home, tmp_path)
    before = files("main")
    assert publishing.unpush(MODEL, mode).outcome == "unchanged"  # type: ignore[arg-type]
    delivering.push(folder, "commit")
    other = again(hub_home, tmp_path / "other", workload=workload("emotion-v1"))
    delivering.push(other, "commit")
    assert len(mentions(files("main")["README.md"])) == 2
    seen = hub_home.hub.count("POST", "/commit/")
    assert len(publishing.preview_unpush(MODEL).changed) == 13
    assert hub_home.hub.count("POST", "/commit/") == seen
    hub_home.hub.fail(r"/commit/main", method="POST", times=1, drop="after")
    receipt = publishing.unpush(MODEL, mode, sleep=pauses.append)  # type: ignore[arg-type]
    assert receipt.outcome == ("opened" if mode == "pr" else "removed")
    assert files("refs/pr/1" if mode == "pr" else "main") == before
    assert publishing.unpush(MODEL, mode).outcome == "unchanged"  # type: ignore[arg-type]
    assert hub_home.hub.count("POST", "/commit/") == seen + 1


@pytest.mark.slow
def test_one_label_out_of_the_hub(hub_home: HubHome, tmp_path: Path, pauses: list[float]) -> None:
    folder = published(hub_home, tmp_path)
    delivering.push(folder, "commit")
    other = again(hub_home, tmp_path / "other", workload=workload("emotion-v1"))
    delivering.push(other, "commit")
    publishing.unpush(str(other), "commit")
    card = hub_home.hub.storage.file("models", MODEL, "main", "README.md")
    assert card is not None
    assert [each["figures"]["workload"] for each in mentions(card)] == ["ag-news-v1"]
    assert card.partition(b"<!--")[0].count(b"evidence.json\n") == 1
    assert hub_home.hub.storage.file("models", MODEL, "main", f"{PLACE}/evidence.json") is not None
    assert delivering.push(folder, "commit").outcome in ("unchanged", "committed")
    with pytest.raises(UsageError, match="no folder of a label here"):
        publishing.unpush("demo", "pr")
