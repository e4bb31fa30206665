"""Which weights of a file no layer of the network takes."""

from types import SimpleNamespace

import pytest

from energylabel.classifiers._loading.own_weights import _of_missing_layers

SIDES = (("encoder", 0), ("decoder", 0), ("decoder", 1))


@pytest.mark.parametrize(
    ("keys", "missing"),
    [
        (["encoder.layers.1.fc1.weight"], 1),  # the decoder has such a layer
        (["model.decoder.layers.1.fc1.weight", "layers.0.old"], 0),
        (["h.3.attn.bias", "encoder.layers.0.position_ids"], 1),
    ],
)
def test_layers_that_are_left_out_are_told_by_the_part_that_they_are_of(
    keys: list[str], missing: int
):
    """Keys of a file against a network with one encoder layer and two of a decoder."""
    names = [f"model.{side}.layers.{n}.fc1.weight" for side, n in SIDES]
    network = SimpleNamespace(named_parameters=lambda: [(name, None) for name in names])
    assert len(_of_missing_layers(network, keys)) == missing
