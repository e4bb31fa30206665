"""Cards as the Hub's library and the Trainer write them, and what else the Hub's reader takes."""

from typing import Any

import pytest
import yaml
from support.parcels import MODEL
from support.several import of_hub

from energylabel.errors import CardError
from energylabel.publishing.base import Parcel, Wishes
from energylabel.publishing.front_matter import splice_yaml, split_card
from energylabel.publishing.model_card import check, splice
from energylabel.publishing.proposing import make_parcel
from energylabel.publishing.removing.card import take_out


@pytest.fixture(scope="module")
def label(six: list[Parcel]) -> Parcel:
    return six[0]


def front(card: bytes) -> dict[str, Any]:
    return dict(yaml.safe_load(split_card(card.decode()).yaml.replace("\t", " ") + "\n"))


def test_the_default_card_of_the_hubs_library(label: Parcel) -> None:
    from huggingface_hub import ModelCard, ModelCardData

    card = str(ModelCard.from_template(ModelCardData(), model_id="minilm")).encode()
    assert card.startswith(b"---\n{}\n---")
    made = splice(card, label).card
    assert front(made)["energy_label"]["id"] == label.label.id
    assert front(made)["model-index"][0]["name"] == "minilm"
    assert split_card(made.decode()).body.startswith(split_card(card.decode()).body)
    assert splice(made, label).card == made


def trainers(name: str) -> bytes:
    """What transformers' TrainingSummary writes where nothing was evaluated."""
    from transformers.modelcard import TrainingSummary

    return TrainingSummary(model_name=name, finetuned_from="x/y").to_model_card().encode()


@pytest.mark.parametrize("name", ["minilm", "results"])
def test_the_trainers_card(label: Parcel, name: str) -> None:
    card = trainers(name)
    assert b"  results: []\n" in card
    found = splice(card, label)
    assert found.remarks == ()
    models = front(found.card)["model-index"]
    assert [each["name"] for each in models] == list(dict.fromkeys([name, "minilm"]))
    assert len(models[-1]["results"]) == 1
    assert splice(found.card, label).card == found.card
    assert b"evidence.json" not in (take_out(found.card, None, None).card or b"")


@pytest.mark.parametrize(
    "index",
    ["model-index: []", "model-index: [] # none", "model-index:\n- results: []\n  name: minilm"],
)
def test_empty_lists_are_filled(label: Parcel, index: str) -> None:
    for after in ("", "\nlicense: mit"):
        made = splice(f"---\n{index}{after}\n---\n".encode(), label).card
        assert len(front(made)["model-index"][0]["results"]) == 1
        assert ("license" in front(made)) == bool(after)


@pytest.mark.parametrize(
    "line", ['name: "a"\t', "name: 'a'\t# said", "tags: [a, b]\t ", 'a:\t"b"', 'a: "x:\ty"\t']
)
def test_tabs_between_tokens(label: Parcel, line: str) -> None:
    card = f"---\n{line}\nlicense: mit\n---\n# T\n".encode()
    made = splice(card, label).card
    assert made.startswith(f"---\n{line}\nlicense: mit\nenergy_label:\n".encode())
    assert splice(made, label).card == made


@pytest.mark.parametrize(
    "yaml_text",
    [
        "w: |+\n  text\n\n\n",
        "model-index:\n- name: minilm\n  results:\n  - a: |+\n      text\n\n\n",
        "model-index:\n- name: other\n  results:\n  - a: >+\n      text\n\n",
    ],
)
def test_kept_line_ends_stay(label: Parcel, yaml_text: str) -> None:
    card = f"---\n{yaml_text}---\n# T\n".encode()
    before, after = front(card), front(splice(card, label).card)
    assert "energy_label" in after
    assert after.get("w") == before.get("w")
    for model in before.get("model-index", []):
        there = next(each for each in after["model-index"] if each["name"] == model["name"])
        assert there["results"][0] == model["results"][0]


@pytest.mark.parametrize(
    ("name", "quoted"),
    [("1e5", True), ("12e345", True), ("1_000", True), ("0x1f", True), (".5", True),
     ("1.", True), ("+7E-2", True), ("bert", False), ("e5", False), ("1e5x", False)],
)  # fmt: skip
def test_names_that_the_hub_reads_as_numbers_are_quoted(name: str, *, quoted: bool) -> None:
    made, _ = splice_yaml("", {"workload": name, "n": 5}, None, "\n")
    assert (f"workload: '{name}'" in made) == quoted
    assert "n: 5" in made
    assert yaml.safe_load(made)["energy_label"]["workload"] == name


@pytest.mark.parametrize(
    "theirs", ["energy_label: A+++", "energy_label:\n  class: B\n  kwh: 3", "energy_label: [1]"]
)
def test_a_key_that_is_not_ours_is_not_overwritten(label: Parcel, theirs: str) -> None:
    card = f"---\nlicense: mit\n{theirs}\n---\n# T\n".encode()
    with pytest.raises(CardError, match="not of this program") as raised:
        splice(card, label)
    assert "--replace" in raised.value.hint
    with pytest.raises(CardError, match="not of this program"):
        check(card, MODEL)
    wanted = make_parcel(label.evidence, label.place, Wishes(replace=True))
    assert front(splice(card, wanted).card)["energy_label"]["id"] == label.label.id
    assert of_hub(0).digest() == label.label.id


@pytest.mark.parametrize("mark", ["```", "~~~~"])
@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_fence_in_the_middle_that_is_never_closed(label: Parcel, mark: str, gap: str) -> None:
    above, rest = f"# T\n\nWords.\n{gap}", f"{mark}python\n" + "code\n\n## More\n" * 20
    card = f"---\nlicense: mit\n---\n{above}{rest}".encode()
    found = splice(card, label)
    body = split_card(found.card.decode()).body
    assert body.startswith(above)
    assert body.endswith(f"<!-- energylabel:end -->\n\n{rest}")
    assert f"line {7 + bool(gap)} begins a code block" in found.remarks[-1]
    assert splice(found.card, label).card == found.card
    closed = splice(card + mark.encode() + b"\n", label)
    assert closed.remarks == ()
    assert split_card(closed.card.decode()).body.startswith(above + rest + mark)
    listed = f"- item\n\n  {mark}\n  code\n" + "\nwords\n" * 20
    assert splice(listed.encode(), label).remarks == ()
