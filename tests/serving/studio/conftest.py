"""The studio in a real browser, over a service whose engine does what the prompt says."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.api.app import create_app
from tests.serving.catalog_home import catalogued
from tests.serving.conftest import engine, on_loopback, service_config

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
BROWSER = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required"
)


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the studio is."""
    home = tmp_path_factory.mktemp("studio")
    catalogued(home)
    engines = {"moody": engine("BandEngine")}
    app = create_app(service_config(home, engines=engines, default_engine="moody"))
    with on_loopback(app) as found:
        yield found


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The studio, wide; a script error fails the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-GB")
    opened.set_default_timeout(60_000)
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(address)
    opened.wait_for_selector("body[data-ready]")
    yield opened
    opened.close()
    assert errors == []


def ask(page: Any, **fields: str) -> None:
    """Fill in fields by their id, those below "Seed, engine, words, output" too."""
    if not page.is_visible("#seed"):
        page.click("#more summary")
    for name, value in {"duration": "15", **fields}.items():
        page.fill(f"#{name}", value)


def generate(page: Any) -> dict[str, Any]:
    """Press Generate and wait for the take; what was sent."""
    with page.expect_request("**/generate") as sent:
        page.click("#generate")
    page.wait_for_selector("#generate:not([disabled])")
    page.wait_for_selector("#take:not([hidden])")
    body: dict[str, Any] = sent.value.post_data_json
    return body


def choose(page: Any) -> None:
    """Ask for a sad jazz in F minor at 92 BPM."""
    page.get_by_label("jazz", exact=True).check()
    page.get_by_label("sad", exact=True).check()
    page.get_by_label("F minor", exact=True).check()
    ask(page, tempo="92", seed="7")


def faults_of_axe(page: Any) -> list[Any]:
    """What of the page as it stands breaks WCAG 2.1 AA; its own policy must have been lifted."""
    axe = pytest.importorskip("axe_playwright_python")
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text())
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
    return [
        (broken["id"], node["target"], node["failureSummary"])
        for broken in found["violations"]
        for node in broken["nodes"]
    ]
