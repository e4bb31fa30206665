"""Labels of strangers in Chromium: nothing of theirs runs, all of it stands there as text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.browser import Shown, chromium
from support.labels import make_label

from energylabel.paging import files_of_page
from energylabel.paging.listed import ListedLabel, listed
from energylabel.publishing import Stored
from energylabel.records import Finding
from energylabel.records.setup import Setup

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chromium")]

WILD = (
    "<img src=x onerror=\"document.title='run'\">",
    "</script><script>document.title='run'</script>",
    "</noscript><script>document.title='run'</script>",
    "<svg onload=document.title='run'>",
    "javascript:document.title='run'",
    "__proto__",
    "constructor",
    "toString",
    "' onmouseover='document.title=1",
    "=HYPERLINK(\"https://evil.example\")",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "&lt;b&gt;&#106;&Tab;",
    "~",
    "\u202egnp.exe",
    "x" * 3000,
    "名前 🜨 נַיים",
)  # fmt: skip


def hostile(text: str, number: int) -> ListedLabel:
    """A label in which everything that is free text is this one."""
    label = make_label(
        findings=(Finding(name="drift", outcome="warned", message=text),),
        evidence_url=text,
        issued_by=text,
    )
    parts = {
        "subject": {"name": text, "family": text},
        "workload": {"title": text, "language": text},
        "hardware": {"cpu_model": text},
        "conditions": {"dtype": text},
    }
    changed = {
        name: getattr(label, name).model_copy(update=fields) for name, fields in parts.items()
    }
    made = label.model_copy(update={**changed, "id": f"{number:064x}"})
    return listed(Stored(made, Setup(device="cpu"), None, checked=True))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    labels = [hostile(text, number + 1) for number, text in enumerate(WILD)]
    for name, content in files_of_page(labels).items():
        (folder / name).write_bytes(content)
    return folder / "index.html"


def test_all_is_text_and_nothing_runs(browser: Any, site: Path):
    shown = Shown(browser, site)
    page = shown.page
    title = page.title()
    names = page.locator("#labels tbody button.name")
    there = {names.nth(at).text_content() for at in range(names.count())}
    assert there == {text.replace("\u202e", "")[:299] + "…" * (len(text) > 300) for text in WILD}
    for at in range(names.count()):
        names.nth(at).click()
        assert page.locator("#view img, #view script, #view iframe").count() == 0
        for link in page.locator("#view a").all():
            address = link.get_attribute("href") or ""
            assert address.startswith(("#label=", "https://", "http://"))
        page.keyboard.press("Escape")
    for field in ("family", "language", "workload", "hardware"):
        options = page.locator(f"[name={field}] option")
        for at in range(options.count()):
            page.select_option(f"[name={field}]", index=at)
            assert page.locator("#labels tbody tr").count() >= 1
        page.select_option(f"[name={field}]", index=0)
    page.fill("[name=q]", "<script>")
    assert page.title() == title
    assert shown.said == []
    assert [url for url in shown.asked if not url.startswith("file:")] == []


@pytest.mark.parametrize(
    "view",
    [
        "#sort=toString",
        "#sort=__proto__&label=constructor",
        "#label=%3Cimg%20src=x%20onerror=alert(1)%3E",
        "#side=a,b,c&pick=x,y",
        "#__proto__=x&q=%F0%9F&acc=NaN&wh=-1e999&from=x&group=y",
        "#%",
    ],
)
def test_a_wild_address_is_harmless(browser: Any, site: Path, view: str):
    shown = Shown(browser, site, view)
    assert shown.page.locator("#labels tbody tr").count() + 1 >= 1
    assert shown.said == []


def test_the_policy_stops_a_script_that_would_be_there(browser: Any, site: Path, tmp_path: Path):
    planted = tmp_path / "index.html"
    text = site.read_text(encoding="utf-8")
    wild = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    wild += '<img src="https://evil.example/x.png">'
    planted.write_text(text.replace("</main>", f"{wild}</main>"), encoding="utf-8")
    shown = Shown(browser, planted)
    assert shown.page.title() != "run"
    refused = [each for each in shown.said if "Content Security Policy" in each]
    for planted_part in ("inline script", "inline event handler", "evil.example"):
        assert any(planted_part in each for each in refused), planted_part


def test_no_spreadsheet_takes_a_name_for_a_formula(browser: Any, site: Path):
    shown = Shown(browser, site)
    with shown.page.expect_download() as waiting:
        shown.page.click("#csv")
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert "'=HYPERLINK" in text
    assert "\n=HYPERLINK" not in text and ",=HYPERLINK" not in text
