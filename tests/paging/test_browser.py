"""The page in Chromium: what it shows, filters and links to; fronts by figures of our own."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.browser import Shown, chromium
from support.labels import make_energy, make_label, make_metrics, metered, quick_look

from energylabel import formatting
from energylabel.comparing import Contender, compare
from energylabel.paging import collect, files_of_page
from energylabel.paging.listed import ListedLabel, listed
from energylabel.publishing import Stored, folders_below, read_checked
from energylabel.reckoning.intervals import wilson
from energylabel.records import Estimate, Label, Range
from energylabel.records.setup import Setup

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chromium")]
LABELS = Path(__file__).parents[2] / "labels"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def committed() -> list[ListedLabel]:
    return collect([str(LABELS)], Path("site"), thoroughly=False).labels


def write(folder: Path, labels: list[ListedLabel]) -> Path:
    for name, content in files_of_page(labels).items():
        (folder / name).write_bytes(content)
    return folder / "index.html"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, committed: list[ListedLabel]) -> Path:
    return write(tmp_path_factory.mktemp("site"), committed)


def entry(label: Label, name: str, number: int, **setup: Any) -> ListedLabel:
    subject = label.subject.model_copy(update={"name": name})
    made = label.model_copy(update={"subject": subject, "id": f"{number:064x}"})
    return listed(Stored(made, Setup(device="cpu", **setup), None, checked=True))


def contending(
    energy: float, right: int, name: str, number: int, base: Label | None = None
) -> ListedLabel:
    """A label of 2,000 rows with so many right, the first ones; energy is known within 1 %."""
    known = entry(base or make_label(), name, number << 192)  # keys are the first digits
    share = wilson(right, 2000)
    hidden = Contender(
        field=known.provenance,
        standard=known.standard,
        costs=(Estimate(value=energy, low=energy / 1.01, high=energy * 1.01, count=6),),
        content="ab" * 32,
        gold=bytes(4000),
        right=np.packbits(np.arange(2000) < right).tobytes(),
    )
    return replace(
        known,
        energy_index=energy,
        energy_index_low=energy / 1.01,
        energy_index_high=energy * 1.01,
        accuracy=share.value,
        accuracy_low=share.low,
        accuracy_high=share.high,
        contender=hidden,
    )


@pytest.fixture(scope="module")
def dominators() -> dict[str, set[str]]:
    """Of each committed label the ids of those that dominate it, as comparing each pair says."""
    entries = [read_checked(folder) for folder in folders_below(LABELS)]
    found: dict[str, set[str]] = {each.label.id: set() for each in entries}
    for pair in compare(entries).differences:
        if pair.dominates is not None:
            other = pair.first + pair.second - pair.dominates
            found[entries[other].label.id].add(entries[pair.dominates].label.id)
    return found


def downloaded(shown: Shown, button: str) -> str:
    with shown.page.expect_download() as waiting:
        shown.page.click(button)
    return Path(waiting.value.path()).read_text(encoding="utf-8")


def test_every_label_is_shown_and_nothing_is_asked_of_a_network(
    browser: Any, site: Path, committed: list[ListedLabel]
):
    shown = Shown(browser, site)
    assert sorted(shown.names()) == sorted(each.name for each in committed)
    told = json.loads(downloaded(shown, "#json"))
    assert {each["id"] for each in told} == {each.id for each in committed}
    assert [url for url in shown.asked if not url.startswith(("file:", "blob:"))] == []
    assert shown.said == []


def test_the_front_is_that_of_what_is_shown_as_compare_finds(
    browser: Any, site: Path, committed: list[ListedLabel], dominators: dict[str, set[str]]
):
    for view, kept in (
        ("", committed),
        ("#workload=sst2-test-v1", [e for e in committed if e.workload == "sst2-test-v1"]),
        ("#family=embedding-probe", [e for e in committed if e.family == "embedding-probe"]),
        ("#acc=87", [e for e in committed if e.accuracy >= 0.87]),
        ("#p95=1", [e for e in committed if e.latency_p95_s <= 0.001]),
        ("#mem=500", [e for e in committed if e.peak_memory_bytes <= 500e6]),
        ("#wh=0.001", [e for e in committed if (e.wh_per_1000_high or 9) <= 0.001]),
        ("#energy=C", [e for e in committed if e.energy_class and e.energy_class <= "C"]),
        ("#q=minilm%20epyc", [e for e in committed if "MiniLM" in e.name and "epyc" in e.hardware]
         + [e for e in committed if "minilm" in e.name and "epyc" in e.hardware]),
        ("#estimates=0", [e for e in committed if e.provenance != "estimated"]),
        ("#from=2026-11-22&to=2026-11-22", [
            e for e in committed if formatting.date(e.issued_at) == "22 Nov 2026"]),
    ):  # fmt: skip
        shown = Shown(browser, site, view)
        told = json.loads(downloaded(shown, "#json"))
        assert {each["id"] for each in told} == {each.id for each in kept}, view
        ids = {each.id for each in kept}
        front = {each["id"] for each in told if each["front"] == "yes"}
        beaten = {each["id"] for each in told if each["front"] == "no"}
        assert beaten == {each for each in ids if dominators[each] & ids}, view
        held = {e.id for e in kept if e.comparable is not None and e.energy_index is not None}
        assert front == held - beaten, view
        none = {each["id"] for each in told if each["front"] == "–"}
        assert none == {e.id for e in kept if e.comparable is None or e.energy_index is None}
        shown.context.close()


def fronts_told(shown: Shown) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(downloaded(shown, "#csv")))
    return {row["name"]: row["front"] for row in rows}


def test_noise_puts_nobody_off_the_front_and_provenances_have_fronts_of_their_own(
    browser: Any, tmp_path: Path
):
    labels = [
        contending(10, 1800, "tie/one", 1),
        contending(10, 1800, "tie/two", 2),
        contending(9.95, 1790, "noise/less-energy", 3),  # half a point less, and 0.5 % of energy
        contending(11, 1800, "more/energy", 4),
        contending(11, 1802, "hardly/more-accurate", 5),  # a tenth of a point: within the margin
        contending(11, 1830, "more/accurate", 6),
        contending(5, 1000, "frugal/poor", 7),
        contending(500, 1200, "metered/alone", 8, metered()),
    ]
    shown = Shown(browser, write(tmp_path, labels))
    told = fronts_told(shown)
    assert {name for name, front in told.items() if front == "no"} == {
        "more/energy",
        "hardly/more-accurate",
    }
    assert set(told.values()) == {"yes", "no"}
    shown.page.click("button.name:has-text('more/energy')")
    assert "Dominated by tie/one (" in " ".join(shown.page.inner_text("#view").split())
    shown.page.keyboard.press("Escape")
    for name in ("tie/two", "more/energy"):
        shown.page.check(f"tr:has-text('{name}') input")
    shown.page.click("#compare")
    assert "tie/two dominates more/energy" in shown.page.inner_text("#view")
    assert shown.said == []


def test_what_more_labels_dominate_than_the_page_keeps(browser: Any, tmp_path: Path):
    labels = [
        *(contending(1 + n / 100, 1900 - n, f"strong/{n}", n) for n in range(40)),
        contending(20, 1500, "weak/better", 50),
        contending(40, 1300, "weak/surely-worse", 51),
        contending(20.1, 1495, "weak/hardly-worse", 52),
    ]
    site = write(tmp_path, labels)
    told = fronts_told(Shown(browser, site))
    assert told["strong/0"] == "yes"
    assert {told[name] for name in told if name.startswith("weak")} == {"no"}
    shown = Shown(browser, site, "#q=weak")
    assert fronts_told(shown) == {
        "weak/better": "?",
        "weak/surely-worse": "no",
        "weak/hardly-worse": "?",
    }
    assert "Of 2 it cannot be told here" in shown.page.inner_text("#picture-words")


def test_figures_are_written_as_the_label_writes_them(
    browser: Any, site: Path, committed: list[ListedLabel]
):
    page = Shown(browser, site).page
    cells = {}
    for key in (each.id[:16] for each in committed):
        row = page.locator(f"tr:has([data-key='{key}']) td")
        cells[key] = tuple(row.nth(at).inner_text().split("\n")[0] for at in (4, 5, 6, 7))
    for each in committed:
        assert each.wh_per_1000_low is not None and each.wh_per_1000_high is not None
        span = Range(low=each.wh_per_1000_low, high=each.wh_per_1000_high)
        wh, right, p95, memory = cells[each.id[:16]]
        assert wh == f"≈ {formatting.energy_span(span)}"
        assert right == f"{each.accuracy_class or '–'} {formatting.percentage(each.accuracy)} %"
        assert p95 == formatting.duration(each.latency_p95_s)
        assert memory == formatting.size(each.peak_memory_bytes)


def test_sorting_by_a_header_keeps_what_is_missing_last(
    browser: Any, site: Path, committed: list[ListedLabel]
):
    page = Shown(browser, site).page
    for times, sign in ((1, 1), (2, -1)):
        page.click("thead button[data-by=energy]")
        order = page.locator("#labels tbody button.name")
        keys = [order.nth(at).get_attribute("data-key") for at in range(order.count())]
        known = [each for each in committed if each.energy_index is not None]
        by_hand = sorted(known, key=lambda each: sign * (each.energy_index or 0))
        assert keys[: len(known)] == [each.id[:16] for each in by_hand]
        sort = page.locator("thead th:has([data-by=energy])").get_attribute("aria-sort")
        assert sort == {1: "ascending", 2: "descending"}[times]


def test_a_view_has_an_address_that_opens_it_again(browser: Any, site: Path):
    first = Shown(browser, site)
    first.page.select_option("[name=workload]", "sst2-test-v1")
    first.page.fill("[name=acc]", "80")
    first.page.uncheck("[name=estimates]")
    first.page.check("[name=estimates]")
    first.page.click("thead button[data-by=wh]")
    second = Shown(browser, site, first.page.evaluate("location.hash"))
    assert second.names() == first.names() != []
    assert second.page.input_value("[name=acc]") == "80"
    assert "Best under my limits" in second.page.inner_text("#best")
    second.page.click("button[type=reset]")
    second.page.locator("#labels tbody tr").nth(15).wait_for()


def test_a_label_opens_by_keyboard_tells_its_sources_and_closes(
    browser: Any, site: Path, committed: list[ListedLabel]
):
    page = Shown(browser, site).page
    button = page.locator("#labels tbody button.name").first
    key = button.get_attribute("data-key")
    button.focus()
    page.keyboard.press("Enter")
    text = page.inner_text("#view")
    (label,) = (each for each in committed if each.id[:16] == key)
    assert label.id in text
    assert "not measured: own processor time at 2 to 15 W per busy core" in text
    assert "energylabel verify" in text
    assert page.evaluate("location.hash").endswith(f"label={key}")
    page.keyboard.press("Escape")
    assert not page.locator("#view").is_visible()
    assert page.evaluate("document.activeElement.dataset.key") == key
    page.go_back()
    again = Shown(browser, site, f"#label={key}").page
    assert label.id in again.inner_text("#view")


def test_side_by_side_refuses_what_may_not_be_compared(browser: Any, site: Path):
    page = Shown(browser, site, "#workload=sst2-test-v1&hardware=cpu-amd-epyc-2").page
    boxes = page.locator("#labels tbody input")
    for number in range(4):
        boxes.nth(number).check()
    boxes.nth(4).click()
    assert boxes.nth(4).is_checked() is False
    page.click("#compare")
    assert "One workload, one kind of hardware" in page.inner_text("#view")
    assert page.locator("#view thead th").count() == 5
    page.keyboard.press("Escape")
    page.click("#clear")
    page.select_option("[name=hardware]", "")
    for row in ("cpu-amd-epyc-2", "cpu-intel-xeon-processor-2"):
        page.locator(f"#labels tbody tr:has-text('{row}') input").first.check()
    page.click("#compare")
    assert "may not be held against each other: hardware differs" in page.inner_text("#view")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 380, 700, 1000, 1200, 1400])
def test_nothing_scrolls_sideways(browser: Any, site: Path, width: int, scheme: str):
    shown = Shown(browser, site, viewport={"width": width, "height": 900}, color_scheme=scheme)
    wide = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    inside = "(each => [each.scrollWidth, each.clientWidth])(document.querySelector('.scroll'))"
    for script in (wide, inside):
        there, room = shown.page.evaluate(script)
        assert there <= room, script
    shown.page.locator("#labels tbody button.name").first.click()
    there, room = shown.page.evaluate("[view.scrollWidth, view.clientWidth]")
    assert there <= room


def test_without_javascript_there_is_a_plain_table(
    browser: Any, site: Path, committed: list[ListedLabel]
):
    shown = Shown(browser, site, java_script_enabled=False)
    rows = shown.page.locator("table.plain tbody tr:has(td)")
    assert rows.count() == len(committed)
    assert "≈" in rows.first.inner_text()
    assert not shown.page.locator("#app").is_visible()


def test_without_javascript_a_quick_look_is_marked(browser: Any, tmp_path: Path):
    labels = [entry(make_label(), "a/standard", 1), entry(quick_look(), "a/quick", 2)]
    shown = Shown(browser, write(tmp_path, labels), java_script_enabled=False)
    names = shown.page.locator("table.plain tbody tr:has(td) th").all_inner_texts()
    assert sorted(names) == ["a/quick · quick look, not for comparison", "a/standard"]


def test_estimates_are_a_range_and_a_counted_figure_is_not(browser: Any, tmp_path: Path):
    exact = metered()
    estimated = make_label(metrics=make_metrics(energy=make_energy()))
    labels = [entry(exact, "a/metered", 1 << 250), entry(estimated, "b/estimated", 2 << 250)]
    page = Shown(browser, write(tmp_path, labels)).page
    shown = {
        row.locator("button.name").inner_text(): row.locator("td").nth(4).inner_text()
        for row in page.locator("#labels tbody tr").all()
    }
    assert "≈" not in shown["a/metered"]
    assert "≈" in shown["b/estimated"] and "–" in shown["b/estimated"]
    # The class itself too: a sign, a broken edge, and the words of the label's own view.
    letters = page.locator("#labels tbody .letter")
    found = dict(zip(letters.all_inner_texts(), letters.all(), strict=True))
    assert {"D", "≈C"} <= found.keys()
    assert "about" in found["≈C"].get_attribute("class")
    assert found["≈C"].get_attribute("title") == "estimated, not measured"
    assert page.locator("#labels tbody .letter.about").count() == 1
    page.click("button.name:has-text('b/estimated')")
    assert "estimated class C" in page.locator("#view .drawing").first.get_attribute("aria-label")
    assert "≈C" in page.locator("#view .drawing").first.text_content()
    assert "≈ C" in page.locator("#view .facts").inner_text()
    page.keyboard.press("Escape")
    page.click("button.name:has-text('a/metered')")
    assert "≈" not in page.locator("#view .drawing").first.text_content()
    page.keyboard.press("Escape")
    page.uncheck("[name=estimates]")
    assert page.locator("#labels tbody button.name").all_inner_texts() == ["a/metered"]
