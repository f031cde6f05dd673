// Live mode: an endless stream that follows the form.

import { $, el } from "./dom.js";
import { t } from "./words.js";

const SETTLE_MS = 900;

export class Live {
  constructor(brief) {
    this.brief = brief;
    this.audio = new Audio();
    this.running = false;
    this.status = el("p", { class: "help", role: "status" });
    this.button = el("button", { type: "button", onclick: () => this.stop() }, t("stop"));
    this.audio.addEventListener("playing", () => { this.status.textContent = `${t("playing")}: ${this.summary}`; });
    this.audio.addEventListener("error", () => { if (this.running) this.status.textContent = t("unmeasured"); });
    $("#brief").addEventListener("input", () => this.changed());
  }

  get address() {
    const { genre, mood, tempo, key, model, prompt, seed } = this.brief.request();
    const given = Object.entries({ genre, mood, tempo, key, model, prompt, seed }).filter(([, value]) => value !== undefined);
    this.summary = [genre, mood, tempo && `${tempo} BPM`, key].filter(Boolean).join(", ");
    return `/stream?${new URLSearchParams([...given, ["format", "mp3"]])}`;
  }

  start() {
    this.running = true;
    $("#live-panel").replaceChildren(el("h2", {}, t("live-title")), el("p", { class: "help" }, t("live-help")), el("div", { class: "row" }, this.button, this.status));
    $("#live-panel").hidden = false;
    $("#live").setAttribute("aria-pressed", "true");
    this.tune();
  }

  tune() {
    this.status.textContent = t("buffering");
    this.audio.src = this.address;
    this.audio.play().catch(() => {});
  }

  /** A slider moved: follow once it rests. */
  changed() {
    if (!this.running) return;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.tune(), SETTLE_MS);
  }

  stop() {
    this.running = false;
    clearTimeout(this.settling);
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
    $("#live-panel").hidden = true;
    $("#live").setAttribute("aria-pressed", "false");
  }

  toggle() { return this.running ? this.stop() : this.start(); }
}
