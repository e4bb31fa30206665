"""Chromium, where there is one: Debian's own, driven by playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def found() -> str:
    """Path of the browser; skips the test where it or playwright is missing."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium, or name one in CHROMIUM")
    return path


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; its own sandbox does not start for root."""
    path = found()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Shown:
    """A page from the file system, and everything that its console said."""

    def __init__(self, browser: Any, file: Path, view: str = "", **context: Any) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append("dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri() + view)
        if context.get("java_script_enabled", True):
            self.page.wait_for_selector("html[data-ready]", timeout=60_000)

    def names(self) -> list[str]:
        """The models of the rows that are shown, in order."""
        return self.page.locator("#labels tbody button.name").all_inner_texts()
