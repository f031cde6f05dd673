"""The pages beside the studio, the guide's examples, and all of them by axe."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.serving.studio.conftest import BROWSER, ask, faults_of_axe, generate

pytestmark = BROWSER


def test_the_catalog_report_draws_its_charts_on_a_phone(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{address}/catalog/report")
    page.wait_for_selector("body[data-drawn]")
    drawn = int(page.locator("body").get_attribute("data-drawn"))
    assert drawn == page.locator(".chart svg").count() > 0
    assert faults_of_axe(page) == []
    context.close()


def test_labels_are_corrected_by_keyboard(page: Any, address: str) -> None:
    page.goto(f"{address}/catalog")
    page.wait_for_selector("body[data-ready]")
    page.keyboard.press("j")
    with page.expect_response("**/labels") as saved:
        page.keyboard.press("5")
    assert saved.value.status == 201
    assert saved.value.request.post_data_json == {"field": "genre", "value": "jazz"}
    page.wait_for_selector(".track-row:has-text('jazz')")


def test_label_that_could_not_be_saved_is_told_beside_it(page: Any, address: str) -> None:
    page.goto(f"{address}/catalog")
    page.wait_for_selector("body[data-ready]")
    page.route("**/labels", lambda route: route.abort())
    page.locator("[role=option]").first.click()
    page.get_by_role("button", name="epic").click()
    page.locator("#track .problem", has_text="can’t be reached").wait_for()


def test_catalog_is_ordered_continued_and_searched(page: Any, address: str) -> None:
    one_at_a_time = re.compile(r"limit=\d+")
    page.route(
        "**/catalog/tracks?*",
        lambda route: route.continue_(url=one_at_a_time.sub("limit=1", route.request.url)),
    )
    page.goto(f"{address}/catalog")
    page.wait_for_selector("body[data-ready]")
    rows = page.locator("[role=option]")
    page.click("#order-all")
    page.locator("#count", has_text="2 tracks").wait_for()
    page.click("#more")
    rows.nth(1).wait_for()
    assert page.is_hidden("#more")
    page.fill("#search", "Second")
    rows.nth(1).wait_for(state="detached")
    assert "Second wind" in rows.inner_text()
    page.fill("#search", "Third")
    page.locator("#count", has_text="No track matches “Third”").wait_for()


def test_engines_are_heard_side_by_side(page: Any, address: str) -> None:
    page.goto(f"{address}/models")
    page.wait_for_selector("body[data-ready]")
    page.select_option("#genre", "jazz")
    page.fill("#seed", "")
    with page.expect_request("**/generate") as sent:
        page.get_by_role("button", name="Make them").click()
    page.wait_for_selector("#grid audio[aria-label=moody]")
    asked = sent.value.post_data_json
    assert asked["genre"] == "jazz"
    assert str(asked["seed"]) == page.input_value("#seed")


def test_examples_of_the_guide_play(page: Any, address: str) -> None:
    guide = (Path(__file__).parents[3] / "docs" / "studio.md").read_text()
    examples = re.findall(r"```js\n(.*?)```", guide, re.DOTALL)
    program = "".join(f"await (async () => {{\n{one}}})();\n" for one in examples[:1])
    program += f"await (async () => {{\n{''.join(examples[1:3])}}})();\n"
    program += f"await (async () => {{\n{examples[3]}}})();\n"
    played: list[str] = []
    page.on("response", lambda answer: played.append(answer.url))
    page.evaluate(f"(async () => {{{program.replace('http://localhost:8000', address)}}})()")
    while sum("/audio/" in url and url.endswith(".wav") for url in played) < len(examples):
        page.wait_for_timeout(100)
    assert len(examples) == 4


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_pages_fit_and_pass_axe(browser: Any, address: str, width: int, scheme: Any) -> None:
    # The pages' own policy forbids scripts from elsewhere, so axe needs it lifted.
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        bypass_csp=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    for path, prepare in (
        ("/", take_with_all_open),
        ("/", fault_and_live_in_turkish),
        ("/catalog", track_chosen),
        ("/models", ready),
    ):
        page.goto(address + path)
        prepare(page)
        assert faults_of_axe(page) == [], prepare.__name__
        assert page.evaluate("document.documentElement.scrollWidth") <= width, prepare.__name__
    context.close()


def ready(page: Any) -> None:
    page.wait_for_selector("body[data-ready]")


def take_with_all_open(page: Any) -> None:
    ready(page)
    page.click("#song summary")
    page.fill("#lyrics", "La la")
    ask(page)
    generate(page)
    page.click(".open-mixer")
    page.get_by_role("button", name="Arrange anew").click()
    page.wait_for_selector(".stem")


def fault_and_live_in_turkish(page: Any) -> None:
    ready(page)
    page.click("#language")
    ask(page, seed="lucky")
    page.click("#generate")
    page.wait_for_selector("#form-problem:not([hidden])")
    page.fill("#seed", "")
    page.click("#live")
    page.wait_for_selector("#live-panel:not([hidden])")
    page.click("#language")


def track_chosen(page: Any) -> None:
    ready(page)
    page.keyboard.press("j")
