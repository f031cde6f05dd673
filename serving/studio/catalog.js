// The catalog: hear a track, correct its labels without leaving the keyboard.

import { call, getJSON } from "./api.js";
import { $, clock, el, onPhone, toast } from "./dom.js";
import { showProblem } from "./problems.js";
import { keyName, numberFormat, t, toggleLanguage, translatePage } from "./words.js";

const PAGE = 50;
const state = { order: "review", search: "", tracks: [], total: null, at: -1, words: null };
let asking = new AbortController();
const audio = el("audio", { controls: true, preload: "none" });

const tell = (error) => showProblem($("#problem"), error, () => location.reload());

/** Read the list, or more of it; what was asked before and is not there yet is given up. */
async function load({ more = false } = {}) {
  const offset = more ? state.tracks.length : 0;
  const query = new URLSearchParams({ order: state.order, search: state.search, offset, limit: PAGE });
  asking.abort();
  asking = new AbortController();
  $("#count").textContent = `${t("loading")}…`;
  try {
    const answer = await (await call(`/catalog/tracks?${query}`, { signal: asking.signal })).json();
    state.tracks = more ? [...state.tracks, ...answer.tracks] : answer.tracks;
    if (!more || answer.total) state.total = answer.total;
    if (!more) state.at = -1;
    $("#problem").hidden = true;
  } catch (error) {
    if (error.name === "AbortError") return;
    tell(error);
  }
  showList();
}

/** What a person should listen for: the source against the model, or who is unsure. */
const doubt = (track, field) => {
  const why = track[`${field}_why`];
  if (!why || why === "unlabelled") return null;
  const source = track[`${field}_source_says`], model = track[`${field}_by_model`];
  return [t(why), source && t("source-says", { value: t(source) }), model && t("model-says", { value: t(model), sure: numberFormat(100 * (track[`${field}_model_confidence`] || 0), 0) })]
    .filter(Boolean).join(", ");
};

const labelText = (track) => [track.genre && t(track.genre), track.mood && t(track.mood)].filter(Boolean).join(", ") || "—";

/** A row's cells, in the order of the heads in the page. */
const cells = (track) => [
  el("span", {}, track.title || track.track_id.slice(0, 12)), el("span", { class: "soft" }, track.artist || "—"),
  el("span", { class: "soft number" }, clock(track.duration_s || 0)),
  el("span", { class: "soft number aside" }, track.tempo_bpm ? numberFormat(track.tempo_bpm, 0) : "—"),
  el("span", { class: "soft aside" }, track.key ? keyName(track.key) : "—"), el("span", { class: "soft" }, labelText(track)),
];

/** How many tracks there are; where none, why. */
function countText() {
  if (state.total === null) return "";
  if (state.total) return t("tracks", { n: numberFormat(state.total) });
  if (state.search) return t("no-match", { search: state.search });
  return t(state.order === "review" ? "all-heard" : "empty-catalog");
}

function showList() {
  $("#count").textContent = countText();
  $("#tracks").hidden = !state.tracks.length;
  $("#more").hidden = state.tracks.length >= state.total;
  $("#tracks").replaceChildren(...state.tracks.map((track, index) => el("div", {
    class: "track-row", role: "option", id: `track-${index}`, "aria-selected": String(index === state.at), onclick: () => select(index, { play: true }),
  }, cells(track))));
  if (state.at >= 0) $("#tracks").setAttribute("aria-activedescendant", `track-${state.at}`);
}

function select(index, { play = false } = {}) {
  if (index < 0 || index >= state.tracks.length) return;
  const changed = index !== state.at;
  state.at = index;
  showList();
  showTrack();
  if (onPhone.matches) $("#track").scrollIntoView({ block: "start" });
  else $(`#track-${index}`).scrollIntoView({ block: "nearest" });
  if (changed) audio.src = `/catalog/tracks/${current().track_id}/audio`;
  if (play) audio.play().catch(() => {});
}

const current = () => state.tracks[state.at];

function chips(field, values, shift) {
  const track = current();
  return el("div", { class: "labels", role: "group", "aria-label": t(field) },
    values.map((value, index) => el("button", { type: "button", "aria-pressed": String(track[field] === value), onclick: () => setLabel(field, value) },
      t(value), index < 10 ? el("kbd", { "aria-hidden": "true" }, `${shift ? "⇧" : ""}${(index + 1) % 10}`) : null)),
    el("button", { type: "button", class: "quiet", onclick: () => setLabel(field, "") }, t("nothing-fits")));
}

const certainty = (confidence, origin) => [
  confidence ? `${numberFormat(confidence * 100, 0)} %` : null, origin ? t(`by-${origin}`) : null,
].filter(Boolean).join(", ");

function showTrack() {
  const track = current();
  const facts = [
    ["artist", track.artist], ["tempo", track.tempo_bpm && `${numberFormat(track.tempo_bpm)} BPM (${certainty(track.tempo_confidence)})`],
    ["key", track.key && `${keyName(track.key)} (${certainty(track.key_confidence)})`], ["genre", track.genre && `${t(track.genre)} (${certainty(track.genre_confidence, track.genre_origin)})`],
    ["mood", track.mood && `${t(track.mood)} (${certainty(track.mood_confidence, track.mood_origin)})`], ["genre-doubt", doubt(track, "genre")], ["mood-doubt", doubt(track, "mood")], ["licence", track.licence], ["quality", track.quality?.split(",").map((one) => t(one)).join(", ")], ["split", track.split && t(track.split)],
  ];
  $("#track").replaceChildren(
    el("h2", {}, track.title || track.track_id.slice(0, 12)), audio,
    el("dl", {}, facts.filter(([name, value]) => value || !name.endsWith("-doubt")).map(([name, value]) => [el("dt", {}, t(name)), el("dd", {}, value || t("unknown"))])),
    chips("genre", state.words.genres), chips("mood", state.words.moods.map((mood) => mood.name), true),
    el("div", { class: "row" },
      el("button", { type: "button", class: "grow", onclick: confirmLabels }, t("confirm")),
      el("button", { type: "button", onclick: () => select(state.at + 1, { play: !audio.paused }) }, t("next"))),
    el("p", { class: "help shortcuts" }, t("shortcuts")));
}

async function setLabel(field, value) {
  const track = current();
  try {
    await call(`/catalog/tracks/${track.track_id}/labels`, { method: "POST", json: { field, value } });
    Object.assign(track, { [field]: value || null, [`${field}_confidence`]: 1, [`${field}_origin`]: "person", [`${field}_why`]: null });
    toast(t("label-saved", { value: value ? t(value) : t("nothing-fits") }));
    showList();
    showTrack();
    return true;
  } catch (error) {
    const problem = el("p", { class: "problem", role: "alert" });
    $("#track .problem")?.remove();
    $("#track").append(problem);
    showProblem(problem, error, () => setLabel(field, value));
    return false;
  }
}

async function confirmLabels() {
  const { genre, mood } = current();
  if (genre && !(await setLabel("genre", genre))) return;
  if (mood && !(await setLabel("mood", mood))) return;
  select(state.at + 1, { play: !audio.paused });
}

function keys(event) {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const digit = /^Digit(\d)$/.exec(event.code);
  const onButton = event.target.closest("button, a, audio");
  if (digit && current()) {
    const index = (Number(digit[1]) + 9) % 10;
    const values = event.shiftKey ? state.words.moods.map((mood) => mood.name) : state.words.genres;
    if (values[index]) setLabel(event.shiftKey ? "mood" : "genre", values[index]);
  } else if (event.key === "j" || event.key === "ArrowDown") select(state.at + 1, { play: !audio.paused });
  else if (event.key === "k" || event.key === "ArrowUp") select(state.at - 1, { play: !audio.paused });
  else if (event.code === "Space" && !onButton && current()) (audio.paused ? audio.play().catch(() => {}) : audio.pause());
  else if (event.key === "Enter" && !onButton && current()) confirmLabels();
  else return;
  event.preventDefault();
}

function order(name) {
  state.order = name;
  for (const one of ["review", "all"]) $(`#order-${one}`).setAttribute("aria-pressed", String(one === name));
  load();
}

async function start() {
  translatePage();
  try {
    state.words = await getJSON("/genres");
  } catch (error) {
    tell(error);
    return;
  }
  let settling;
  $("#search").addEventListener("input", (event) => {
    clearTimeout(settling);
    settling = setTimeout(() => { state.search = event.target.value.trim(); load(); }, 250);
  });
  $("#order-review").addEventListener("click", () => order("review"));
  $("#order-all").addEventListener("click", () => order("all"));
  $("#more").addEventListener("click", () => load({ more: true }));
  $("#language").addEventListener("click", () => { toggleLanguage(); showList(); if (current()) showTrack(); });
  audio.addEventListener("error", () => toast(t("broken")));
  document.addEventListener("keydown", keys);
  await load();
  document.body.dataset.ready = "true";
}

start();
