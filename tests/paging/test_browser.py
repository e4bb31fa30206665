"""The page in Chromium: what it shows, filters and links to; fronts by figures of our own."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.browser import Shown, chromium
from support.labels import make_energy, make_label, make_metrics, metered

from energylabel import formatting
from energylabel.paging import collect, files_of_page
from energylabel.paging.listed import ListedLabel, listed
from energylabel.publishing import Stored
from energylabel.records import Label, Range
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


def at(energy: float, accuracy: float, name: str, number: int, base: Label) -> ListedLabel:
    """A label with these figures, whatever else the base says."""
    metrics = base.metrics
    index = metrics.energy.index.model_copy(update={"value": energy})
    right = metrics.accuracy.accuracy.model_copy(update={"value": accuracy})
    changed = metrics.model_copy(
        update={
            "energy": metrics.energy.model_copy(update={"index": index}),
            "accuracy": metrics.accuracy.model_copy(update={"accuracy": right}),
        }
    )
    return entry(base.model_copy(update={"metrics": changed}), name, number)


def front_by_hand(labels: list[ListedLabel]) -> set[str]:
    """Ids of labels that no other of their group beats: every pair is looked at."""
    groups = defaultdict(list)
    for each in labels:
        if each.comparable is not None and each.energy_index is not None:
            groups[each.comparable].append(each)

    def beats(one: ListedLabel, other: ListedLabel) -> bool:
        assert one.energy_index is not None and other.energy_index is not None
        no_worse = one.energy_index <= other.energy_index and one.accuracy >= other.accuracy
        return no_worse and (one.energy_index, one.accuracy) != (other.energy_index, other.accuracy)

    return {
        each.id
        for group in groups.values()
        for each in group
        if not any(beats(other, each) for other in group)
    }


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


def test_the_front_is_that_of_what_is_shown(browser: Any, site: Path, committed: list[ListedLabel]):
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
        front = {each["id"] for each in told if each["front"] == "yes"}
        assert front == front_by_hand(kept), view
        none = {each["id"] for each in told if each["front"] == "–"}
        assert none == {e.id for e in kept if e.comparable is None or e.energy_index is None}
        shown.context.close()


def test_ties_are_both_on_the_front_and_provenances_have_fronts_of_their_own(
    browser: Any, tmp_path: Path
):
    base, counted = make_label(), metered()
    labels = [
        at(10, 0.9, "tie/one", 1, base),
        at(10, 0.9, "tie/two", 2, base),
        at(10, 0.89, "less/accurate", 3, base),
        at(11, 0.9, "more/energy", 4, base),
        at(5, 0.5, "frugal/poor", 5, base),
        at(500, 0.6, "metered/alone", 6, counted),
    ]
    shown = Shown(browser, write(tmp_path, labels))
    rows = list(csv.DictReader(io.StringIO(downloaded(shown, "#csv"))))
    front = {row["name"] for row in rows if row["front"] == "yes"}
    assert front == {"tie/one", "tie/two", "frugal/poor", "metered/alone"}
    assert shown.said == []


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
    second.page.wait_for_function("document.querySelectorAll('#labels tbody tr').length > 15")


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
@pytest.mark.parametrize("width", [380, 700, 1400])
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


def test_estimates_are_a_range_and_a_counted_figure_is_not(browser: Any, tmp_path: Path):
    exact = metered()
    estimated = make_label(metrics=make_metrics(energy=make_energy()))
    labels = [entry(exact, "a/metered", 1), entry(estimated, "b/estimated", 2)]
    page = Shown(browser, write(tmp_path, labels)).page
    shown = {
        row.locator("button.name").inner_text(): row.locator("td").nth(4).inner_text()
        for row in page.locator("#labels tbody tr").all()
    }
    assert "≈" not in shown["a/metered"]
    assert "≈" in shown["b/estimated"] and "–" in shown["b/estimated"]
    page.uncheck("[name=estimates]")
    assert page.locator("#labels tbody button.name").all_inner_texts() == ["a/metered"]
