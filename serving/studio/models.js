// Engines and trained models: their terms and figures, and how they sound on the same request.

import { generate, getJSON, localPath } from "./api.js";
import { $, el } from "./dom.js";
import { factsOf } from "./take.js";
import { numberFormat, t, toggleLanguage, translatePage } from "./words.js";

let known;
let words;

function table(heads, rows) {
  return el("table", { class: "list" },
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, t(head))))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell, index) => el(index ? "td" : "th", index ? {} : { scope: "row" }, cell ?? "—"))))));
}

const figures = (metrics) => Object.entries(metrics)
  .filter(([, value]) => typeof value === "number")
  .slice(0, 8)
  .map(([name, value]) => `${name} ${numberFormat(value, 3)}`)
  .join(", ");

function show() {
  $("#engines").replaceChildren(table(["engine", "state", "model", "licence", "commercial", "longest"], known.models.map((one) => [
    one.name, one.problem || one.state, one.model_id, one.licence, one.licence ? t(one.commercial_use ? "yes" : "no") : null,
    one.max_duration_s ? `${one.max_duration_s} ${t("seconds")}` : null,
  ])));
  $("#registry").replaceChildren(known.registry.length
    ? table(["model", "kind", "status", "snapshot", "licence", "metrics", "made"], known.registry.map((one) => [
      one.model_id, one.kind, one.flag ? `${one.status} (${one.flag})` : one.status, one.snapshot, one.licence, figures(one.metrics),
      new Date(one.created_at).toLocaleString(document.documentElement.lang),
    ]))
    : el("p", { class: "help" }, t("empty-registry")));
}

async function listen(event) {
  event.preventDefault();
  const request = { genre: $("#genre").value, seed: Number($("#seed").value), duration: 15 };
  const cards = known.models.map((model) => {
    const body = el("div", { class: "help", role: "status" }, t("queued"));
    return { model, body, card: el("article", { class: "card" }, el("h3", {}, model.name), body) };
  });
  $("#grid").replaceChildren(...cards.map(({ card }) => card));
  for (const { model, body } of cards) {
    try {
      const answer = await generate({ ...request, model: model.name }, { onJob: () => {}, onProgress: (status) => { body.textContent = `${status.stage} ${Math.round(status.percent)} %`; } });
      body.replaceChildren(el("audio", { controls: true, src: localPath(answer.audio_url), "aria-label": model.name }), el("p", {}, factsOf(answer)), el("p", {}, answer.provenance.licence));
    } catch (error) {
      body.replaceChildren(el("p", { class: "problem" }, error.message));
    }
  }
}

async function start() {
  translatePage();
  try {
    [known, words] = await Promise.all([getJSON("/models"), getJSON("/genres")]);
    $("#genre").replaceChildren(...words.genres.map((genre) => el("option", { value: genre }, t(genre))));
    show();
  } catch (error) {
    $("#problem").textContent = error.message;
    $("#problem").hidden = false;
  }
  $("#listen-form").addEventListener("submit", listen);
  $("#language").addEventListener("click", () => { toggleLanguage(); show(); });
  document.body.dataset.ready = "true";
}

start();
