// Engines and trained models: their terms and figures, and how they sound on the same request.

import { generate, getJSON, localPath } from "./api.js";
import { $, el } from "./dom.js";
import { drawSeed, seedOf } from "./seed.js";
import { factsOf, trainedOn } from "./take.js";
import { stageName } from "./phrases.js";
import { showProblem } from "./problems.js";
import { numberFormat, t, toggleLanguage, translatePage } from "./words.js";

const MORE = 1;
const LESS = -1;
const NEITHER = 0;

/** What each kind of model is judged by, and which way is better. */
const FIGURES = {
  classifier: { genre_macro_f1: MORE, mood_macro_f1: MORE, genre_labelled_share: MORE, mood_labelled_share: MORE, genre_calibration_error: LESS, mood_calibration_error: LESS },
  musicgen: { loss_start: NEITHER, loss_end: LESS, unigram_entropy: NEITHER, steps: NEITHER },
};

const NUMBERS = new Set(Object.values(FIGURES).flatMap(Object.keys));

let known;
let words;

function table(heads, rows) {
  return el("table", { class: "list" },
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col", class: NUMBERS.has(head) ? "number" : null }, t(head))))),
    el("tbody", {}, rows));
}

const row = (cells, attributes = {}) => el("tr", attributes, cells.map((cell, index) =>
  cell instanceof HTMLTableCellElement ? cell : el(index ? "td" : "th", index ? {} : { scope: "row" }, cell ?? "—")));

/** What is registered of an engine that is not loaded yet. */
const registered = ({ name }) => known.registry.find((one) => one.model_id === name)
  ?? known.registry.find((one) => one.kind === name && one.status === "production");

function engineRow(engine) {
  const { licence, commercial_use: commercial } = engine.licence ? engine : registered(engine) ?? {};
  return row([
    engine.name, [t(engine.state), engine.problem].filter(Boolean).join(": "), licence && el("span", { class: "id" }, licence), licence ? t(commercial ? "yes" : "no") : null,
    engine.model_id || engine.training_data ? trainedOn(engine.training_data) : null,
    engine.max_duration_s ? `${engine.max_duration_s} ${t("seconds")}` : null,
  ]);
}

/** A figure beside the one of the model in production. */
function figure(name, better, model, production) {
  const value = model.metrics[name];
  const other = production?.metrics[name];
  if (typeof value !== "number") return el("td", { class: "number" }, "—");
  const gain = model === production || typeof other !== "number" ? 0 : Math.sign(value - other) * better;
  const verdict = gain > 0 ? "better" : "worse";
  const mark = gain ? el("span", { class: verdict, role: "img", title: t(verdict), "aria-label": t(verdict) }, gain > 0 ? " ✓" : " ✗") : null;
  return el("td", { class: "number" }, numberFormat(value, 3), mark);
}

function registryOf(kind) {
  const models = known.registry.filter((one) => one.kind === kind);
  const production = models.find((one) => one.status === "production");
  const names = Object.entries(FIGURES[kind] ?? {});
  return el("div", { class: "kind" },
    el("h3", {}, t(`kind-${kind}`)),
    table(["model", "status", "snapshot", "licence", ...names.map(([name]) => name), "made"], models.map((one) => row([
      one.model_id, one.flag ? `${t(one.status)} (${one.flag})` : t(one.status), one.snapshot, el("span", { class: "id" }, one.licence),
      ...names.map(([name, better]) => figure(name, better, one, production)),
      new Date(one.created_at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }),
    ], { class: one === production ? "serving" : null }))));
}

function showGenres() {
  const chosen = $("#genre").value;
  $("#genre").replaceChildren(...words.genres.map((genre) => el("option", { value: genre, selected: genre === chosen }, t(genre))));
}

function show() {
  $("#engines").replaceChildren(table(["engine", "state", "licence", "commercial", "trained", "longest"], known.models.map(engineRow)));
  const kinds = [...new Set(known.registry.map((one) => one.kind))];
  $("#registry").replaceChildren(...(kinds.length ? kinds.map(registryOf) : [el("p", { class: "help" }, t("empty-registry"))]));
}

async function listen(event) {
  event.preventDefault();
  $("#seed").value ||= drawSeed();
  const request = { genre: $("#genre").value, seed: seedOf($("#seed").value), duration: 15 };
  const cards = known.models.map((model) => {
    const body = el("div", { class: "help", role: "status" }, t("queued"));
    return { model, body, card: el("article", { class: "card" }, el("h3", {}, model.name), body) };
  });
  $("#grid").replaceChildren(...cards.map(({ card }) => card));
  $("#listen-form button").disabled = true;
  for (const { model, body } of cards) {
    try {
      const answer = await generate({ ...request, model: model.name }, {
        onProgress: (status) => { body.textContent = `${stageName(status.stage)} ${Math.round(status.percent)} %`; },
        onLost: () => { body.textContent = t("reconnecting"); },
      });
      body.replaceChildren(el("audio", { controls: true, src: localPath(answer.audio_url), "aria-label": model.name }), el("p", {}, factsOf(answer)), el("p", {}, answer.provenance.licence));
    } catch (error) {
      const problem = el("p", { class: "problem", role: "alert" });
      body.replaceChildren(problem);
      showProblem(problem, error, () => location.reload());
    }
  }
  $("#listen-form button").disabled = false;
  known = await getJSON("/models").catch(() => known);
  show();
}

async function start() {
  translatePage();
  try {
    [known, words] = await Promise.all([getJSON("/models"), getJSON("/genres")]);
    showGenres();
    show();
  } catch (error) {
    showProblem($("#problem"), error, () => location.reload());
  }
  $("#listen-form").addEventListener("submit", listen);
  $("#language").addEventListener("click", () => { toggleLanguage(); showGenres(); show(); });
  document.body.dataset.ready = "true";
}

start();
