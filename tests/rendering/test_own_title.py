"""Data of one's own are called as whoever rated calls them, wherever the workload is named."""

import pytest
from support.own_title import NAME, TITLE, of_own_data
from support.svg import drawn_text, parse

from energylabel.paging import files_of_page
from energylabel.paging.assembling import plain_row
from energylabel.paging.listed import listed
from energylabel.publishing import Stored
from energylabel.records.setup import Setup
from energylabel.rendering import FORMATS, printed


def picture(title: str) -> str:
    return FORMATS.get("svg").render(of_own_data(title)).content.decode()


def read(drawn: str) -> str:
    return drawn_text(parse(drawn.encode()))


def test_the_picture_shows_title_and_name():
    found = read(picture(TITLE))
    assert TITLE.replace(" ", "") in found
    assert NAME in found
    assert f"rated on {TITLE} ({NAME})" in picture(TITLE)


def test_a_long_title_is_cut_and_a_name_without_one_stands_alone():
    assert "Ticketsfromall…" in read(picture("Tickets from all of the shops of the north " * 2))
    assert f"rated on {NAME}:" in picture("")


def test_the_card_names_it():
    card = FORMATS.get("markdown").render(of_own_data()).content.decode()
    assert f"| Workload | {TITLE} ({NAME}) |" in card
    assert f"of the texts of {TITLE} ({NAME})." in card


def test_the_page_names_it():
    entry = listed(Stored(of_own_data(), Setup(device="cpu"), None, checked=True))
    assert entry.called == f"{TITLE} ({NAME})"
    assert entry.workload == NAME
    assert f"{TITLE} ({NAME}) on " in files_of_page([entry])["index.html"].decode()
    assert plain_row(entry)


@pytest.mark.parametrize("title", ["<b>x</b> | y", "a\u202eb\nc"])
def test_a_title_is_no_markup(title: str):
    card = FORMATS.get("markdown").render(of_own_data(title)).content.decode()
    assert "<b>" not in card
    assert all(len(line.split(" | ")) <= 3 for line in card.splitlines() if "Workload" in line)
    assert "<b>x" not in picture(title)
    assert printed(of_own_data(title))["description"]
