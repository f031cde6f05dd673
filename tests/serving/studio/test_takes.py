"""What a musician gets: takes that play, are compared, measured, mixed, kept and shared."""

from __future__ import annotations

from typing import Any

import pytest

from tests.serving.studio.conftest import BROWSER, ask, choose, generate

pytestmark = BROWSER

LISTEN = """() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (!(to instanceof AudioDestinationNode)) return connect.call(this, to, ...rest);
    globalThis.heard ??= new AnalyserNode(this.context, { fftSize: 8192 });
    connect.call(globalThis.heard, to);
    return connect.call(this, globalThis.heard, ...rest);
  };
}"""
LEVEL = """() => {
  const samples = new Float32Array(heard.fftSize);
  heard.getFloatTimeDomainData(samples);
  return 10 * Math.log10(samples.reduce((sum, x) => sum + x * x, 1e-12) / samples.length);
}"""
OF_ANOTHER_TAB = """{
  answer: { id: "f", seed: 9, asked: { genre: "folk" }, measured: { duration_s: 20 } }, request: {},
}"""
WATCH = """() => {
  const Plain = Audio;
  const made = [];
  globalThis.Audio = class extends Plain { constructor() { super(); made.push(this); } };
  globalThis.watch = () => new Promise((resolve) => {
    const look = () => {
      const [file, preview] = made;
      if (!file.paused && file.volume > 0.5) resolve(file.currentTime - preview.currentTime);
      else setTimeout(look, 5);
    };
    look();
  });
}"""


def ids_of_takes(page: Any) -> list[str]:
    found: list[str] = page.evaluate(
        "JSON.parse(localStorage['shiroa.takes']).map((take) => take.answer.id)"
    )
    return found


def test_words_and_downloads_come_with_a_song(page: Any) -> None:
    choose(page)
    page.click("#song summary")
    page.fill("#lyrics", "La la")
    generate(page)
    page.locator(".wave").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".lyrics span.now:has-text('la')")
    links = page.locator(".downloads").inner_text()
    assert all(word in links for word in ("Loops", "Chords", "Words, timed", "OPUS", "WAV 24"))


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


def test_takes_survive_a_reload_compare_and_come_back_when_cleared(page: Any) -> None:
    for seed in ("1", "2"):
        ask(page, seed=seed)
        generate(page)
    page.reload()
    page.wait_for_selector("body[data-ready]")
    assert page.locator("#takes li").count() == 2
    page.locator("#takes .ab:not([disabled])").click()
    assert "Seed 1" in page.locator("#take .help").first.inner_text()
    page.click("#forget")
    assert page.is_hidden("#takes-section")
    page.get_by_role("button", name="Undo").click()
    assert len(ids_of_takes(page)) == page.locator("#takes li").count() == 2


def test_takes_of_another_tab_are_kept(page: Any) -> None:
    page.evaluate(f"localStorage['shiroa.takes'] = JSON.stringify([{OF_ANOTHER_TAB}])")
    ask(page, seed="1")
    generate(page)
    assert len(ids_of_takes(page)) == page.locator("#takes li").count() == 2


def test_shared_link_gives_the_same_music(page: Any) -> None:
    choose(page)
    generate(page)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_url("**#*seed=7*")
    first = ids_of_takes(page)
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector("#take:not([hidden])")
    assert ids_of_takes(page) == first


def test_take_whose_audio_is_gone_is_made_again(page: Any) -> None:
    ask(page, seed="1")
    page.route("**/audio/*.wav", lambda route: route.fulfill(status=404))
    generate(page)
    page.unroute("**/audio/*.wav")
    page.locator("#take .problem", has_text="can’t be loaded").wait_for()
    with page.expect_request("**/generate") as sent:
        page.get_by_role("button", name="Make it again").click()
    assert sent.value.post_data_json["seed"] == 1
    page.locator("#take .problem").wait_for(state="detached")


def test_muted_parts_fall_silent_and_a_solo_part_is_alone(page: Any) -> None:
    page.evaluate(LISTEN)
    ask(page, seed="1")
    generate(page)
    page.click(".open-mixer")

    def level() -> float:
        page.wait_for_timeout(350)  # the analyser's window, and the ramp of the gain
        found: float = page.evaluate(LEVEL)
        return found

    page.get_by_role("button", name="Mute clicks").click()
    hum = level()
    assert hum == pytest.approx(-23, abs=1.5)
    page.get_by_role("button", name="Mute hum").click()
    assert level() < -90
    page.get_by_role("button", name="Solo hum").click()
    assert level() == pytest.approx(hum, abs=1.5)


def test_take_is_arranged_anew(page: Any) -> None:
    ask(page, seed="1")
    assert set(generate(page)) == {"genre", "duration", "seed", "model", "stems"}
    page.get_by_role("button", name="Arrange anew").click()
    assert page.is_disabled("#tempo")
    page.fill("#strength", "0.5")
    sent = generate(page)
    assert sent["strength"] == 0.5
    assert sent["reference"] == ids_of_takes(page)[1]


def test_file_goes_on_where_the_music_heard_meanwhile_is(page: Any) -> None:
    page.add_init_script(f"({WATCH})()")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    ask(page, prompt="nap")
    page.click("#generate")
    ahead_s = page.evaluate("watch()")
    page.wait_for_selector("#generate:not([disabled])")
    assert abs(ahead_s) < 0.04


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
