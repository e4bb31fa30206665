"""The files of a page: self-contained, its script by digest, texts of strangers as texts."""

import base64
import gzip
import hashlib
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from support.labels import make_label, metered

from energylabel.paging import files_of_page
from energylabel.paging.listed import ListedLabel, listed
from energylabel.publishing import Stored
from energylabel.records import Label
from energylabel.records.setup import Setup

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>'\"--><!--"


def entry(label: Label) -> ListedLabel:
    return listed(Stored(label, Setup(device="cpu"), None, checked=True))


def renamed(name: str, **changes: Any) -> Label:
    label = make_label(**changes)
    return label.model_copy(update={"subject": label.subject.model_copy(update={"name": name})})


def page_of(*labels: Label) -> str:
    return files_of_page([entry(each) for each in labels], built_at=0)["index.html"].decode()


def packed(page: str) -> Any:
    (text,) = re.findall(r'id="data">([^<]*)<', page)
    return json.loads(gzip.decompress(base64.b64decode(text)))


class Elements(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_policy_has_the_digests_of_the_one_script_and_the_one_style():
    page = page_of(make_label())
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    for tag in ("script", "style"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_nothing_is_fetched_and_no_element_of_a_stranger_is_there():
    calm, wild = page_of(make_label()), page_of(renamed(HOSTILE))
    tags = [tag for tag, _ in Elements(wild).tags]
    assert tags == [tag for tag, _ in Elements(calm).tags]
    for _, attributes in Elements(wild).tags:
        assert not {"src", "style"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
    assert "&lt;/script&gt;" in wild
    assert packed(wild)["columns"]["name"] == [HOSTILE]


def test_packed_figures_that_are_ranked_are_exact_and_others_nearly():
    label = metered()
    columns = packed(page_of(label))["columns"]
    assert columns["energy_index"] == [label.metrics.energy.index.value]
    assert columns["accuracy"] == [label.metrics.accuracy.accuracy.value]
    (throughput,) = columns["throughput_per_s"]
    assert throughput == pytest.approx(label.metrics.speed.throughput_per_s, rel=1e-4)


def test_an_address_travels_without_the_name_and_comes_back():
    url = "https://huggingface.co/org/a~b/resolve/main/energylabel/w/h/evidence.json"
    label = renamed("org/a~b", evidence_url=url)
    whole = packed(page_of(label))["columns"]
    assert whole["evidence"][0].replace("~", "org/a~b").replace("%7E", "~") == url


def test_tables_for_machines_have_every_figure_unrounded():
    parquet = pytest.importorskip("pyarrow.parquet")
    entries = [entry(make_label(id="b" * 64)), entry(metered())]
    files = files_of_page(entries, left_out=3, built_at=12.9)
    told = json.loads(files["labels.json"])
    assert (told["schema_version"], told["left_out"], told["built_at"]) == (1, 3, 12)
    table = parquet.read_table(io.BytesIO(files["labels.parquet"])).to_pylist()
    by_id = {each["id"]: each for each in told["labels"]}
    for each in table:
        same = by_id[each["id"]]
        assert json.loads(each.pop("history")) == same.pop("history")
        assert each == same
    assert by_id.keys() == {each.id for each in entries}


def test_without_pyarrow_there_is_no_parquet(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    files = files_of_page([entry(make_label())])
    assert files.keys() == {"index.html", "labels.json"}
    assert b"labels.parquet" not in files["index.html"]


def test_scripts_are_of_one_size_to_read():
    folder = Path(__file__).parents[2] / "templates" / "page"
    lengths = {path.name: len(path.read_text().splitlines()) for path in folder.glob("*.js")}
    assert max(lengths.values()) <= 300
