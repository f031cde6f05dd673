"""The studio in a real browser: every control, wide and narrow, light and dark, with axe."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.api.app import create_app
from tests.serving.catalog_home import catalogued
from tests.serving.conftest import engine, on_loopback, service_config

sync_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --autoplay-policy=no-user-gesture-required"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("studio")
    catalogued(home)
    engines = {"moody": engine("MoodyEngine")}
    app = create_app(service_config(home, engines=engines, default_engine="moody"))
    with on_loopback(app) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
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


def generate(page: Any) -> dict[str, Any]:
    """Press Generate and wait for the take; what was sent."""
    with page.expect_request("**/generate") as sent:
        page.click("#generate")
    page.wait_for_selector("#generate:not([disabled])")
    page.wait_for_selector("#take:not([hidden])")
    body: dict[str, Any] = sent.value.post_data_json
    return body


def choose(page: Any) -> None:
    page.get_by_label("jazz", exact=True).check()
    page.get_by_label("sad", exact=True).check()
    page.get_by_label("F minor", exact=True).check()
    page.fill("#tempo", "92")
    page.fill("#duration", "15")
    page.click("#more summary")
    page.fill("#seed", "7")


def test_every_choice_reaches_the_request(page: Any) -> None:
    choose(page)
    page.fill("#prompt", "with brushes")
    page.select_option("#loudness", "-23")
    page.check("#strict")
    page.uncheck("input[name=part][value=melody]")
    page.click("#song summary")
    page.fill("#lyrics", "La la")
    page.select_option("#language-of-lyrics", "tr")
    assert generate(page) == {
        "genre": "jazz", "mood": "sad", "key": "F minor", "tempo": 92, "duration": 15, "seed": 7,
        "model": "moody", "prompt": "with brushes", "strict": True, "stems": True,
        "lyrics": "La la", "language": "tr", "loudness": -23,
        "parts": ["drums", "bass", "chords"],
    }  # fmt: skip
    page.click(".play")
    page.locator(".wave").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".lyrics span.now:has-text('la')")
    links = page.locator(".downloads").inner_text()
    assert all(word in links for word in ("Loops", "Chords", "Words, timed", "OPUS", "WAV 24"))


def test_the_catalog_report_draws_its_charts(page: Any, address: str) -> None:
    page.goto(f"{address}/catalog/report")
    page.wait_for_selector("body[data-drawn]")
    drawn = int(page.locator("body").get_attribute("data-drawn"))
    assert drawn == page.locator(".chart svg").count() > 0


def test_asked_and_measured_stand_side_by_side(page: Any) -> None:
    choose(page)
    generate(page)
    rows = page.locator(".compare tbody tr").all_inner_texts()
    assert "92 BPM" in rows[0]
    assert "as asked" in rows[0]
    assert "F minor" in rows[1]
    assert "missed" in rows[1]
    page.click(".provenance summary")
    assert "CC0-1.0" in page.locator(".provenance dl").inner_text()


def test_tempo_can_be_tapped(page: Any) -> None:
    for _ in range(4):
        page.click("#tap")
        page.wait_for_timeout(450)
    assert not page.is_checked("#tempo-open")
    assert page.inner_text("#tempo-shown").endswith("BPM")


def test_takes_survive_a_reload_and_compare(page: Any) -> None:
    for seed in ("1", "2"):
        page.fill("#duration", "15")
        if not page.is_visible("#seed"):
            page.click("#more summary")
        page.fill("#seed", seed)
        generate(page)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#takes li").count() == 2
    page.locator("#takes .ab:not([disabled])").click()
    assert "Seed 1" in page.locator("#take .help").first.inner_text()


def test_shared_link_gives_the_same_music(page: Any) -> None:
    choose(page)
    generate(page)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_url("**#*seed=7*")
    first = page.evaluate("JSON.parse(localStorage['shiroa.takes'])[0].answer.id")
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector("#take:not([hidden])")
    assert page.evaluate("JSON.parse(localStorage['shiroa.takes'])[0].answer.id") == first


def test_fault_is_shown_at_its_field(page: Any) -> None:
    page.click("#more summary")
    page.fill("#seed", "lucky")
    page.click("#generate")
    page.wait_for_selector("#form-problem:not([hidden])")
    assert "seed=lucky: must be a whole number" in page.inner_text("#form-problem")
    assert page.get_attribute("#seed", "aria-invalid") == "true"
    assert page.evaluate("document.activeElement.id") == "seed"


def test_stems_are_muted_and_a_take_is_arranged_anew(page: Any) -> None:
    page.fill("#duration", "15")
    assert set(generate(page)) == {"genre", "duration", "model", "stems"}
    page.click(".open-mixer")
    mute = page.get_by_role("button", name="Mute clicks")
    mute.click()
    assert mute.get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Arrange anew").click()
    assert page.is_disabled("#tempo")
    page.fill("#strength", "0.5")
    sent = generate(page)
    assert sent["strength"] == 0.5
    assert sent["reference"] == page.evaluate(
        "JSON.parse(localStorage['shiroa.takes'])[1].answer.id"
    )


def test_examples_of_the_guide_play(page: Any, address: str) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "studio.md").read_text()
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


def test_waiting_job_can_be_cancelled(page: Any) -> None:
    page.click("#more summary")
    page.fill("#prompt", "dawdle")
    page.click("#generate")
    page.locator("#progress-text", has_text="dawdling").wait_for()
    page.click("#cancel")
    page.wait_for_selector("#progress[hidden]", state="attached")
    assert page.is_hidden("#take")


def test_keyboard_alone_makes_music(page: Any) -> None:
    page.fill("#duration", "15")
    page.locator("input[name=genre]:checked").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#take:not([hidden])")
    page.locator(".wave").focus()
    page.keyboard.press("ArrowRight")
    assert "Rock" in page.inner_text("#take h2")


def test_live_mode_follows_its_dials(page: Any) -> None:
    with page.expect_request("**/live?*") as sent:
        page.click("#live")
    assert "genre=pop" in sent.value.url
    drums = page.get_by_role("button", name="drums", exact=True)
    drums.click()
    with page.expect_response(lambda answer: answer.request.method == "POST") as turned:
        page.get_by_label("Energy").fill("0.5")
    assert turned.value.status == 200
    assert turned.value.request.post_data_json["muted"] == ["drums"]
    assert drums.get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name="Stop").click()
    assert page.is_hidden("#live-panel")


def test_page_speaks_turkish(page: Any) -> None:
    page.click("#language")
    assert page.inner_text("#generate") == "Üret"
    assert page.get_attribute("html", "lang") == "tr"
    assert "elektronik" in page.inner_text("#genres")
    page.fill("#duration", "15")
    generate(page)
    assert page.locator(".lane").first.inner_text().split() == ["kıta", "nakarat"]


def test_lost_service_is_told_in_words(page: Any) -> None:
    page.route("**/generate", lambda route: route.abort())
    page.click("#generate")
    page.locator("#form-problem", has_text="can’t be reached").wait_for()
    assert page.is_enabled("#generate")


def test_labels_are_corrected_by_keyboard(page: Any, address: str) -> None:
    page.goto(f"{address}/catalog")
    page.wait_for_selector("body[data-ready]")
    page.keyboard.press("j")
    with page.expect_response("**/labels") as saved:
        page.keyboard.press("5")
    assert saved.value.status == 201
    assert saved.value.request.post_data_json == {"field": "genre", "value": "jazz"}
    page.wait_for_selector(".track-row:has-text('jazz')")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_pages_fit_and_pass_axe(browser: Any, address: str, width: int, scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text()
    # The page's own policy forbids scripts from elsewhere, so axe needs it lifted.
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    for path in ("/", "/catalog", "/models"):
        page.goto(address + path)
        page.wait_for_selector("body[data-ready]")
        if path == "/":
            page.click("#song summary")
            page.fill("#lyrics", "La la")
            page.fill("#duration", "15")
            generate(page)
            page.click(".open-mixer")
            page.get_by_role("button", name="Arrange anew").click()
            page.click("#more summary")
            page.wait_for_selector(".stem")
        if path == "/catalog":
            page.keyboard.press("j")
        page.evaluate(script)
        found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
        faults = [
            (v["id"], n["target"], n["failureSummary"])
            for v in found["violations"]
            for n in v["nodes"]
        ]
        assert faults == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
