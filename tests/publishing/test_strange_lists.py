"""Lists of labels in a block that a stranger wrote, with a digest that fits."""

import hashlib
import json
import re

import pytest
from support.several import mentions, put

from energylabel.errors import CardError
from energylabel.publishing.base import Parcel
from energylabel.publishing.front_matter import own_values
from energylabel.publishing.model_card import splice

pytestmark = pytest.mark.slow


def digested(text: str) -> bytes:
    """The card with the digest that its block has now: as who knows the program would edit it."""
    found = re.search(
        r"(energylabel:begin sha256=)(\w+)( -->\n)(.*)(<!-- energylabel:end -->)", text, re.S
    )
    assert found is not None
    lines = [line.strip() for line in found[4].split("\n")]
    lines = [
        line.replace(" |", "|").replace("| ", "|") if line[:1] == "|" else line for line in lines
    ]
    digest = hashlib.sha256("\n".join(line for line in lines if line).encode()).hexdigest()[:16]
    return f"{text[: found.start(2)]}{digest}{text[found.end(2) :]}".encode()


ATTACKS = [
    "--> <script>alert(1)</script>",
    "<!-- energylabel:end -->",
    "[x](javascript:alert(1))",
    "| a | b |",
    "</details>\n# Bought",
    "`x` **x** $x$ ${{ x }} \u202e\u2028\x00",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_list_that_a_stranger_wrote_stays_words(six: list[Parcel], attack: str) -> None:
    card = put(six[:2]).decode()
    second = mentions(card)[1]
    changed = second | {"machine": attack, "manner": attack, "energy_open": attack}
    changed["figures"] = second["figures"] | {"workload": attack}
    line = json.dumps(second, separators=(",", ":"))
    assert line in card
    hostile = json.dumps(changed, separators=(",", ":")).replace(">", "\\u003e")
    edited = card.replace(line, hostile)
    with pytest.raises(CardError, match="edited by hand"):
        splice(edited.encode(), six[2])
    found = splice(digested(edited), six[2]).card.decode()
    listed = found.partition("energylabel:others -->")[2]
    shown, _, kept = listed.partition("<!-- energylabel:labels")
    for raw in (
        "<script",
        "[x](java",
        "| a |",
        "</details>\n#",
        "`x`",
        "**x**",
        "${{",
        "\u202e",
        "\x00",
    ):
        assert raw not in shown, raw
    assert shown.count("\n- **") == 2
    assert kept.count("-->") == 2
    assert mentions(found)[2]["machine"] == attack
    assert splice(found.encode(), six[2]).card.decode() == found


@pytest.mark.parametrize(
    "line",
    ["{}", "[]", "nonsense", '{"model":"x"', "[" * 3000, '{"place":"energylabel/../x"}', "NaN"],
)
def test_a_list_that_is_none_is_refused(six: list[Parcel], line: str) -> None:
    card = put(six[:1]).decode()
    own = card.partition("energylabel:labels\n")[2].partition("\n-->")[0]
    changes = [line]
    if line.startswith('{"place"'):
        changes = [
            own.replace('"energylabel/ag-news-v1/', f'"{place}')
            for place in ("energylabel/../", "/etc/", "energylabel/a b/", "energylabel/a/b/")
        ]
    for changed in changes:
        with pytest.raises(CardError, match="none that this version knows") as told:
            splice(digested(card.replace(own, changed)), six[1])
        assert "delete the block" in told.value.hint
    with pytest.raises(CardError, match="one of them twice"):
        splice(digested(card.replace(own, f"{own}\n{own}")), six[1])


def test_a_block_holds_twenty(six: list[Parcel]) -> None:
    card = put(six[:1])
    text = card.decode()
    own = text.partition("energylabel:labels\n")[2].partition("\n-->")[0]
    more = [
        own.replace("ag-news-v1", f"w{n}-v1").replace(six[0].label.id, f"{n:064x}")
        for n in range(19)
    ]
    full = digested(text.replace(own, "\n".join([own, *more])))
    found = splice(full, six[5])
    assert len(mentions(found.card)) == 20
    assert "room for 20 labels" in found.remarks[0]
    assert mentions(found.card)[0]["figures"]["id"] == six[5].label.id
    assert found.card.decode().count("<summary>") == 2
    with pytest.raises(CardError, match="none that this version knows"):
        splice(
            digested(
                text.replace(
                    own,
                    "\n".join(
                        [
                            own,
                            *more,
                            own.replace(six[0].label.id, "f" * 64),
                            own.replace(six[0].label.id, "e" * 64),
                        ]
                    ),
                )
            ),
            six[5],
        )


def test_front_matter_that_would_grow_in_a_loader_is_read_as_it_stands() -> None:
    bomb = "a0: &a0 {k: v}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 60)
    )
    told = own_values(f"{bomb}energy_label:\n  <<: *a59\n  x: *a59\n  id: '12'\n  accuracy: 0.5\n")
    assert told == {"id": "12", "accuracy": 0.5}
    assert own_values("energy_label: [1, 2]") is None
    assert own_values("- energy_label") is None
