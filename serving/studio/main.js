// The studio: the form asks, the stage plays.

import { Problem, call, cancel, generate, getJSON, openSession } from "./api.js";
import { Brief, fromHash, toHash } from "./brief.js";
import { $, el, toast } from "./dom.js";
import { Live } from "./live.js";
import { Player } from "./player.js";
import { Preview } from "./preview.js";
import { showTake, titleOf } from "./take.js";
import { Takes } from "./takes.js";
import { keyName, t, toggleLanguage, translatePage } from "./words.js";

const FIELD_OF_FAULT = { tempo: "#tempo", seed: "#seed", prompt: "#prompt", lyrics: "#lyrics", language: "#lyrics", strength: "#strength", loudness: "#loudness", parts: "input[name=part]", model: "#model", reference: "#reference", duration: "#duration" };

const IDEAS = [
  { genre: "lo-fi", mood: "dreamy", tempo: 76, duration: 30 },
  { genre: "jazz", mood: "calm", tempo: 92, key: "F minor", duration: 30 },
  { genre: "cinematic", mood: "epic", tempo: 120, duration: 45 },
  { genre: "hip-hop", tempo: 90, duration: 20, parts: ["drums", "bass"] },
];

const player = new Player();
const preview = new Preview();
let brief;
let live;
let takes;
let shown = null;
let leaveTake = () => {};

function openTake(take, { play = false, position = 0 } = {}) {
  leaveTake();
  shown = take;
  player.load(take.answer, { position });
  $("#empty").hidden = true;
  leaveTake = showTake($("#take"), take.answer, player, {
    onShare: () => share(take),
    onAgain: () => { const { seed, ...rest } = take.request; brief.fill(rest); submit(); },
    onArrange: () => arrange(take.answer),
  });
  takes.show(take.answer.id);
  return play ? player.play() : Promise.resolve();
}

async function share({ answer, request }) {
  const address = new URL(toHash({ ...request, seed: answer.seed, model: answer.model }), location.href).href;
  history.replaceState(null, "", address);
  await navigator.clipboard?.writeText(address).catch(() => {});
  toast(t("shared"));
}

/** Take an earlier take as what to arrange in another genre. */
function arrange(answer) {
  brief.follow({ ...answer, name: titleOf(answer) });
  $("#arrange").checked = true;
  $("#song").open = true;
  brief.show();
  $("#genres input:checked").focus();
}

function showProblem(error) {
  const node = $("#form-problem");
  node.replaceChildren(error.message);
  node.hidden = false;
  if (!(error instanceof Problem)) return;
  if (error.status === 401) node.append(keyForm());
  let first;
  for (const field of error.faults.keys()) {
    const input = FIELD_OF_FAULT[field] && $(FIELD_OF_FAULT[field]);
    if (!input) continue;
    input.closest("details")?.setAttribute("open", "");
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-errormessage", "form-problem");
    first ??= input;
  }
  first?.focus();
}

function clearProblem() {
  $("#form-problem").hidden = true;
  for (const node of document.querySelectorAll("[aria-invalid]")) node.removeAttribute("aria-invalid");
}

function keyForm() {
  const input = el("input", { type: "password", id: "api-key", autocomplete: "off", "aria-label": t("api-key") });
  const save = el("button", { type: "button", onclick: () => openSession(input.value.trim()).then(() => location.reload(), showProblem) }, t("save"));
  return el("span", { class: "row" }, input, save);
}

function showProgress(status) {
  const left = status.wait_s > 1 ? `, ${t("time-left", { s: Math.round(status.wait_s) })}` : "";
  const stage = status.state === "queued" ? t("queued") : t(status.stage);
  $("#progress-text").textContent = `${stage}${left}${preview.playing ? ` · ${t("previewing")}` : ""}`;
  $("#progress-bar").value = status.percent;
}

async function submit() {
  clearProblem();
  const request = brief.request();
  $("#generate").disabled = true;
  $("#progress").hidden = false;
  showProgress({ state: "queued", percent: 0 });
  try {
    const answer = await generate(request, {
      onJob: (job) => {
        $("#cancel").onclick = () => cancel(job.id).catch(showProblem);
        listen(job.id, request);
      },
      onProgress: showProgress,
    });
    if (!answer) return;
    if (live.running) live.stop();
    const take = { answer, request };
    takes.add(answer, request);
    await openTake(take, { play: true, position: preview.position });
    if (matchMedia("(max-width: 860px)").matches) $("#stage").scrollIntoView({ behavior: "smooth" });
  } catch (error) {
    showProblem(error);
  } finally {
    preview.stop();
    $("#generate").disabled = false;
    $("#progress").hidden = true;
  }
}

/** Hear a piece while it is made, where the engine can and nothing has to be listened to first. */
function listen(jobId, request) {
  if (!brief.can("live") || request.strength !== undefined) return;
  player.pause();
  if (live.running) live.stop();
  preview.start(jobId);
}

async function upload(file) {
  clearProblem();
  brief.follow(null, file);
  if (!file) return;
  $("#reference-help").textContent = t("listening");
  try {
    const response = await call("/references", { method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream" } });
    const reference = await response.json();
    brief.follow({ ...reference, name: file.name });
  } catch (error) {
    brief.follow(null);
    showProblem(error);
  }
}

/** A few wishes for whom the empty page is too empty. */
function showIdeas() {
  const words = ({ genre, mood, tempo, key, parts }) => [
    [mood && t(mood), t(genre)].filter(Boolean).join(" "), `${tempo} BPM`, key && keyName(key), parts?.map((part) => t(`part-${part}`)).join(" + "),
  ].filter(Boolean).join(" · ");
  $("#ideas").replaceChildren(...IDEAS.map((idea) => el("button", { type: "button", onclick: () => { brief.fill(idea); submit(); } }, words(idea))));
}

function shortcuts(event) {
  const typing = event.target.closest("input, textarea, select, button, summary, a, [role=slider]");
  if (event.code === "Space" && !typing && shown) {
    event.preventDefault();
    player.toggle();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
}

async function start() {
  translatePage();
  let words;
  let models;
  try {
    [words, models] = await Promise.all([getJSON("/genres"), getJSON("/models")]);
  } catch (error) {
    showProblem(error);
    return;
  }
  brief = new Brief(words, models);
  showIdeas();
  live = new Live(brief);
  takes = new Takes({
    onOpen: (take) => openTake(take, { play: true }),
    onSwitch: (take) => openTake(take, { play: player.playing, position: player.position }),
  });
  $("#brief").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  $("#live").addEventListener("click", () => { player.pause(); live.toggle(); });
  $("#forget").addEventListener("click", () => takes.clear());
  $("#reference").addEventListener("change", (event) => upload(event.target.files[0]));
  $("#language").addEventListener("click", () => { toggleLanguage(); brief.build(); showIdeas(); if (shown) openTake(shown, { play: player.playing, position: player.position }); else takes.show(null); });
  player.addEventListener("broken", () => toast(t("broken")));
  document.addEventListener("keydown", shortcuts);
  const linked = fromHash(location.hash);
  if (linked) {
    brief.fill(linked);
    submit();
  } else if (takes.list.length) {
    openTake(takes.list[0]);
  }
  document.body.dataset.ready = "true";
}

start();
