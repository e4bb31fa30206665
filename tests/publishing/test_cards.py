"""Model cards, byte for byte: a corpus of odd ones, and whatever hypothesis comes up with.

``cards/kept`` holds cards before and after. In those after, ``@KEY@``, ``@INDEX@``, ``@MODEL@``,
``@RESULT@`` and ``@BLOCK@`` stand for what is ours, on lines indented like the placeholder; in
both, ``@OLDBLOCK@`` is the block of an earlier label.
"""

import hashlib
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.evidence import make_answers, make_workload
from support.parcels import FILES, rated, store

from energylabel.errors import CardError
from energylabel.publishing import delivering
from energylabel.publishing.base import Parcel
from energylabel.publishing.front_matter import split_card
from energylabel.publishing.model_card import splice as spliced
from energylabel.records.workload import HubDataset
from energylabel.rendering.markdown import card_block

EXAMPLES = int(os.environ.get("CARD_EXAMPLES", "1000"))
"""Of hypothesis; 10,000 take some minutes."""

CARDS = Path(__file__).parent / "cards"
KEPT = sorted(path.name.removesuffix(".before.md") for path in (CARDS / "kept").glob("*.before.md"))
AG_NEWS = HubDataset(
    repository="fancyzhx/ag_news",
    commit="eb185aade064a813bc0b7f42de02595523103ca4",
    split="test",
    files=("data/test.parquet",),
)
PICTURE = (
    "https://huggingface.co/acme/minilm/resolve/main/energylabel/ag-news-v1/cpu-amd-epyc-9r14-2/"
)
KEY = """energy_label:
  energy_class: C
  energy_index: 14.1
  wh_per_1000_range:
  - 0.0062
  - 0.047
  accuracy_class: F
  error_index: 171
  accuracy: 0.91
  workload: ag-news-v1
  hardware: cpu-amd-epyc-9r14-2
  provenance: estimated
  standard: text-classification-v1
  id: {id}"""
RESULT = """- task:
    type: text-classification
    name: Text classification
  dataset:
    type: fancyzhx/ag_news
    name: 'AG News: topic of a news item'
    split: test
    revision: eb185aade064a813bc0b7f42de02595523103ca4
  metrics:
  - type: accuracy
    name: Accuracy
    value: 0.91
  source:
    name: energylabel on cpu-amd-epyc-9r14-2
    url: https://huggingface.co/acme/minilm/blob/main/energylabel/ag-news-v1/cpu-amd-epyc-9r14-2/evidence.json"""
MENTION = (
    '{{"model":"acme/minilm","on_hub":true,"revision":"0123456789ab","loaded":"{loaded}",'
    '"place":"energylabel/ag-news-v1/cpu-amd-epyc-9r14-2","issued_at":{issued_at},'
    '"machine":"AMD EPYC 9R14, 2 cores","manner":"cpu \\u00b7 float32",'
    '"energy_open":"C\\u2013D","accuracy_open":"E\\u2013F","in_front":true,'
    '"figures":{{"energy_class":"C","energy_index":14.1,"wh_per_1000_range":[0.0062,0.047],'
    '"accuracy_class":"F","error_index":171,"accuracy":0.91,"workload":"ag-news-v1",'
    '"hardware":"cpu-amd-epyc-9r14-2","provenance":"estimated",'
    '"standard":"text-classification-v1","id":"{id}"}}}}'
)
REFUSALS = {
    "block-in-a-list": "in a list or a quotation",
    "block-in-a-quotation": "in a list or a quotation",
    "broken-yaml": "not valid YAML, line",
    "edited-by-hand": "edited by hand",
    "edited-marker": "first marker .* edited",
    "end-before-begin": "no marker of its",
    "flow-mapping-as-front-matter": "not a list of keys",
    "list-as-front-matter": "not a list of keys",
    "no-begin": "no marker of its begin",
    "no-end": "no marker of its end",
    "not-utf-8": r"not UTF-8 \(byte 26\)",
    "nul-in-yaml": "not valid YAML",
    "open-cdata-at-the-end": "code that is not closed",
    "open-code-at-the-end": "code that is not closed",
    "open-processing-instruction-at-the-end": "code that is not closed",
    "open-pre-at-the-end": "code that is not closed",
    "our-key-as-an-anchor": r"refers to \*x",
    "our-key-in-a-flow-on-its-line": "something before energy_label",
    "our-key-twice": "energy_label twice",
    "prose-between-rules": "not a list of keys",
    "tab-in-yaml": "not valid YAML, line 3",
    "two-blocks": "more than one",
    "two-documents": "more than one YAML document",
    "undefined-alias": r"refers to \*nobody",
}


@pytest.fixture(scope="module")
def parcel(tmp_path_factory: pytest.TempPathFactory) -> Parcel:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", "https://huggingface.co")
        evidence = rated("acme/minilm", "0123456789abcdef" * 2 + "01234567", FILES)
        evidence = evidence.model_copy(update={"workload": make_workload(dataset=AG_NEWS)})
        return delivering.parcel(store(tmp_path_factory.mktemp("labels"), evidence))


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Parcel:
    """Another label of the same place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_ENDPOINT", "https://huggingface.co")
        commit = "fedcba9876543210" * 2 + "01234567"
        evidence = rated("acme/minilm", commit, FILES, answers=make_answers(right=1700))
        return delivering.parcel(store(tmp_path_factory.mktemp("labels"), evidence))


def splice(card: bytes, parcel: Parcel) -> tuple[bytes, tuple[str, ...]]:
    found = spliced(card, parcel)
    return found.card, found.remarks


def with_mention(block: str, parcel: Parcel) -> str:
    """The block with the list of its one label."""
    digests = [f"{hashlib.sha256(FILES[path]).hexdigest()} {path}" for path in FILES]
    loaded = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()[:12]
    issued_at = round(parcel.evidence.finished_at, 3)
    line = MENTION.format(id=parcel.label.id, loaded=loaded, issued_at=issued_at)
    return f"{block}\n<!-- energylabel:labels\n{line}\n-->"


def in_markers(block: str, *, earlier: bool = False) -> str:
    """A block with the digest of its words, or, as earlier versions had it, of its bytes."""
    text = block.strip("\n")
    lines = [line.strip().replace(" |", "|").replace("| ", "|") for line in text.split("\n")]
    words = text if earlier else "\n".join(line for line in lines if line)
    digest = hashlib.sha256(words.encode()).hexdigest()[:16]
    return f"<!-- energylabel:begin sha256={digest} -->\n\n{text}\n\n<!-- energylabel:end -->"


def filled(card: bytes, parcel: Parcel) -> bytes:
    """The card with our parts where the placeholders stand."""
    newline = b"\r\n" if card.count(b"\r\n") * 2 > card.count(b"\n") else b"\n"
    indented = RESULT.replace("\n", "\n  ")
    block = card_block(parcel.label, PICTURE, "energylabel/ag-news-v1/cpu-amd-epyc-9r14-2/")
    old = in_markers("An earlier label.\n\n| with | a table |\n", earlier=True)
    parts = {
        "@KEY@": KEY.format(id=parcel.label.id),
        "@INDEX@": f"model-index:\n- name: minilm\n  results:\n  {indented}",
        "@MODEL@": f"- name: minilm\n  results:\n  {indented}",
        "@RESULT@": RESULT,
        "@BLOCK@": in_markers(with_mention(block, parcel)),
        "@OLDBLOCK@": old,
        "@EDITED@": old.replace("earlier", "EARLIER"),
    }
    for name, text in parts.items():
        while (at := card.find(name.encode())) >= 0:
            start = max(card.rfind(b"\n", 0, at), card.rfind(b"\r", 0, at)) + 1
            lines = text.encode().split(b"\n")
            card = card.replace(name.encode(), (newline + card[start:at]).join(lines), 1)
    return card


@pytest.mark.parametrize("name", KEPT)
def test_a_card_gets_our_parts_and_keeps_the_rest(name: str, parcel: Parcel, later: Parcel) -> None:
    raw = (CARDS / "kept" / f"{name}.before.md").read_bytes()
    before = filled(raw, parcel)
    expected = filled((CARDS / "kept" / f"{name}.after.md").read_bytes(), parcel)
    after, remarks = splice(before, parcel)
    assert after == expected
    flow = ["left as it is"] if name == "model-index-in-flow-style" else []
    unread = ["earlier block, which this version cannot read"] if b"@OLDBLOCK@" in raw else []
    for words, remark in zip([*unread, *flow], remarks, strict=True):
        assert words in remark
    assert splice(after, parcel) == (after, remarks[len(unread) :])
    # A later label takes the place of the earlier one, and can be replaced by it again.
    assert splice(splice(after, later)[0], parcel)[0] == after


def padded(card: str) -> str:
    """As formatters write tables: cells as wide as the widest, an empty line between blocks."""
    lines = []
    for line in card.split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line == "|---|---|":
            lines.append(f"| {'-' * 60} | {'-' * 300} |")
        elif line.startswith("|"):
            lines.append(f"| {cells[0]:<60} | {cells[1]:<300} |")
        else:
            lines += [line, ""] if line.startswith("<img") else [line]
    return "\n".join(lines)


def test_a_formatter_that_pads_tables_is_no_edit(parcel: Parcel, later: Parcel) -> None:
    card, _ = splice(b"# Mine\n", parcel)
    formatted = padded(card.decode())
    assert formatted.count("    |\n") > 10
    assert splice(formatted.encode(), later)[0] == splice(card, later)[0]
    start, marker, block = formatted.partition("<!-- energylabel:begin")
    for old, new in (
        ("≈ 0.0062–", "≈ 0.001–"),
        ("Workload", "Work load"),
        ("| Hardware", "| Soft"),
    ):
        edited = start + marker + block.replace(old, new, 1)
        assert edited != formatted
        with pytest.raises(CardError, match="edited by hand"):
            splice(edited.encode(), later)


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_what_cannot_be_done_without_harm_is_refused(name: str, parcel: Parcel) -> None:
    card = filled((CARDS / "refused" / f"{name}.md").read_bytes(), parcel)
    with pytest.raises(CardError, match=REFUSALS[name]) as told:
        splice(card, parcel)
    assert told.value.hint


def test_every_refused_card_is_tried() -> None:
    assert {path.stem for path in (CARDS / "refused").glob("*.md")} == REFUSALS.keys()


@pytest.mark.slow
def test_large_cards(parcel: Parcel) -> None:
    card = b"---\nlicense: mit\n---\n" + b"Some words of a long card.\n\n" * 170_000
    assert 4_500_000 < len(card) < 5_000_000
    after, _ = splice(card, parcel)
    assert card.partition(b"\n---\n")[2] in after
    with pytest.raises(CardError, match="at most 5,000,000"):
        splice(card + b"x" * 500_000, parcel)
    with pytest.raises(CardError, match="front matter has 2,4"):
        splice(b"---\na: " + b"x" * 2_400_000 + b"\n---\n", parcel)


@pytest.mark.slow
def test_deep_yaml_is_refused(parcel: Parcel) -> None:
    card = b"---\na: " + b"[" * 3000 + b"]" * 3000 + b"\n---\n"
    with pytest.raises(CardError, match="nested too deeply"):
        splice(card, parcel)


LINES = st.sampled_from(
    [
        "# Title", "words of a card", "", "- item", "  - deeper", "> quoted", "```", "~~~", "<pre>",
        "</pre>", "<details>", "| a | b |", "|---|---|", "---", "    code", "<!-- comment -->",
        "energylabel:begin", "`<!-- energylabel:begin -->`", "text <!-- energylabel:end -->", "\t",
        "\u2028", "\x85", "\x00", "模型", "[a]: b", "<!-- open",
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "license: mit", "language: no", "v: 1.10 # c", "tags: [a, b]", "t:\n- a\n- b", "# comment",
        "w: |\n  text\n  more", "w2: >+\n  text\n\n", "x: &a 1", "y: 'it''s'", "", "z:",
        'q: "energy_label: 1"', "n: {a: {b: [c]}}", "model-index:\n- name: m\n  results:\n  - a: 1",
        "co2_eq_emissions:\n  emissions: 1", "model-index: []", "energy_label: old",
        "energy_label:\n  a: |\n    b\n  c: 1",
    ]
)  # fmt: skip


@st.composite
def cards(draw: st.DrawFn) -> bytes:
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    body = newline.join(draw(st.lists(LINES, max_size=12)))
    front = draw(st.none() | st.lists(KEYS, max_size=6, unique_by=lambda key: key.split(":")[0]))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    if front is None:
        return (mark + body).encode()
    text = "\n".join(front).replace("\n", newline)
    return f"{mark}---{newline}{text}{newline}---{newline}{body}".encode()


def ours_cut(card: bytes) -> tuple[object, str]:
    """What a card says but for our parts: metadata as YAML loads it, and the body."""
    parts = split_card(card.decode())
    data = yaml.safe_load(parts.yaml + "\n") if parts.yaml.strip() else None
    data = dict(data) if isinstance(data, dict) else {}
    data.pop("energy_label", None)
    for model in data.get("model-index") or []:
        model["results"] = [r for r in model["results"] if "source" not in r]
    data["model-index"] = [m for m in data.get("model-index") or [] if m["results"]]
    head, begin, rest = parts.body.partition("<!-- energylabel:begin sha256=")
    body = head + rest.partition("<!-- energylabel:end -->")[2] if begin else head
    return data, body.strip("\r\n")


@pytest.mark.slow
def test_any_card_is_spliced_once_and_otherwise_left(parcel: Parcel) -> None:
    ours = yaml.safe_load(KEY.format(id=parcel.label.id))["energy_label"]

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(card=cards())
    def check(card: bytes) -> None:
        try:
            after, _ = splice(card, parcel)
        except CardError:
            return
        assert splice(after, parcel)[0] == after
        assert after.count(b"<!-- energylabel:begin sha256=") == 1
        try:
            before = ours_cut(card)
        except yaml.constructor.ConstructorError:  # a list as a key: Python reads no such card
            return
        assert ours_cut(after) == before
        assert yaml.safe_load(split_card(after.decode()).yaml)["energy_label"] == ours

    check()
