import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.evidence import make_protocol, quick_protocol

from energylabel.running.slices import deal, longest, middle, slice_count

tokens_of_queries = st.lists(st.integers(2, 512), min_size=1, max_size=300)


@given(tokens_of_queries, st.data())
def test_every_query_is_dealt_once_into_slices_of_equal_size(tokens, data):
    count = data.draw(st.integers(1, len(tokens)))
    slices = deal(tokens, count)
    assert len(slices) == count
    assert sorted(index for part in slices for index in part) == list(range(len(tokens)))
    sizes = [len(part) for part in slices]
    assert max(sizes) - min(sizes) <= 1
    assert deal(tokens, count) == slices


@given(tokens_of_queries, st.data())
def test_slices_have_a_like_length_mix(tokens, data):
    count = data.draw(st.integers(1, len(tokens)))
    sums = [sum(tokens[i] for i in part) for part in deal(tokens, count)]
    # Whoever is behind after one lap is ahead after the next: two queries apart at most.
    assert max(sums) - min(sums) <= 2 * max(tokens)


def test_a_real_mix_of_lengths_is_even_within_half_a_percent():
    tokens = [2 + (37 * n * n) % 509 for n in range(996)]
    sums = [sum(tokens[i] for i in part) for part in deal(tokens, 6)]
    assert max(sums) / min(sums) < 1.005


def test_dealt_forth_and_back_by_hand():
    # longest first: 9 8 | 7 6 | 5; the second lap goes back
    assert deal([5, 6, 7, 8, 9], 2) == ((0, 1, 4), (2, 3))


@pytest.mark.parametrize(
    ("seconds_per_token", "count"),
    [
        (0.0001, 6),  # 5 s in all: the least number
        (0.0012, 6),  # 60 s: six of exactly 10 s
        (0.00121, 7),  # 60.5 s
        (0.01, 50),  # 500 s
    ],
)
def test_as_many_slices_as_keep_a_reference_pass_below_ten_seconds(seconds_per_token, count):
    assert slice_count([50] * 1000, seconds_per_token, make_protocol()) == count


def test_a_quick_look_has_slices_of_fifty_at_most():
    settings = make_protocol(name="quick", min_slices=1, max_slice_queries=50)
    assert slice_count([50] * 1000, 1e-6, settings) == 20
    assert slice_count([50] * 301, 1e-6, settings) == 7
    assert slice_count([50] * 50, 1e-6, settings) == 1
    assert quick_protocol().max_slice_queries == 50


def test_never_more_slices_than_queries():
    assert slice_count([10] * 4, 1.0, make_protocol()) == 4
    assert deal([10] * 4, 4) == ((0,), (1,), (2,), (3,))


def test_warm_up_texts_are_of_middling_length():
    assert middle([1, 9, 5, 4, 6], count=3) == (3, 2, 4)
    assert middle([7, 3], count=32) == (1, 0)


def test_longest_first_and_ties_in_order():
    assert longest([3, 9, 9, 1], 3) == (1, 2, 0)
    assert longest([3], 32) == (0,)
