// The form: what the musician wants, as a request and as a link.

import { $, el } from "./dom.js";
import { drawSeed, seedOf } from "./seed.js";
import { keyName, numberFormat, t, tonicOf } from "./words.js";

const FIFTHS = ["C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#", "F"];
const RELATIVE_MINOR = ["A", "E", "B", "F#", "C#", "G#", "D#", "A#", "F", "C", "G", "D"];
const TAP_FORGET_MS = 2000;
/** The longest piece that the page offers; an engine that makes shorter ones says so once it is loaded. */
const LONGEST_S = 600;

/** One choice of a group: a radio button, or a box where several may be chosen. */
function choice(group, value, text, { type = "radio", checked = false, label, ...attributes } = {}) {
  const input = el("input", { type, name: group, value, checked, "aria-label": label });
  return el("label", attributes, input, el("span", {}, text));
}

function place(node, x, y) {
  node.style.left = `${x}%`;
  node.style.top = `${y}%`;
  return node;
}

function buildGenres(genres) {
  $("#genres").replaceChildren(...genres.map((name, index) => choice("genre", name, t(name), { checked: index === 0 })));
}

function buildParts(parts) {
  $("#parts").replaceChildren(...parts.map((name) => choice("part", name, t(`part-${name}`), { type: "checkbox", checked: true })));
}

/** Moods where Russell's circumplex has them: right is pleasant, up is energetic. */
function buildMoods(moods) {
  const nodes = moods.map((mood) =>
    place(choice("mood", mood.name, t(mood.name)), 50 + mood.valence * 33, 50 - mood.arousal * 41));
  const open = place(choice("mood", "", t("any"), { checked: true, class: "open" }), 21, 90);
  const axes = [el("span", { class: "axis axis-top", "aria-hidden": "true" }, `↑ ${t("energy")}`), el("span", { class: "axis axis-right", "aria-hidden": "true" }, `${t("pleasant")} →`)];
  $("#moods").replaceChildren(...axes, open, ...nodes);
}

/** Keys on the circle of fifths: majors outside, their relative minors inside. */
function buildKeys() {
  const ring = (tonics, mode, radius, className) => tonics.map((tonic, index) => {
    const angle = (index / 12) * 2 * Math.PI - Math.PI / 2;
    const key = `${tonic} ${mode}`;
    const text = tonicOf(key) + (mode === "minor" ? "m" : "");
    const node = choice("key", key, text, { class: className, label: keyName(key) });
    return place(node, 50 + radius * Math.cos(angle), 50 + radius * Math.sin(angle));
  });
  const open = place(choice("key", "", t("any"), { checked: true, class: "open" }), 50, 50);
  $("#keys").replaceChildren(open, ...ring(FIFTHS, "major", 41, "major"), ...ring(RELATIVE_MINOR, "minor", 25.5, "minor"));
}

function tapper(onTempo) {
  let taps = [];
  return () => {
    const now = performance.now();
    if (now - taps.at(-1) > TAP_FORGET_MS) taps = [];
    taps = [...taps, now].slice(-8);
    if (taps.length < 2) return;
    const beat = (taps.at(-1) - taps[0]) / (taps.length - 1);
    onTempo(Math.min(180, Math.max(60, Math.round(60000 / beat))));
  };
}

/** The form's choices. `follow` sets what music to follow. */
export class Brief {
  constructor({ genres, moods, parts }, models) {
    this.words = { genres, moods, parts };
    this.models = models;
    this.reference = null;
    this.build();
    $("#arrange").addEventListener("change", () => this.show());
    $("#strength").addEventListener("input", () => this.show());
    $("#drop-reference").addEventListener("click", () => { this.follow(null); $("#reference").focus(); });
    $("#tempo").addEventListener("input", () => { $("#tempo-open").checked = false; this.show(); });
    $("#tempo-open").addEventListener("change", () => this.show());
    $("#duration").addEventListener("input", () => this.show());
    $("#model").addEventListener("change", () => this.show());
    $("#tap").addEventListener("click", tapper((tempo) => { $("#tempo").value = tempo; $("#tempo-open").checked = false; this.show(); }));
    $("#dice").addEventListener("click", () => { $("#seed").value = drawSeed(); });
  }

  /** Build the choices in the current language, keeping what is chosen. */
  build() {
    const kept = $("#genres").children.length ? this.request() : null;
    buildGenres(this.words.genres);
    buildMoods(this.words.moods);
    buildKeys();
    buildParts(this.words.parts);
    const chosen = $("#model").value || this.models.default;
    $("#model").replaceChildren(...this.models.models.map((model) => el("option", { value: model.name, selected: model.name === chosen }, model.name)));
    if (kept) this.fill(kept);
    this.show();
  }

  show() {
    const open = $("#tempo-open").checked;
    $("#tempo-shown").textContent = open ? t("any") : `${$("#tempo").value} BPM`;
    const model = this.models.models.find((one) => one.name === $("#model").value);
    this.showReference();
    const longest = Math.min(model?.max_duration_s || LONGEST_S, LONGEST_S);
    $("#duration").max = this.arranges && this.longest ? Math.max(15, Math.min(longest, Math.floor(this.longest))) : longest;
    $("#duration-shown").textContent = `${$("#duration").value} ${t("seconds")}`;
    $("#lyrics").disabled = !this.can("lyrics");
    $("#lyrics-help").textContent = t(this.can("lyrics") ? "lyrics-help" : "lyrics-cannot");
    $("#transfer").hidden = !this.reference;
    $("#arrange").disabled = !this.can("transfer");
    $("#strength").disabled = !this.arranges;
    $("#strength-shown").textContent = this.arranges ? `${Math.round($("#strength").value * 100)} %` : "–";
    for (const input of document.querySelectorAll("input[name=part]")) input.disabled = this.arranges || !this.can("parts");
    for (const input of document.querySelectorAll("#tempo, #tempo-open, #tap, input[name=key]")) input.disabled = this.arranges;
    $("#model-licence").textContent = model?.licence
      ? `${t("licence")}: ${model.licence}. ${t("commercial")}: ${t(model.commercial_use ? "yes" : "no")}` : "";
  }

  /** Whether the chosen engine has a skill; nobody knows before it is loaded, so it may be tried. */
  can(skill) {
    const model = this.models.models.find((one) => one.name === $("#model").value);
    return !model?.skills || model.skills.includes(skill);
  }

  /** Whether the reference's own music is to be arranged. */
  get arranges() { return Boolean(this.reference) && $("#arrange").checked && !$("#arrange").disabled; }

  /** Follow the music of an upload or an earlier answer: its id, and what it measures; null for none,
   * which also empties the choice of a file unless one is being sent. */
  follow(reference, file = null) {
    this.reference = reference?.id || null;
    this.followed = reference;
    if (!reference) {
      if (!file) $("#reference").value = "";
      $("#arrange").checked = false;
    }
    this.show();
  }

  showReference() {
    const { name, measured } = (this.reference && this.followed) || {};
    this.longest = measured?.duration_s;
    $("#reference-help").textContent = measured
      ? [name, measured.tempo_bpm && `${numberFormat(measured.tempo_bpm)} BPM`, measured.key && keyName(measured.key), `${Math.round(measured.duration_s)} ${t("seconds")}`].filter(Boolean).join(", ")
      : t("reference-help");
  }

  /** The body of POST /generate; what is left open is left out. */
  request() {
    const form = new FormData($("#brief"));
    const seed = $("#seed").value.trim();
    const parts = form.getAll("part");
    const lyrics = $("#lyrics").disabled || this.arranges ? "" : $("#lyrics").value.trim();
    const wanted = {
      genre: form.get("genre"),
      mood: form.get("mood") || undefined,
      key: this.arranges ? undefined : form.get("key") || undefined,
      tempo: this.arranges || $("#tempo-open").checked ? undefined : Number($("#tempo").value),
      duration: Number($("#duration").value),
      seed: seed === "" ? undefined : seedOf(seed),
      model: $("#model").value || undefined,
      prompt: $("#prompt").value.trim() || undefined,
      lyrics: lyrics || undefined,
      language: (lyrics && $("#language-of-lyrics").value) || undefined,
      reference: this.reference || undefined,
      strength: this.arranges ? Number($("#strength").value) : undefined,
      loudness: $("#loudness").value === "" ? undefined : Number($("#loudness").value),
      parts: $("input[name=part]").disabled || parts.length === this.words.parts.length ? undefined : parts,
      strict: $("#strict").checked || undefined,
      stems: true,
    };
    return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  }

  /** Set the form to a request. */
  fill(request) {
    const pick = (group, value) => {
      const input = $(`input[name="${group}"][value="${CSS.escape(value || "")}"]`);
      if (input) input.checked = true;
    };
    pick("genre", request.genre);
    pick("mood", request.mood);
    pick("key", request.key);
    for (const input of document.querySelectorAll("input[name=part]")) input.checked = !request.parts || request.parts.includes(input.value);
    $("#tempo-open").checked = request.tempo === undefined;
    if (request.tempo !== undefined) $("#tempo").value = request.tempo;
    if (request.duration !== undefined) $("#duration").value = request.duration;
    $("#seed").value = request.seed ?? "";
    $("#prompt").value = request.prompt || "";
    $("#lyrics").value = request.lyrics || "";
    $("#language-of-lyrics").value = request.language || "";
    $("#song").open ||= Boolean(request.lyrics);
    $("#loudness").value = request.loudness ?? "";
    $("#strict").checked = Boolean(request.strict);
    this.reference = request.reference || null;
    if (this.followed?.id !== this.reference) this.followed = null;
    $("#arrange").checked = request.strength !== undefined;
    $("#strength").value = request.strength ?? 1;
    if (request.model) $("#model").value = request.model;
    this.show();
  }
}

/** A request as the part of an address after #. */
export const toHash = (request) => {
  const kept = Object.entries(request).filter(([name]) => name !== "stems");
  return `#${new URLSearchParams(kept)}`;
};

/** The request in an address, or null. */
export function fromHash(hash) {
  const given = Object.fromEntries(new URLSearchParams(hash.slice(1)));
  if (!given.genre) return null;
  for (const name of ["tempo", "duration", "seed", "strength", "loudness"]) if (given[name] !== undefined) given[name] = Number(given[name]);
  if (given.parts !== undefined) given.parts = given.parts.split(",");
  if (given.strict !== undefined) given.strict = given.strict === "true";
  return { ...given, stems: true };
}
