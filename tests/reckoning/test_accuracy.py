import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.evidence import make_answers, make_workload

from energylabel.errors import SchemaError
from energylabel.reckoning.accuracy import best_permutation, score
from energylabel.records.evidence import Answers


def answers(predicted, gold):
    return Answers(
        predicted=predicted, gold=gold, tokens=1, uncut_tokens=1, truncated=0, seconds=1.0
    )


TWO = make_workload(labels=("neg", "pos"), reference_accuracy=None)


def test_figures_by_hand():
    got = score(answers((0, 0, 0, 1, 1), (0, 0, 1, 1, 0)), (0, 1), TWO)
    assert got.accuracy.value == 0.6
    assert got.per_class_recall == pytest.approx({"neg": 2 / 3, "pos": 1 / 2})
    # F1 of neg: 4 ÷ (4 + 1 + 1); of pos: 2 ÷ (2 + 1 + 1)
    assert got.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert (got.rows, got.distinct_answers) == (5, 2)
    assert got.error_index is None
    assert "no published accuracy" in got.error_index_reason


def test_error_index_carries_the_wilson_interval():
    got = score(make_answers(1820, 2000), (0, 1, 2, 3), make_workload())
    assert got.error_index.value == pytest.approx(100 * 0.09 / (1 - 0.9475))
    assert got.error_index.low == pytest.approx(100 * (1 - got.accuracy.high) / 0.0525)
    assert got.error_index.high == pytest.approx(100 * (1 - got.accuracy.low) / 0.0525)
    assert got.error_index_reason is None


def test_labels_in_another_order_are_mapped():
    got = score(answers((1, 0, 1), (0, 1, 1)), (1, 0), TWO)
    assert got.accuracy.value == pytest.approx(2 / 3)


def test_a_label_that_the_workload_lacks_is_wrong():
    got = score(answers((0, 1, 2, 2), (0, 1, 1, 0)), (0, 1, None), TWO)
    assert got.accuracy.value == 0.5
    assert got.macro_f1 == pytest.approx(2 / 3)
    assert got.permutation_gain == 0  # what label 2 would gain, another would lose


def test_a_class_without_rows_has_no_recall():
    got = score(answers((0, 0, 1), (0, 0, 0)), (0, 1), TWO)
    assert set(got.per_class_recall) == {"neg"}
    assert got.macro_f1 == pytest.approx(0.8 / 2)  # pos was answered and never right


def test_permuted_labels_gain():
    got = score(make_answers(1820, 2000), (1, 2, 3, 0), make_workload())
    assert got.permutation_gain == pytest.approx(0.91 - got.accuracy.value)
    assert score(make_answers(1820, 2000), (0, 1, 2, 3), make_workload()).permutation_gain == 0


def test_stars_swapped_end_to_end_gain():
    stars = answers((0, 1, 3, 4), (1, 1, 0, 0))
    assert score(stars, (0, 0, None, 1, 1), TWO).permutation_gain == 1.0
    assert score(stars, (1, 1, None, 0, 0), TWO).permutation_gain == 0.0


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=30),
    st.tuples(*[st.sampled_from([0, 1, 2, None])] * 4),
)
def test_permutation_gain_against_all_permutations(pairs, label_map):
    def right(targets):
        return sum(targets[said] == gold for said, gold in pairs)

    best = max(right(order) for order in itertools.permutations(label_map))
    found, gain = best_permutation(Counter(pairs), label_map)
    assert sorted(map(str, found)) == sorted(map(str, label_map))
    assert right(found) == best
    assert gain == best - right(label_map)


def test_a_model_with_very_many_labels_is_judged_at_once():
    """As many as config.json may name: of all pairs of them there are ten thousand million."""
    label_map = [None] * 100_000
    label_map[7], label_map[99_999] = 0, 1
    said = Counter({(99_999, 0): 5, (7, 1): 4, (50_000, 1): 2})
    found, gain = best_permutation(said, label_map)
    assert (found[99_999], found[7], found[50_000]) == (0, 1, None)
    assert gain == 9
    assert Counter(found) == Counter(label_map)


@pytest.mark.parametrize(
    ("said", "gold", "label_map"), [(2, 0, (0, 1)), (0, 2, (0, 1)), (0, 0, (0, 7))]
)
def test_ids_outside_the_labels_are_refused(said, gold, label_map):
    with pytest.raises(SchemaError):
        score(answers((said,), (gold,)), label_map, TWO)
