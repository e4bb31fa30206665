"""The grammar of written answers, and the trees that labels are scored in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energylabel.classifiers._prompting.answer import Grammar
from energylabel.classifiers._prompting.packing import packs

NEWS = ("World", "Sports", "Business", "Sci/Tech")
CARDS = ("card", "card lost", "lost", "👍")


def grammar(labels: tuple[str, ...]) -> Grammar:
    return Grammar([(label, label) for label in labels], "Category:")


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("World", "World"),
        (" world.\n", "World"),
        ("**WORLD**", "World"),
        ('"Sports" because', "Sports"),
        ("Sci/Tech", "Sci/Tech"),
        ("sci tech news", "Sci/Tech"),
        ("SciTech", "Sci/Tech"),
        ("Sci-Tech\nText: more", "Sci/Tech"),
        ("\n\n  Business (finance)", "Business"),
        ("Category: World", "World"),
        ("category world", "World"),
        ("Ｗｏｒｌｄ", "World"),
        ("Worldwide", None),
        ("Sci", None),
        ("It is World", None),
        ("The category is Sports", None),
        ("Category:", None),
        ("news\nWorld", None),
        ("", None),
        (" \n ", None),
        ("…!", None),
    ],
)
def test_what_an_answer_means(answer: str, label: str | None):
    assert grammar(NEWS).read(answer) == (None if label is None else NEWS.index(label))


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("card", "card"),
        ("card lost", "card lost"),
        ("Card lost?", "card lost"),
        ("card is lost", "card"),
        ("cards", None),
        ("👍", "👍"),
        (" 👍 ", "👍"),
        ("👍!", None),
    ],
)
def test_the_longest_label_counts(answer: str, label: str | None):
    assert grammar(CARDS).read(answer) == (None if label is None else CARDS.index(label))


def test_a_name_that_two_labels_share_is_no_answer():
    shared = Grammar([("good", "a"), ("good", "b")], "Category:")
    assert shared.read("good") is None
    assert [shared.read("a"), shared.read("b")] == [0, 1]


@pytest.mark.parametrize(
    ("labels", "answer", "settled"),
    [
        (NEWS, "World", False),  # wide may follow
        (NEWS, "World.", True),
        (NEWS, "World peace", True),
        (NEWS, "Sci/", False),
        (NEWS, "Sci/Tech ", True),
        (NEWS, "It is ", False),  # on it goes until the line ends
        (NEWS, "It is\n", True),
        (NEWS, "\n\n", False),
        (NEWS, "World\ufffd", False),
        (CARDS, "card ", False),  # lost may follow
        (CARDS, "card lost ", True),
        (CARDS, "card found", True),
        (NEWS, "Category: ", False),
        (NEWS, "Category: World, ", True),
    ],
)
def test_when_nothing_more_can_change_it(labels: tuple[str, ...], answer: str, settled: bool):
    assert grammar(labels).settled(answer) is settled


LANGUAGES = ("C", "C++", "C#", "Java-", "Java")


@pytest.mark.parametrize(
    ("labels", "answer", "label"),
    [
        (LANGUAGES, "C", "C"),
        (LANGUAGES, "C++ is it", "C++"),
        (LANGUAGES, "Category: c#.", "C#"),
        (LANGUAGES, "C, not C++", "C"),
        (LANGUAGES, "- C++", "C++"),
        (LANGUAGES, "# C#", "C#"),
        (LANGUAGES, "Java-", "Java-"),
        (LANGUAGES, "Java - the island", "Java"),
        (LANGUAGES, "Java-like", "Java"),
        (("C", "Java"), "C++", None),
        (("A", "A+", "A-"), "A+", "A+"),
        (("A", "A+", "A-"), "**A-**, since", "A-"),
        (("+", "-"), "+", "+"),
        (("+", "-"), " - ", "-"),
        (("+", "-"), "+ good", None),
        (("1 star", "2 stars"), "#1 star", None),
        (("-1", "1"), "-1", "-1"),
        (("1 to 5",), "-1 to 5", None),
        (("10-20", "1020"), "10–20 years", "10-20"),
        (("v1", "v1.5"), "v1.5.", "v1.5"),
        (("की", "का"), "का।", "का"),
        (NEWS, "- World", "World"),
        (NEWS, "## World", "World"),
        (NEWS, "-World-", "World"),
    ],
)
def test_signs_tell_labels_apart(labels: tuple[str, ...], answer: str, label: str | None):
    found = None if label is None else labels.index(label)
    assert grammar(labels).read(answer) == found


@given(
    st.lists(
        st.sampled_from(["C", "+", "-", "#", " ", "Java", ".", "A", "1", "World", ":", "/", "e"]),
        max_size=6,
    ),
    st.lists(st.sampled_from(["C", "+", "-", "#", " ", ".", "5", "x", "Tech", "!"]), max_size=3),
)
def test_what_is_settled_stays(said: list[str], more: list[str]):
    reader = grammar(("C", "C++", "C#", "A-", "A", "1", "1.5", "Java", "World", "Sci/Tech"))
    text = "".join(said)
    if reader.settled(text):
        assert reader.read(text + "".join(more)) == reader.read(text)


@pytest.mark.parametrize(
    ("answer", "settled"),
    [("C", False), ("C+", False), ("C++ ", True), ("- Java ", False), ("- C++.", True)],
)
def test_a_sign_may_still_follow(answer: str, settled: bool):
    assert grammar(LANGUAGES).settled(answer) is settled


def test_labels_of_one_token_are_not_read():
    assert packs([(5,), (6,), (7,)], 10) == ()


def test_labels_share_the_tokens_that_they_begin_with():
    (pack,) = packs([(1, 2, 3), (1, 2, 4), (1, 9), (8,)], 10)
    assert pack.tokens == (1, 2)
    assert pack.depths == (0, 1)
    assert pack.sees == ((True, False), (True, True))
    assert sorted(pack.terms) == [(0, 0, 2), (0, 1, 3), (1, 0, 2), (1, 1, 4), (2, 0, 9)]


def test_labels_of_different_branches_do_not_see_each_other():
    (pack,) = packs([(1, 2), (3, 2)], 10)
    assert pack.tokens == (1, 3)
    assert pack.sees == ((True, False), (False, True))


def test_trees_have_a_largest_size():
    labels = [(n, n, n) for n in range(7)]
    made = packs(labels, 4)
    assert [len(pack.tokens) for pack in made] == [4, 4, 4, 2]
    assert sorted(term[0] for pack in made for term in pack.terms) == sorted([*range(7)] * 2)
    assert len(packs([(1, 2, 3, 4, 5)], 2)) == 1  # one label is never divided
