"""The reference is named as what it is, and no figure of it stands as if a trained model had it."""

import pytest
from support import labels
from support.own_title import of_own_data
from support.svg import drawn_text, parse

from energylabel import formatting
from energylabel.records import EnergyMetrics, Label, Range
from energylabel.rendering import FORMATS, printed
from energylabel.rendering._drawing.plot import plot


def picture(label: Label) -> str:
    return drawn_text(parse(FORMATS.get("svg").render(label).content))


def card(label: Label) -> str:
    return FORMATS.get("markdown").render(label).content.decode()


@pytest.mark.parametrize("name", labels.gallery())
def test_each_label_says_that_the_reference_was_never_trained(name: str):
    label = labels.gallery()[name]
    text = picture(label)
    assert "*anuntrainednetworkofitsshape,measuredbesidethemodel" in text
    assert "BERT-base=100" not in text
    for row in card(label).splitlines():
        if "BERT-base" in row and not row.startswith("| Accuracy class"):
            assert "untrained" in row, row
    said = printed(label)["description"]
    assert "where an untrained network of BERT-base's shape is 100" in said or "no valid" in said


def test_energy_and_accuracy_are_a_mark_each():
    drawn = plot(labels.make_label(), 192, 118)
    at = {tick.text: tick.at for tick in drawn.x_ticks}
    assert drawn.reference.at == pytest.approx(at["100"])
    assert drawn.reference.text == "BERT-base*"
    assert drawn.published is not None
    high, low = (tick.at for tick in drawn.y_ticks if tick.text in {"80", "100"})
    assert min(high, low) < drawn.published.at < max(high, low)  # 94.4 %
    assert drawn.published.text == "BERT-base, published"
    assert [mark.kind for mark in drawn.marks] == ["model"]
    assert plot(of_own_data(), 192, 118).published is None


def with_energy(label: Label, **changes: object) -> Label:
    energy: EnergyMetrics = label.metrics.energy.model_copy(update=changes)
    metrics = label.metrics.model_copy(update={"energy": energy})
    return label.model_copy(update={"metrics": metrics})


def test_an_index_that_the_watt_hours_do_not_divide_to_is_explained():
    """13.7 beside 0.0713 ÷ 0.52 Wh is rounding; beside 0.0713 ÷ 0.40 Wh it is not."""
    label = labels.metered()
    index, wh = label.metrics.energy.index.value, label.metrics.energy.wh_per_1000
    for quotient, told in ((index, ""), (1.009 * index, ""), (1.3 * index, "divide to")):
        other = wh.model_copy(update={"value": 100 * wh.value / quotient})
        said = printed(with_energy(label, reference_wh_per_1000=other))["quotient"]
        assert (told in said) if told else not said
        assert (
            f"divide to {formatting.significant(quotient)}, not to the index" in said
        ) or not told
    assert "Energies and index" not in card(label)
    other = wh.model_copy(update={"value": 100 * wh.value / (1.3 * index)})
    row = card(with_energy(label, reference_wh_per_1000=other))
    assert "| Energies and index | the watt-hours divide to" in row
    assert "block by block, within seconds" in row


def test_the_same_of_an_estimate():
    label = labels.make_label()
    modelled = label.metrics.energy.modelled
    assert printed(label)["quotient"] == ""
    half = Range(
        low=modelled.reference_wh_per_1000.low / 2, high=modelled.reference_wh_per_1000.high / 2
    )
    changed = modelled.model_copy(update={"reference_wh_per_1000": half})
    assert (
        "the watt-hours divide to 27.5" in printed(with_energy(label, modelled=changed))["quotient"]
    )
