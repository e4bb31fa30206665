"""Cards and labels in folders of this machine, which may come from strangers."""

import os
from pathlib import Path

import pytest
from hub.fixtures import HubHome
from support.evidence import make_evidence, make_subject, quick_evidence
from support.parcels import PLACE, published, store

from energylabel.errors import OutputError
from energylabel.publishing import delivering


@pytest.fixture
def label(hub_home: HubHome, tmp_path: Path) -> Path:
    return published(hub_home, tmp_path / "labels")


def test_a_new_card_and_the_same_again(label: Path, tmp_path: Path) -> None:
    card = tmp_path / "new" / "README.md"
    receipt = delivering.write_card(label, card)
    assert (receipt.outcome, len(receipt.files)) == ("written", 7)
    assert receipt.url == str(card)
    names = {path.name for path in (card.parent / PLACE).iterdir()}
    assert names == {
        "badge.svg",
        "confusion.svg",
        "evidence.json",
        "label.json",
        "label.png",
        "label.svg",
    }
    before = card.stat().st_mtime_ns
    assert delivering.write_card(label, card).outcome == "unchanged"
    assert card.stat().st_mtime_ns == before


LEFT = "no energy_label in the front matter: the label is "


@pytest.mark.slow
def test_a_quick_look_is_for_machines_only_when_asked(tmp_path: Path) -> None:
    for name, evidence in (("quick", quick_evidence()), ("standard", make_evidence())):
        folder, card = store(tmp_path / "labels" / name, evidence), tmp_path / name / "README.md"
        receipt = delivering.write_card(folder, card)
        text = card.read_text("utf-8")
        assert ("energy" in text.partition("<!--")[0]) == (name == "standard")
        assert "model-index" not in text.partition("<!--")[0] or name == "standard"
        assert [LEFT in each for each in receipt.remarks] == [True] * (name == "quick")
        assert ("quick look, not for comparison" in text) == (name == "quick")
        receipt = delivering.write_card(folder, card, front_matter=True)
        front = card.read_text("utf-8").split("---")[1]
        assert ("  protocol: quick\n" in front) == (name == "quick")
        assert receipt.remarks == ()
        # What was asked for once stays, for this label and the next of its kind.
        assert delivering.write_card(folder, card).outcome == "unchanged"


def test_a_local_folder_gets_no_energy_class_into_the_front_matter(tmp_path: Path) -> None:
    subject = make_subject(source="folder", name="local/mine", revision="ab" * 32)
    folder = store(tmp_path / "labels", make_evidence(subject=subject))
    card = tmp_path / "README.md"
    card.write_text("---\nlicense: mit\n---\n# Mine\n")
    receipt = delivering.write_card(folder, card)
    why = "no model of the Hub, and machines take what stands there for the card's model"
    assert receipt.remarks == (f"{LEFT}of local/mine, {why}; --front-matter writes it",)
    text = card.read_text("utf-8")
    assert text.startswith("---\nlicense: mit\n---\n# Mine\n")
    assert "## Energy and accuracy" in text
    delivering.write_card(folder, card, front_matter=True)
    assert "energy_label:\n  energy_class: C\n" in card.read_text("utf-8").split("---")[1]


def test_a_plan_writes_nothing(label: Path, tmp_path: Path) -> None:
    proposal = delivering.propose_card(label, tmp_path / "new" / "README.md")
    assert len(proposal.changed) == 7
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("place", ["/dev/null", "fifo", "folder"])
def test_what_is_no_file_is_left_alone(label: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    path = tmp_path / place
    before = path.stat()
    with pytest.raises(OutputError, match=r"is no file|is a folder"):
        delivering.write_card(label, path)
    assert (path.stat().st_mode, path.stat().st_ino) == (before.st_mode, before.st_ino)
    assert not Path("/dev/energylabel").exists()


def test_a_checkout_cannot_have_other_files_written(label: Path, tmp_path: Path) -> None:
    clone, victim = tmp_path / "clone", tmp_path / "victim.txt"
    clone.mkdir()
    victim.write_text("mine")
    (clone / ".part-README.md").symlink_to(victim)
    (clone / "README.md").write_text("# Theirs\n")
    delivering.write_card(label, clone / "README.md")
    assert victim.read_text() == "mine"
    assert not (clone / "README.md").is_symlink()
    for name in ("README.md", f"{PLACE}/label.json", "energylabel"):
        other = tmp_path / name.replace("/", "-")
        (other / PLACE).mkdir(parents=True)
        (other / name).parent.mkdir(parents=True, exist_ok=True)
        target = tmp_path / "outside"
        if name == "energylabel":
            (other / PLACE).rmdir()
            (other / PLACE).parent.rmdir()
            (other / name).rmdir()
            target = tmp_path / "outside-folder"
            target.mkdir()
        (other / name).symlink_to(target)
        with pytest.raises(OutputError, match="leads out of"):
            delivering.write_card(label, other / "README.md")
        assert not (tmp_path / "outside").exists()


def test_mode_and_links_stay(label: Path, tmp_path: Path) -> None:
    card, link = tmp_path / "docs.md", tmp_path / "README.md"
    card.write_text("# Title\n")
    card.chmod(0o600)
    link.symlink_to("docs.md")
    delivering.write_card(label, link)
    assert link.is_symlink()
    assert card.read_text().startswith("---\nenergy_label:\n")
    assert card.stat().st_mode & 0o777 == 0o600


def test_diffs_show_what_a_terminal_would_obey(
    label: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from energylabel.cli.app import main

    card = tmp_path / "README.md"
    card.write_text("# \x1b[31mTitle\u2028with\x0cbreaks\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["card", str(label), "--readme", str(card), "--dry-run"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert " # \\x1b[31mTitle\\u2028with\\x0cbreaks\n" in told
    assert "No newline" not in told
    assert "energylabel/ag-news-v1" in told
