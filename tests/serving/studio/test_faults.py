"""What goes wrong is told in words where it belongs, and nothing is lost by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from serving.api.app import create_app
from tests.serving.conftest import on_loopback, service_config
from tests.serving.studio.conftest import BROWSER, ask, faults_of_axe

pytestmark = BROWSER

FULL = {"type": "urn:shiroa:problem:queue-full", "detail": "…", "retry_after_s": 42}


def test_lost_service_is_told_in_words(page: Any) -> None:
    page.route("**/generate", lambda route: route.abort())
    page.click("#generate")
    page.locator("#form-problem", has_text="can’t be reached").wait_for()
    assert page.is_enabled("#generate")


def test_full_queue_says_when_to_ask_again(page: Any) -> None:
    page.route(
        "**/generate",
        lambda route: route.fulfill(
            status=429, content_type="application/problem+json", body=json.dumps(FULL)
        ),
    )
    page.click("#generate")
    page.locator("#form-problem", has_text="Try again in about 42 s").wait_for()


def test_faults_are_told_in_turkish_with_their_figures(page: Any) -> None:
    faults = [
        {"field": "tempo", "detail": "…", "code": "out-of-range",
         "params": {"value": "30", "min": 60, "max": 180}},
        {"field": "requests/1/mood", "detail": "…", "code": "not-one-of",
         "params": {"value": "x", "allowed": ["sad", "calm"]}},
        {"field": "later", "detail": "later=1: is not known yet", "code": "from-the-future"},
    ]  # fmt: skip
    page.route(
        "**/generate",
        lambda route: route.fulfill(
            status=422,
            content_type="application/problem+json",
            body=json.dumps({"detail": "…", "errors": faults}),
        ),
    )
    page.click("#generate")
    told = page.locator("#form-problem")
    told.filter(has_text="Tempo must be 60 to 180 BPM, not 30.").wait_for()
    page.click("#language")
    assert told.inner_text() == (
        "Tempo 60 ile 180 BPM arasında olmalı; 30 olmaz. Duygu (2) şunlardan biri olmalı: hüzünlü"
        " veya sakin; x olmaz. later=1: is not known yet."
    )


def test_too_large_a_recording_says_how_large_it_may_be(page: Any, tmp_path: Path) -> None:
    (tmp_path / "long.flac").write_bytes(b"fLaC" + bytes(33 * 2**20))
    page.click("#song summary")
    page.set_input_files("#reference", tmp_path / "long.flac")
    page.locator("#reference-problem", has_text="Too large: at most 32 MB").wait_for()


def test_waiting_job_can_be_cancelled(page: Any) -> None:
    ask(page, prompt="dawdle")
    page.click("#generate")
    page.locator("#progress-text", has_text="dawdling").wait_for()
    page.click("#cancel")
    page.wait_for_selector("#progress[hidden]", state="attached")
    assert page.is_hidden("#take")


def test_job_goes_on_after_a_lost_connection_and_a_reload(page: Any) -> None:
    posted: list[str] = []
    page.on("request", lambda sent: posted.append(sent.url) if sent.method == "POST" else None)
    page.route("**/jobs/*/events", lambda route: route.abort())
    ask(page, prompt="nap", seed="3")
    page.click("#generate")
    page.locator("#progress-text", has_text="connection lost").wait_for()
    page.unroute("**/jobs/*/events")
    page.reload()
    page.wait_for_selector("#take:not([hidden])")
    assert page.input_value("#seed") == "3"
    assert len(posted) == 1


def test_closed_service_asks_for_its_key(browser: Any, tmp_path: Path) -> None:
    app = create_app(service_config(tmp_path, api_key="open-sesame"))
    context = browser.new_context(bypass_csp=True)
    with on_loopback(app) as address:
        page = context.new_page()
        for path in ("/catalog", "/"):
            page.goto(address + path)
            page.locator(".problem", has_text="This service is closed").wait_for()
        assert page.is_disabled("#generate")
        page.fill("#api-key", "sesame")
        page.keyboard.press("Enter")
        page.get_by_text("This key is unknown or revoked").wait_for()
        assert faults_of_axe(page) == []
        page.fill("#api-key", "open-sesame")
        page.keyboard.press("Enter")
        page.wait_for_selector("body[data-ready]")
        assert page.is_enabled("#generate")
        context.close()
