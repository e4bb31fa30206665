import re

import pytest

from energylabel.errors import UsageError
from energylabel.records.metrics import LETTERS
from energylabel.standard.scales import DEFAULT, load_scale, names, standard_text


def test_scale_of_version_one():
    scale = load_scale("text-classification-v1")
    assert scale.name == "text-classification-v1" == DEFAULT
    assert scale.energy == (4.4, 8.8, 17.7, 35.4, 70.7, 141)
    assert scale.error == (42, 59, 84, 119, 168, 238)
    assert scale.letters == LETTERS
    assert (scale.estimate_widening, scale.withhold_half_width) == (1.25, 0.10)


def test_reference_sits_mid_band():
    scale = load_scale(DEFAULT)
    assert scale.energy[4] * 2**0.5 == pytest.approx(100, rel=0.002)
    assert scale.error[2] * 2**0.25 == pytest.approx(100, rel=0.002)


@pytest.mark.parametrize("name", names())
def test_the_text_prints_the_bounds_of_the_table(name):
    scale, text = load_scale(name), standard_text(name)
    rows = re.findall(r"^\| (energy|error) index .*?\| (.*) \| above \|$", text, re.MULTILINE)
    printed = {kind: tuple(float(cell) for cell in row.split(" | ")) for kind, row in rows}
    assert printed == {"energy": scale.energy, "error": scale.error}
    assert re.findall(r"^## (\d)", text, re.MULTILINE) == list("12345678")
    assert name in text


def test_unknown_standard():
    with pytest.raises(UsageError, match="unknown standard 'v9'") as caught:
        load_scale("v9")
    assert "text-classification-v1" in caught.value.hint
    with pytest.raises(UsageError):
        standard_text("../../errors")
