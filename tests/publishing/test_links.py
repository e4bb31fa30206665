"""Every link of a card, and of the words above a pull request, leads to a file from where it is."""

import re
from pathlib import Path
from urllib.parse import unquote

from hub.fixtures import HubHome
from support.evidence import make_evidence, make_subject
from support.parcels import MODEL, PLACE, again, published, store
from support.several import workload

from energylabel.publishing import delivering

_LINK = re.compile(r'\]\(([^)\s]+)\)|src="([^"]+)"')


def links(text: str) -> list[str]:
    return [one or other for one, other in _LINK.findall(text)]


def lead_somewhere(home: HubHome, text: str, revision: str) -> set[str]:
    """All of them have an address at the revision, and a file is there; returns their names."""
    root, names = f"{home.hub.endpoint}/{MODEL}/", set()
    for link in links(text):
        assert link.startswith(root), link
        view, at, path = link.removeprefix(root).split("/", 2)
        assert view in {"resolve", "blob"}
        assert unquote(at) == revision, link
        assert home.hub.storage.file("models", MODEL, revision, unquote(path)) is not None, link
        names.add(path.rpartition("/")[2])
    return names


def test_what_reviewers_are_shown_is_in_the_pull_request_and_the_card_is_right_once_merged(
    hub_home: HubHome, tmp_path: Path, pauses: list[float]
) -> None:
    folder = published(hub_home, tmp_path)
    delivering.push(folder, "pr")
    other = again(hub_home, tmp_path / "other", workload=workload("emotion-v1"))
    delivering.push(other, "pr")  # a second label, in the same pull request
    (discussion,) = hub_home.hub.discussions.of("models", MODEL)
    words = discussion.events[0]["data"]["latest"]["raw"]
    shown = lead_somewhere(hub_home, words, "refs/pr/1")
    assert shown == {"label.png", "README.md", "evidence.json", "confusion.svg"}
    assert "Links inside the card lead to the main branch and work once this is merged" in words
    from huggingface_hub import HfApi

    HfApi(endpoint=hub_home.hub.endpoint).merge_pull_request(MODEL, 1)
    card = hub_home.hub.storage.file("models", MODEL, "main", "README.md")
    assert card is not None
    found = lead_somewhere(hub_home, card.decode(), "main")
    assert found == {"label.png", "badge.svg", "confusion.svg", "evidence.json"}


def test_the_card_of_a_folder_links_what_lies_beside_it(tmp_path: Path) -> None:
    subject = make_subject(source="folder", name="local/my-model")
    folder = store(tmp_path / "labels", make_evidence(subject=subject))
    card = tmp_path / "somewhere" / "else" / "README.md"
    card.parent.mkdir(parents=True)
    delivering.write_card(folder, card)
    found = links(card.read_text())
    assert {link.rpartition("/")[2] for link in found} == {
        "label.png",
        "badge.svg",
        "confusion.svg",
    }
    assert all((card.parent / unquote(link)).is_file() for link in found), found
    assert (card.parent / PLACE / "evidence.json").is_file()
    beside = links((folder / "card.md").read_text())
    assert all((folder / unquote(link)).is_file() for link in beside), beside
