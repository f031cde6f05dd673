"""The report: its figures, and the page as a browser shows it."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from data_catalog.home import Home
from data_catalog.report.data import Figures, gather
from data_catalog.report.page import Section, page
from data_catalog.report.report import report_html, write_report
from data_catalog.tables.store import Store
from tests.data_catalog.store_fixtures import NOW, label, small_home

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OFFLINE = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = small_home(tmp_path_factory.mktemp("report") / "home")
    store = Store(home)
    by_model = {"origin": "model", "model_id": "m1", "labelled_by": "model"}
    with store.together():
        store.append("labels", [label(0, "genre", "jazz", confidence=0.9, **by_model)])
        store.append("labels", [label(1, "genre", "jazz", confidence=0.7, **by_model)])
        store.append("labels", [label(0, "mood", "calm")])
        store.append(
            "quarantine",
            [
                {
                    "path": "/music/<script>alert(1)</script>.flac",
                    "stage": "ingest",
                    "reason": "truncated",
                    "detail": "copy it again",
                    "quarantined_at": NOW,
                }
            ],
        )
    return home


@pytest.fixture(scope="module")
def figures(home: Home) -> Figures:
    return gather(home)


def test_the_funnel_loses_each_track_once(figures: Figures) -> None:
    steps = figures.funnel.rows_by_key("step", named=True, unique=True)
    assert steps["distinct tracks"]["tracks"] == 8
    assert steps["first of its recording"]["lost"] == 1
    assert steps["allowed by policy any"]["lost"] == 1
    assert steps["on a side of the split"]["tracks"] == figures.totals["trainable"][0] == 5


def test_calibration_counts_agreement_with_people_and_sources(figures: Figures) -> None:
    rows = figures.calibration.sort("bin").rows(named=True)
    assert [(row["labels"], row["agreement"]) for row in rows] == [(1, 0.0), (1, 1.0)]


def test_every_mood_is_on_the_map_with_or_without_tracks(figures: Figures) -> None:
    assert figures.moods.height == 8
    assert figures.moods.filter(pl.col("mood") == "calm")["tracks"].item() == 1


def test_hours_are_counted_by_licence(figures: Figures) -> None:
    hours = dict(figures.licences.select("licence", "hours").iter_rows())
    assert hours["CC0-1.0"] == pytest.approx((30 + 34) / 3600)


def test_names_of_files_are_shown_and_not_run(home: Home) -> None:
    html = report_html(home)
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html or "script&gt;.flac" in html


def test_an_empty_catalog_has_a_report(tmp_path: Path) -> None:
    empty = Store.open(Home(tmp_path / "empty")).home
    assert "From found to trainable" in report_html(empty)


def test_a_number_that_ends_a_script_stays_data() -> None:
    html = page("t", "now", [], [Section("a", "A", "says </script>", None)])
    assert "says &lt;/script&gt;" in html


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
def test_a_browser_draws_every_chart_without_the_network(home: Home, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    path = write_report(home, tmp_path / "report.html")
    complaints: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OFFLINE)
        tab = browser.new_page(viewport={"width": 1400, "height": 900})
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: complaints.append(request.url))
        tab.goto(path.as_uri())
        tab.wait_for_selector("body[data-drawn]")
        drawn = tab.locator(".chart svg").count()
        planned = tab.locator(".chart").count()
        too_wide = []
        for width in (1400, 390):
            tab.set_viewport_size({"width": width, "height": 900})
            if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
                too_wide.append(width)
        browser.close()
    assert complaints == [path.as_uri()]
    assert drawn == planned >= 10
    assert too_wide == []
