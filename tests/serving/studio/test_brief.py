"""What a musician asks for: every control of the form reaches the request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.serving.studio.conftest import BROWSER, ask, choose, generate

pytestmark = BROWSER

HEARD = {"id": "0" * 24, "measured": {"tempo_bpm": 92.08, "key": None, "duration_s": 20.0}}
DROPPED = """async () => {
  const files = new DataTransfer();
  files.items.add(new File(["<svg/>"], "cover.svg"));
  const at = { dataTransfer: files, bubbles: true, cancelable: true };
  return document.body.dispatchEvent(new DragEvent("drop", at));
}"""


def test_every_choice_reaches_the_request(page: Any) -> None:
    choose(page)
    ask(page, prompt="with brushes")
    page.select_option("#loudness", "-23")
    page.check("#strict")
    page.uncheck("input[name=part][value=melody]")
    page.click("#song summary")
    page.fill("#lyrics", "La la")
    page.select_option("#language-of-lyrics", "tr")
    page.route("**/generate", lambda route: route.abort())
    with page.expect_request("**/generate") as sent:
        page.click("#generate")
    assert sent.value.post_data_json == {
        "genre": "jazz", "mood": "sad", "key": "F minor", "tempo": 92, "duration": 15, "seed": 7,
        "model": "moody", "prompt": "with brushes", "strict": True, "stems": True,
        "lyrics": "La la", "language": "tr", "loudness": -23,
        "parts": ["drums", "bass", "chords"],
    }  # fmt: skip


def test_tempo_can_be_tapped(page: Any) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    for _ in range(4):
        page.click("#tap")
        page.clock.run_for(500)
    assert not page.is_checked("#tempo-open")
    assert page.inner_text("#tempo-shown") == "120 BPM"


def test_seed_is_drawn(page: Any) -> None:
    ask(page)
    page.click("#dice")
    drawn = page.input_value("#seed")
    page.click("#dice")
    assert drawn.isdigit()
    assert page.input_value("#seed") != drawn


def test_idea_is_made_as_it_says(page: Any) -> None:
    page.route("**/generate", lambda route: route.abort())
    with page.expect_request("**/generate") as sent:
        page.get_by_role("button", name="calm jazz · 92 BPM · F minor").click()
    asked = sent.value.post_data_json
    assert [asked[name] for name in ("genre", "mood", "tempo", "key")] == [
        "jazz", "calm", 92, "F minor",
    ]  # fmt: skip


def test_request_waits_until_the_recording_has_been_heard(page: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.wav").write_bytes(b"RIFF")
    uploads: list[Any] = []
    page.route("**/references", lambda route: uploads.append(route))
    page.route("**/generate", lambda route: route.abort())
    page.click("#song summary")
    page.set_input_files("#reference", tmp_path / "mine.wav")
    page.click("#generate")
    page.locator("#progress-text", has_text="listening").wait_for()
    with page.expect_request("**/generate") as sent:
        uploads[0].fulfill(status=201, json=HEARD)
    assert sent.value.post_data_json["reference"] == HEARD["id"]
    assert "mine.wav, 92.1 BPM" in page.inner_text("#reference-help")
    page.click("#drop-reference")
    assert page.is_hidden("#transfer")
    assert page.input_value("#reference") == ""
    assert page.evaluate("document.activeElement.id") == "reference"


def test_dropped_file_that_is_no_music_is_told_at_its_field(page: Any) -> None:
    assert page.evaluate(DROPPED) is False  # else the browser would leave the page for it
    page.locator("#reference-problem", has_text="must be playable audio").wait_for()
    assert page.is_visible("#reference")


def test_fault_is_shown_at_its_field(page: Any) -> None:
    ask(page, seed="lucky")
    page.click("#generate")
    page.wait_for_selector("#form-problem:not([hidden])")
    assert "Seed must be a whole number from 0 to 4294967295, not lucky." in page.inner_text(
        "#form-problem"
    )
    assert page.get_attribute("#seed", "aria-invalid") == "true"
    assert page.evaluate("document.activeElement.id") == "seed"


def test_keyboard_alone_makes_music(page: Any) -> None:
    ask(page)
    page.locator("input[name=genre]:checked").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#take:not([hidden])")
    page.locator(".wave").focus()
    page.keyboard.press("ArrowRight")
    assert "Rock" in page.inner_text("#take h2")


def test_page_speaks_turkish(page: Any) -> None:
    page.click("#language")
    assert page.inner_text("#generate") == "Üret"
    assert page.get_attribute("html", "lang") == "tr"
    assert "elektronik" in page.inner_text("#genres")
    ask(page)
    generate(page)
    assert page.locator(".lane").first.inner_text().split() == ["kıta", "nakarat"]
