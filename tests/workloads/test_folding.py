"""When two spellings are one name: within a file, and between a model and a workload."""

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energylabel.workloads import Names, fold, pieces, spelled

NFD = unicodedata.normalize("NFD", "Café")

# Where signs, digits, blanks and marks meet is where folding goes wrong.
TEXTS = st.one_of(
    st.text(),
    st.text("aA-+#. _/10٢é\u0301İi\u0307²ß\u200b\u2212👍", max_size=12),
)


@given(TEXTS)
def test_a_folded_name_is_folded(name: str) -> None:
    assert fold(fold(name)) == fold(name)
    assert spelled(spelled(name)) == spelled(name)
    assert fold(spelled(name)) == fold(name)


@given(TEXTS, st.sampled_from(["NFC", "NFD"]), st.sampled_from(["", " ", "\t", "\u00a0", "\u200b"]))
def test_forms_and_blanks_at_the_ends_make_no_other_name(name: str, form: str, blank: str) -> None:
    other = blank + unicodedata.normalize(form, name) + blank
    assert spelled(other) == spelled(name)
    assert fold(other) == fold(name)


@given(st.text("abcäßσçé", min_size=1), st.sampled_from([str.upper, str.title]))
def test_case_makes_no_other_name(name: str, change: object) -> None:
    assert callable(change)
    assert spelled(change(name)) == spelled(name)


@pytest.mark.parametrize(
    "names",
    [
        ("Café", NFD, " café ", "CAFÉ", "ca\u200bfé", "\ufeffcafé", "ｃａｆé"),
        ("very good", "Very  good", "very\u00a0good", "very\tgood\n"),
        ("2", "2.0", "２", "2.000"),
        ("-1", "\u22121", "-1.0"),
        ("istanbul", "İstanbul", "ISTANBUL"),
        ("👍", "👍\ufe0f"),
    ],
)
def test_one_class_in_several_spellings(names: tuple[str, ...]) -> None:
    assert {spelled(name) for name in names} == {spelled(names[0])} != {""}


@pytest.mark.parametrize(
    "names",
    [
        ("c", "c++", "c#", "c+", "c-", "c--"),
        ("+", "-", "0", "++", "--"),
        ("A", "A+", "A-", "A1"),
        ("1", "#1", "-1", "10", "1.5", "15", "1-5", "1 000 0"),
        ("class_1", "class_-1", "class_10", "class_1.5"),
        ("10-20", "1020", "102-0"),
        ("की", "का", "क"),
        (":-)", ":-(", ":)", "👍", "👎"),
        ("positive", "-positive", "+positive"),
        ("R", "R+D"),
    ],
)
def test_names_that_signs_tell_apart_are_never_one(names: tuple[str, ...]) -> None:
    for one, other in itertools.combinations(names, 2):
        assert spelled(one) != spelled(other)
        assert fold(one) != fold(other)


@pytest.mark.parametrize("names", [("x²", "x2"), ("①", "1"), ("good", "good!"), ("a_b", "a b")])
def test_in_one_file_more_tells_names_apart(names: tuple[str, str]) -> None:
    assert spelled(names[0]) != spelled(names[1])
    assert fold(names[0]) == fold(names[1])


@pytest.mark.parametrize(
    ("names", "folded"),
    [
        (("Sci/Tech", "sci_tech", "SCI TECH", "sci-tech", "SciTech"), "scitech"),
        (("-negative-", "negative", "**Negative**", "negative."), "negative"),
        (("C ++", "c++", "C＋＋"), "c++"),
        (("A-", "a -", "(A\u2212)", "A-"), "a-"),
        (("10-20", "10–20", "10 to 20".replace("to", "/"), "10_20"), "10 20"),
        (("class_2.0", "Class 2", "class-2", "class٢"), "class2"),
        (("+1", "01", "1", "1.0", "①"), "1"),
        (("2.50", "2.5", "+02.5"), "2.5"),
        (("-0", "0", "0.0", "00"), "0"),
        (("v1.2.0", "V 1.2.0"), "v1.2.0"),
        (("", " ", "\u200b"), ""),
    ],
)
def test_what_names_are_folded_to(names: tuple[str, ...], folded: str) -> None:
    assert {fold(name) for name in names} == {folded}


@given(TEXTS)
def test_pieces_keep_all_that_is_read(text: str) -> None:
    kept = "".join(pieces(text))
    plain = unicodedata.normalize("NFKC", text)
    if any(map(str.isalnum, kept)):
        # Signs that count are neither invented nor doubled.
        assert kept.count("+") <= plain.count("+") + plain.count("⁺") * 2
        assert kept.count("#") == plain.count("#")


def test_an_exact_name_comes_before_a_spelling_and_that_before_what_is_folded() -> None:
    names = Names.of(("good", "good!", "Go od"))
    assert [names.find(name) for name in ("good", "good!", "GOOD!", "go  od")] == [0, 1, 1, 2]
    assert names.find("good?") is None  # folded it might be any of them
    assert Names.of(("a", "A ")).find("a") == 0
    assert Names.of(("x", "y"), {"x": ("one",), "y": ("ONE",)}).find("one") is None
    assert Names.of(("x", "y"), {"x": ("Y", "ex")}).find("y") == 1
