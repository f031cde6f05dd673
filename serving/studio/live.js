// Live mode: music without an end that follows the form while it plays.

import { call, getJSON } from "./api.js";
import { $, el } from "./dom.js";
import { showProblem } from "./problems.js";
import { keyName, numberFormat, partName, t } from "./words.js";

const SETTLE_MS = 300;
const LOOK_MS = 1500;
const AGAIN_MS = 5000;

const newSession = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export class Live {
  constructor(brief) {
    this.brief = brief;
    this.audio = new Audio();
    this.running = false;
    this.muted = new Set();
    this.status = el("p", { class: "help", role: "status" });
    this.problem = el("p", { class: "problem", role: "alert", hidden: true });
    this.audio.addEventListener("playing", () => { this.status.textContent = t("playing"); });
    for (const name of ["error", "ended"]) this.audio.addEventListener(name, () => this.mend());
    $("#brief").addEventListener("input", () => this.changed());
  }

  /** What the form and the panel ask for; the engine may know bars, or only whole parts. */
  get dials() {
    const { genre, mood, tempo, key } = this.brief.request();
    return { genre, mood: mood ?? null, tempo: tempo ?? null, key: key ?? null, energy: Number(this.energy.value), muted: [...this.muted] };
  }

  get byBar() { return this.brief.can("live"); }

  get address() {
    const { genre, mood, tempo, key, model, prompt, seed } = this.brief.request();
    const asked = this.byBar
      ? { genre, mood, tempo, key, seed, energy: this.energy.value, session: this.session }
      : { genre, mood, tempo, key, seed, model, prompt };
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    return `/${this.byBar ? "live" : "stream"}?${new URLSearchParams([...given, ["format", "mp3"]])}`;
  }

  start() {
    this.running = true;
    this.muted.clear();
    this.parts = el("div", { class: "row wrap", role: "group", "aria-label": t("stems") });
    this.energy = el("input", { type: "range", id: "energy", min: 0, max: 1, step: 0.05, value: 0.8, oninput: () => this.changed() });
    $("#live-panel").replaceChildren(
      el("h2", {}, t("live-title")), el("p", { class: "help" }, t("live-help")),
      el("div", { class: "field" }, el("label", { for: "energy" }, t("energy-dial")), this.energy),
      this.parts,
      el("div", { class: "row" }, el("button", { type: "button", onclick: () => this.stop() }, t("stop")), this.status), this.problem);
    $("#live-panel").hidden = false;
    $("#live").setAttribute("aria-pressed", "true");
    this.tune();
  }

  tune() {
    this.session = newSession();
    this.problem.hidden = true;
    this.status.textContent = t("buffering");
    this.audio.src = this.address;
    this.audio.play().catch(() => {});
    clearInterval(this.looking);
    if (this.byBar) this.looking = setInterval(() => this.look().catch(() => {}), LOOK_MS);
  }

  /** Show what plays: section, chords, and a button for each part. */
  async look() {
    const { now } = await getJSON(`/live/${this.session}`);
    if (!this.running || now.bar === undefined) return;
    this.status.textContent = [t(now.section), now.chords.join(" "), `${numberFormat(now.tempo_bpm)} BPM`, keyName(now.key)].join(" · ");
    const known = new Set(Array.from(this.parts.children, (node) => node.dataset.part));
    this.parts.append(...now.parts.filter((part) => !known.has(part)).map((part) => this.button(part)));
  }

  button(part) {
    const node = el("button", { type: "button", "data-part": part, "aria-pressed": "true" }, partName(part));
    node.addEventListener("click", () => {
      const heard = this.muted.delete(part);
      if (!heard) this.muted.add(part);
      node.setAttribute("aria-pressed", String(heard));
      this.changed();
    });
    return node;
  }

  /** The sound broke off, of which a player tells no reason: say why, and go on once the service can. */
  async mend() {
    if (!this.running) return;
    const asking = new AbortController();
    this.session = newSession();
    try {
      await call(this.address, { signal: asking.signal });
      asking.abort();
      if (this.running) this.tune();
    } catch (error) {
      if (!this.running) return;
      showProblem(this.problem, error, () => this.tune());
      this.status.textContent = "";
      if (error.status !== 401) this.settling = setTimeout(() => this.mend(), AGAIN_MS);
    }
  }

  /** Something was turned: follow once it rests. */
  changed() {
    if (!this.running) return;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      if (!this.byBar) this.tune();
      else call(`/live/${this.session}`, { method: "POST", json: this.dials }).catch((error) => showProblem(this.problem, error, () => this.changed()));
    }, SETTLE_MS);
  }

  stop() {
    this.running = false;
    clearTimeout(this.settling);
    clearInterval(this.looking);
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
    $("#live-panel").hidden = true;
    $("#live").setAttribute("aria-pressed", "false");
  }

  toggle() { return this.running ? this.stop() : this.start(); }
}
