"""Several labels of one model in one block: none evicts another, whatever the order."""

import hashlib
import itertools
import json
import re
from pathlib import Path

import pytest
import yaml
from support.evidence import (
    make_answers,
    make_evidence,
    make_subject,
    quick_evidence,
)
from support.parcels import FILES, MODEL, PLACE, rated, store
from support.several import COMMIT, DAY, at, block, mentions, of_hub, put, workload

from energylabel.errors import OlderLabelError, UsageError
from energylabel.publishing import delivering
from energylabel.publishing.base import Parcel, Wishes
from energylabel.publishing.front_matter import split_card
from energylabel.publishing.model_card import splice
from energylabel.publishing.proposing import parcel

pytestmark = pytest.mark.slow

ONE_LABEL = Path(__file__).parent / "cards" / "one-label.md"
"""A card as the version wrote it that knew one label alone."""


def test_any_order_of_labels_gives_the_same_block(six: list[Parcel]) -> None:
    expected = put(six)
    assert [each["figures"]["id"] for each in mentions(expected)] == [
        each.label.id for each in reversed(six)
    ]
    orders = [six[::-1], six[3:] + six[:3], [six[at] for at in (2, 5, 0, 4, 1, 3)]]
    for order in orders:
        card = put(order)
        assert block(card) == block(expected)
        assert splice(card, order[1]).card == card  # again: nothing is to be done
    for pair in itertools.permutations(six[:3]):
        assert block(put(list(pair))) == block(put(six[:3]))


def test_the_newest_is_shown_at_length_and_each_other_in_a_line(six: list[Parcel]) -> None:
    text = put(six).decode()
    assert text.count("All figures, and how to check them") == 1
    assert "of the texts of banking77-v1" in text.partition("<details>")[0]
    assert "banking77-v1/cpu-amd-epyc-9r14-2/label.png" in text
    lines = [line for line in text.split("\n") if line.startswith("- **")]
    assert [re.match(r"- \*\*(\S+)\*\* on ([^:]+):", line).groups() for line in lines] == [  # type: ignore[union-attr]
        ("ag-news-v1", "Intel Xeon 8375C, 2 cores"),
        ("ag-news-v1", "AMD EPYC 9R14, 2 cores (cpu · float32 · compiled)"),
        ("emotion-v1", "AMD EPYC 9R14, 2 cores"),
        ("ag-news-v1", "Intel Xeon 8375C, 2 cores"),
        ("ag-news-v1", "AMD EPYC 9R14, 2 cores"),
    ]
    root = "https://huggingface.co/acme/minilm/blob/main/energylabel"
    assert (
        "energy **≈ C** (C–D), ≈ 0.0062–0.047 Wh; accuracy **F** (E–F), 91.0 %."
        f" 25 Sep 2026, [evidence]({root}/ag-news-v1/cpu-intel-xeon-8375c-2/evidence.json)"
    ) in lines[0]
    # The earlier weights' label gave up its folder.
    past = f"history/{six[1].label.id[:12]}/evidence.json"
    assert f"({root}/ag-news-v1/cpu-intel-xeon-8375c-2/{past})" in lines[3]
    assert "<summary>" not in put(six[:3]).decode().partition("energylabel:others")[2]


def test_the_front_matter_is_of_the_newest_and_the_index_of_all(six: list[Parcel]) -> None:
    for order in (six, six[::-1]):
        told = yaml.safe_load(split_card(put(order).decode()).yaml)
        assert told["energy_label"]["id"] == six[5].label.id
        assert told["energy_label"]["workload"] == "banking77-v1"
        (model,) = told["model-index"]
        urls = [result["source"]["url"] for result in model["results"]]
        assert len(urls) == len(set(urls)) == 5  # two labels have one folder, which is the later's
        assert all(url.endswith("/evidence.json") and "history" not in url for url in urls)


def test_an_older_label_never_replaces_a_later_one_in_silence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from energylabel.cli.app import main

    older = store(tmp_path / "older", of_hub(0))
    newer = store(tmp_path / "newer", of_hub(2, answers=make_answers(right=1700)))
    other = store(tmp_path / "other", of_hub(1, workload=workload("emotion-v1")))
    card = tmp_path / "README.md"
    for folder in (newer, other):
        delivering.write_card(folder, card)
    before = card.read_bytes()
    with pytest.raises(SystemExit) as ended:
        main(["card", str(older), "--readme", str(card)])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert (
        "error: there is a later label of acme/minilm (ag-news-v1, cpu-amd-epyc-9r14-2): " in told
    )
    assert " of 23 Sep 2026" in told
    assert "this one: " in told
    assert " of 21 Sep 2026" in told
    assert "hint: --replace puts the older one in its place" in told
    assert card.read_bytes() == before
    with pytest.raises(SystemExit) as ended:
        main(["card", str(older), "--readme", str(card), "--replace"])
    assert ended.value.code == 0
    text = card.read_text("utf-8")
    # The newest of what is left comes first; what is known of it is its line.
    assert [each["figures"]["workload"] for each in mentions(text)] == ["emotion-v1", "ag-news-v1"]
    assert "emotion-v1/cpu-amd-epyc-9r14-2/label.png" in text
    assert "All figures: [evidence](" in text
    assert "  workload: emotion-v1\n" in text.partition("<!--")[0]
    delivering.write_card(other, card)
    assert "All figures, and how to check them" in card.read_text("utf-8")


def test_files_that_lie_there_are_later_though_the_block_is_gone(tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    delivering.write_card(store(tmp_path / "newer", of_hub(2)), card)
    card.write_text("# No block any more\n")
    older = store(tmp_path / "older", of_hub(0))
    with pytest.raises(OlderLabelError, match="there is a later label"):
        delivering.write_card(older, card)
    delivering.write_card(older, card, replace=True)
    # Evidence that is none, or contradicts itself, is no label.
    evidence = tmp_path / PLACE / "evidence.json"
    for content in (
        b"{",
        b"[]",
        b"\xff",
        evidence.read_bytes().replace(b'"queries":1000', b'"queries":900'),
    ):
        evidence.write_bytes(content)
        assert delivering.write_card(older, card).outcome == "written"


def test_other_weights_live_side_by_side_with_their_files(tmp_path: Path) -> None:
    changed = {**FILES, "model.safetensors": b"other weights"}
    first = store(tmp_path / "first", of_hub(0))
    second = store(tmp_path / "second", of_hub(1, files=changed))
    trees = []
    for name, order in (("a", (first, second)), ("b", (second, first))):
        card = tmp_path / name / "README.md"
        for folder in order:
            delivering.write_card(folder, card)
        for folder in order:
            assert delivering.write_card(folder, card).outcome == "unchanged"
        files = [path for path in card.parent.rglob("*") if path.is_file()]
        trees.append({path.relative_to(card.parent): path.read_bytes() for path in files})
    assert trees[0] == trees[1]
    ids = [
        hashlib.sha256((each / "evidence.json").read_bytes()).hexdigest()
        for each in (first, second)
    ]
    past = f"{PLACE}/history/{ids[0][:12]}"
    names = {"badge.svg", "confusion.svg", "evidence.json", "label.json", "label.png", "label.svg"}
    assert {str(path) for path in trees[0]} == {
        "README.md",
        *(f"{folder}/{name}" for folder in (PLACE, past) for name in names),
    }
    assert hashlib.sha256(trees[0][Path(past, "evidence.json")]).hexdigest() == ids[0]
    told = json.loads(trees[0][Path(past, "label.json")])
    assert told["evidence_url"].endswith(f"/blob/main/{past}/evidence.json")


def test_the_same_weights_at_another_commit_take_the_place(tmp_path: Path) -> None:
    card = tmp_path / "README.md"
    delivering.write_card(store(tmp_path / "first", of_hub(0)), card)
    later = at(1, rated(MODEL, "fedcba98" * 5, FILES))
    delivering.write_card(store(tmp_path / "later", later), card)
    assert [each["revision"] for each in mentions(card.read_bytes())] == ["fedcba98fedc"]
    assert "energylabel:others" not in card.read_text("utf-8")


def test_a_quick_look_stands_behind_standard_labels_and_takes_no_place(tmp_path: Path) -> None:
    standard = store(tmp_path / "standard", of_hub(0))
    subject = rated(MODEL, COMMIT, FILES).subject
    quick = store(tmp_path / "quick", at(3, quick_evidence(subject=subject)))
    texts = []
    for name, order in (("a", (standard, quick)), ("b", (quick, standard))):
        card = tmp_path / name / "README.md"
        for folder in order:
            delivering.write_card(folder, card)
        texts.append(card.read_text("utf-8"))
    assert texts[0].partition("<!--")[2] == texts[1].partition("<!--")[2]
    assert ": quick look, not for comparison: energy" in texts[0]
    assert "quick look" not in texts[0].partition("energylabel:others")[0]
    assert "protocol: quick" not in texts[0].partition("<!--")[0]


@pytest.mark.parametrize("beside", [True, False], ids=["with its files", "the card alone"])
def test_the_block_of_one_label_is_extended(tmp_path: Path, *, beside: bool) -> None:
    labels = Path(__file__).parents[2] / "labels" / "local" / "minilm-l6-sst2"
    amd, intel = (next(labels.rglob(f"cpu-{kind}*")) for kind in ("amd", "intel"))
    card = tmp_path / "README.md"
    if beside:
        delivering.write_card(amd, card)
    card.write_bytes(ONE_LABEL.read_bytes())
    receipt = delivering.write_card(intel, card)
    assert "energy_label left the front matter" in receipt.remarks[0]
    text = card.read_text("utf-8")
    newer, older = mentions(text)
    assert "energy_label" not in text.partition("<!--")[0]
    assert newer["place"].endswith("cpu-intel-xeon-processor-2")
    evidence = json.loads((amd / "evidence.json").read_bytes())
    figures = yaml.safe_load(ONE_LABEL.read_text("utf-8").split("---")[1])["energy_label"]
    assert older["figures"] == figures
    assert older["issued_at"] // DAY == evidence["finished_at"] // DAY
    assert (
        "- **sst2-test-v1** on AMD EPYC, 2 cores: energy **≈ C** (C–D), ≈ 0.004–0.03 Wh;"
        " accuracy **F** (E–F), 87.9 %. 21 Nov 2026, [evidence](energylabel/sst2-test-v1/"
        "cpu-amd-epyc-2/evidence.json)"
    ) in text
    # Its own label takes the place of what was read of it.
    delivering.write_card(amd, card)
    fresh = tmp_path / "fresh" / "README.md"
    for folder in (intel, amd):
        delivering.write_card(folder, fresh)
    assert block(card.read_bytes()) == block(fresh.read_bytes())


def test_labels_of_another_model_are_not_mixed_in(tmp_path: Path, six: list[Parcel]) -> None:
    card = put(six[:2])
    subject = make_subject(source="folder", name="local/mine", revision="ab" * 32)
    mine = parcel(store(tmp_path, make_evidence(subject=subject)))
    with pytest.raises(UsageError, match=r"labels of acme/minilm, and this one is of local/mine"):
        splice(card, mine)
    replaced = Parcel(mine.label, mine.evidence, mine.files, mine.place, None, Wishes(replace=True))
    found = splice(card, replaced)
    assert [each["model"] for each in mentions(found.card)] == ["local/mine"]
    assert found.remarks[0] == "2 labels of acme/minilm, another model, left the block"
    # On the Hub a card is its repository's: what was copied from another model's goes.
    one = six[2]
    copied = splice(b"", replaced).card
    own = Parcel(one.label, one.evidence, one.files, one.place, one.root, Wishes(own_card=True))
    assert [each["model"] for each in mentions(splice(copied, own).card)] == [MODEL]
