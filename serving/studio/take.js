// One take on the page: player, lanes, asked against measured, downloads, licence.

import { localPath } from "./api.js";
import { PAUSE, PLAY, clock, el, icon } from "./dom.js";
import { correctionText } from "./phrases.js";
import { peaksOf, Wave } from "./wave.js";
import { keyName, numberFormat, partName, t } from "./words.js";

/** Stretches of a lane beyond which only the one that sounds is named: on phones, and everywhere. */
const MANY = 20;
const CROWD = 80;

export const titleOf = (answer) => {
  const { genre } = answer.asked;
  const mood = answer.asked.mood || answer.score?.mood;
  const words = mood ? `${t(mood)} ${t(genre)}` : t(genre);
  return words.charAt(0).toLocaleUpperCase(document.documentElement.lang) + words.slice(1);
};

export const factsOf = ({ measured }) => [
  measured.tempo_bpm ? `${numberFormat(measured.tempo_bpm)} BPM` : null,
  measured.key ? keyName(measured.key) : null,
  `${numberFormat(measured.duration_s)} ${t("seconds")}`,
].filter(Boolean).join(" · ");

const verdict = (right) => {
  if (right === null || right === undefined) return "";
  return el("span", { class: right ? "ok" : "missed" }, right ? `✓ ${t("hit")}` : `✗ ${t("missed")}`);
};

/** What was asked beside what was measured; nothing asked is never shown as measured. */
function comparison({ asked, measured, adherence }) {
  const bpm = (value) => (value ? `${numberFormat(value)} BPM` : null);
  const seconds = (value) => `${numberFormat(value)} ${t("seconds")}`;
  const rows = [
    ["tempo", bpm(asked.tempo_bpm), bpm(measured.tempo_bpm), adherence.tempo],
    ["key", asked.key && keyName(asked.key), measured.key && keyName(measured.key), adherence.key],
    ["length", seconds(asked.duration_s), seconds(measured.duration_s), adherence.duration],
    ["loudness", asked.loudness_lufs ? `${numberFormat(asked.loudness_lufs)} LUFS` : "—", measured.loudness_lufs && `${numberFormat(measured.loudness_lufs)} LUFS`, adherence.loudness],
  ];
  return el("table", { class: "compare" },
    el("thead", {}, el("tr", {}, el("td"), el("th", { scope: "col" }, t("asked")), el("th", { scope: "col" }, t("measured")), el("td"))),
    el("tbody", {}, rows.map(([name, want, got, right]) => el("tr", {},
      el("th", { scope: "row" }, t(name)), el("td", {}, want || t("open")), el("td", {}, got || t("unmeasured")), el("td", {}, verdict(right))))));
}

/** The snapshot that a model learnt from, with its licences by number of tracks, or its base. */
export function trainedOn(data) {
  if (!data) return t("nothing");
  if (!data.snapshot) return data.base;
  const licences = Object.entries(data.licences || {}).sort(([, a], [, b]) => b - a).map(([name, tracks]) => `${tracks} ${name}`);
  return `${t("snapshot")} ${data.snapshot}${licences.length ? `: ${licences.join(", ")}` : ""}`;
}

function provenance({ provenance: origin, provenance_url: url }) {
  const licence = origin.licence_url ? el("a", { href: origin.licence_url, rel: "license noopener" }, origin.licence) : origin.licence;
  const rows = [
    ["licence", licence], ["commercial", t(origin.commercial_use ? "yes" : "no")], ["attribution", origin.attribution],
    ["model", origin.model], ["trained", trainedOn(origin.training_data)], ["seed", String(origin.seed)], ["source", origin.digital_source_type.split("/").at(-1)],
    ["made", new Date(origin.created_at).toLocaleString(document.documentElement.lang)],
  ];
  return el("details", { class: "provenance" },
    el("summary", {}, `${t("provenance")}: ${origin.licence}`),
    el("dl", {}, rows.map(([name, value]) => [el("dt", {}, t(name)), el("dd", {}, value)])),
    el("a", { href: localPath(url), class: "help" }, "JSON"));
}

/** Where a stretch of the music lies, as a strip that follows the playhead. */
function lane(stretches, duration, label) {
  const crowd = stretches.length > CROWD ? "crowded" : stretches.length > MANY ? "many" : "";
  const node = el("div", { class: `lane ${crowd}`, role: "img", "aria-label": `${label}: ${stretches.map((s) => s.text).join(", ")}` });
  const spans = stretches.filter((s) => s.start_s < duration).map((stretch) => {
    const span = el("span", {}, stretch.text);
    span.style.left = `${(stretch.start_s / duration) * 100}%`;
    span.style.width = `${((Math.min(stretch.end_s, duration) - stretch.start_s) / duration) * 100}%`;
    return [stretch, span];
  });
  node.append(...spans.map(([, span]) => span));
  const move = (now) => spans.forEach(([s, span]) => span.classList.toggle("now", now >= s.start_s && now < s.end_s));
  return { node, move };
}

function lanesOf(answer) {
  const { sections, chords } = answer.score || {};
  const duration = answer.measured.duration_s;
  return [
    sections?.length && lane(sections.map((s) => ({ ...s, text: t(s.name) })), duration, t("sections")),
    chords?.length && lane(chords.map((c) => ({ ...c, text: c.symbol })), duration, t("chords")),
  ].filter(Boolean);
}

/** The sung lines; the syllable that sounds is marked, and its line stays in sight. */
function lyricsOf(answer) {
  const lines = answer.score?.lyrics;
  if (!lines?.length) return null;
  const rows = lines.map((line) => {
    const spans = line.map((syllable) => [syllable, el("span", {}, syllable.text)]);
    return { spans, node: el("p", {}, spans.map(([, span]) => span)), start: line[0].start_s, end: line.at(-1).end_s };
  });
  const node = el("div", { class: "lyrics", role: "region", tabindex: 0, "aria-label": t("lyrics") }, rows.map((row) => row.node));
  const move = (now) => rows.forEach((row) => {
    const sounds = now >= row.start && now < row.end;
    if (sounds && !row.node.classList.contains("now")) node.scrollTop = row.node.offsetTop - node.offsetTop - node.clientHeight / 3;
    row.node.classList.toggle("now", sounds);
    for (const [s, span] of row.spans) span.classList.toggle("now", now >= s.start_s && now < s.end_s);
  });
  return { node, move };
}

function mixer(answer, player) {
  if (!answer.stems) return null;
  const list = el("div", { class: "stems" });
  const toggle = (name, what, text) => {
    const button = el("button", { type: "button", "aria-pressed": "false", "aria-label": `${t(what === "solo" ? "solo" : "mute")} ${partName(name)}` }, text);
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(pressed));
      player.set(name, { [what]: pressed });
    });
    return button;
  };
  const addPart = (name) => list.append(el("div", { class: "stem" },
    el("span", {}, partName(name)), toggle(name, "muted", t("mute")), toggle(name, "solo", t("solo")),
    el("input", { type: "range", min: 0, max: 1.5, step: 0.01, value: 1, "aria-label": `${t("volume")} ${partName(name)}`, oninput: (event) => player.set(name, { volume: Number(event.target.value) }) })));
  const opener = el("button", { type: "button", class: "open-mixer" }, t("load-stems"));
  opener.addEventListener("click", async () => {
    opener.disabled = true;
    try {
      await player.openMixer(addPart);
      opener.remove();
    } catch (error) {
      list.replaceChildren(el("p", { class: "problem" }, error.message));
      opener.disabled = false;
    }
  });
  return el("section", { "aria-label": t("stems"), class: "stems" }, opener, list);
}

function downloads(answer) {
  const link = (url, text) => el("a", { class: "button", href: `${localPath(url)}${url.includes("?") ? "&" : "?"}download=true`, download: true }, text);
  return el("div", { class: "downloads", role: "group", "aria-label": t("download") },
    Object.entries(answer.downloads).map(([name, url]) => link(url, name === "wav24" ? "WAV 24" : name.toUpperCase())),
    answer.stems_url ? link(answer.stems_url, t("stems")) : null,
    answer.loops_url ? link(answer.loops_url, t("loops")) : null,
    answer.midi_url ? link(answer.midi_url, "MIDI") : null,
    answer.chords_url ? link(answer.chords_url, t("chords")) : null,
    answer.lyrics_url ? link(answer.lyrics_url, t("lrc")) : null);
}

/** Fill `root` with a take; `actions` has onShare, onAgain, onArrange, and onRemake for one whose audio is gone. */
export function showTake(root, answer, player, actions) {
  const play = el("button", { type: "button", class: "play", "aria-label": t("play") }, icon(PLAY));
  const time = el("span", { class: "clock" });
  const canvas = el("canvas", { class: "wave", tabindex: 0, role: "slider", "aria-label": t("waveform"), "aria-valuemin": 0, "aria-valuemax": answer.measured.duration_s, "aria-valuenow": 0 });
  const wave = new Wave(canvas, { onSeek: (seconds) => player.seek(seconds) });
  const lanes = lanesOf(answer);
  const lyrics = lyricsOf(answer);
  const facts = [`${t("seed")} ${answer.seed}`, answer.model, answer.cached ? t("cached") : null].filter(Boolean).join(" · ");
  root.replaceChildren(...[
    el("div", { class: "take-head" }, play, el("div", { class: "take-name" }, el("h2", {}, titleOf(answer)), el("p", { class: "help" }, facts)), time),
    el("div", {}, canvas, lanes.map((one) => one.node)),
    lyrics?.node,
    comparison(answer),
    answer.corrections?.length ? el("p", { class: "help" }, `${t("correction")}: ${answer.corrections.map(correctionText).join("; ")}`) : null,
    mixer(answer, player),
    downloads(answer),
    el("div", { class: "row wrap" },
      el("button", { type: "button", onclick: actions.onShare }, t("share")),
      el("button", { type: "button", onclick: actions.onAgain }, t("again")),
      el("button", { type: "button", onclick: actions.onArrange }, t("rearrange"))),
    provenance(answer),
  ].filter(Boolean));
  root.hidden = false;

  const stop = new AbortController();
  const listen = (name, handler) => player.addEventListener(name, handler, { signal: stop.signal });
  const move = () => {
    const now = player.position;
    wave.move(now);
    lanes.forEach((one) => one.move(now));
    lyrics?.move(now);
    time.textContent = `${clock(now)} / ${clock(answer.measured.duration_s)}`;
  };
  const state = () => {
    play.replaceChildren(icon(player.playing ? PAUSE : PLAY));
    play.setAttribute("aria-label", t(player.playing ? "pause" : "play"));
  };
  play.addEventListener("click", () => player.toggle());
  listen("move", move);
  listen("state", () => { state(); move(); });
  wave.show({ peaks: null, duration: answer.measured.duration_s, beat: answer.score?.beat_s ? answer.score : null });
  move();
  player.decode(answer.downloads.wav)
    .then((buffer) => wave.show({ peaks: peaksOf(buffer), duration: answer.measured.duration_s, beat: wave.beat }))
    .catch(() => root.append(el("p", { class: "problem row wrap", role: "alert" }, t("broken"), el("button", { type: "button", onclick: actions.onRemake }, t("remake")))));
  return () => stop.abort();
}
