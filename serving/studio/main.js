// The studio: the form asks, the stage plays.

import { call, cancel, follow, generate, getJSON } from "./api.js";
import { Brief, fromHash, toHash } from "./brief.js";
import { $, el, onPhone, toast } from "./dom.js";
import { Live } from "./live.js";
import { Player } from "./player.js";
import { Preview } from "./preview.js";
import { stageName } from "./phrases.js";
import { showProblem } from "./problems.js";
import { showTake, titleOf } from "./take.js";
import { Takes } from "./takes.js";
import { keyName, t, toggleLanguage, translatePage } from "./words.js";

const FIELD_OF_FAULT = { tempo: "#tempo", seed: "#seed", prompt: "#prompt", lyrics: "#lyrics", language: "#lyrics", strength: "#strength", loudness: "#loudness", parts: "input[name=part]", model: "#model", reference: "#reference", duration: "#duration" };

/** The job that this tab waits for, so that a reload loses nothing. */
const PENDING = "shiroa.pending";

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
let listening = null;

/** Show a take, and play it: from `position`, or in place of a `preview` of it that is heard. */
function openTake(take, { play = false, position = 0, preview: heard = null } = {}) {
  leaveTake();
  shown = take;
  player.load(take.answer, { position });
  $("#empty").hidden = true;
  leaveTake = showTake($("#take"), take.answer, player, {
    onShare: () => share(take),
    onAgain: () => { const { seed, ...rest } = take.request; brief.fill(rest); submit(); },
    onRemake: () => { brief.fill(exactly(take)); submit(); },
    onArrange: () => arrange(take.answer),
  });
  takes.show(take.answer.id);
  if (heard?.playing) return player.takeOver(heard.audio);
  return play ? player.play() : Promise.resolve();
}

/** The request that gives a take's very music. */
const exactly = ({ answer, request }) => ({ ...request, seed: answer.seed, model: answer.model });

async function share(take) {
  const address = new URL(toHash(exactly(take)), location.href).href;
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

/** Show what is wrong with the request, and mark its fields; `onOpen` goes on once a missing key is given. */
function tell(error, onOpen = submit) {
  showProblem($("#form-problem"), error, () => { clearProblem(); onOpen(); });
  let first;
  for (const field of error.fields ?? []) {
    const input = FIELD_OF_FAULT[field] && $(FIELD_OF_FAULT[field]);
    if (!input) continue;
    input.closest("details")?.setAttribute("open", "");
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-errormessage", "form-problem");
    first ??= input;
  }
  if (first) first.focus();
  else $("#form-problem").scrollIntoView({ block: "nearest" });
}

/** On a phone the music is below the form. */
function showStage() {
  if (onPhone.matches) $("#stage").scrollIntoView({ behavior: "smooth" });
}

function clearProblem() {
  $("#form-problem").hidden = true;
  $("#reference-problem").hidden = true;
  for (const node of document.querySelectorAll("[aria-invalid]")) node.removeAttribute("aria-invalid");
}

function showProgress(status) {
  const left = status.wait_s > 1 ? `, ${t("time-left", { s: Math.round(status.wait_s) })}` : "";
  const stage = stageName(status.state === "running" ? status.stage : status.state);
  $("#progress-text").textContent = `${stage}${left}${preview.playing ? ` · ${t("previewing")}` : ""}`;
  $("#progress-bar").value = status.percent;
}

/** Make what the form asks for, or wait on for the `pending` job of an earlier visit. */
async function submit({ pending = null } = {}) {
  if ($("#generate").disabled) return;
  clearProblem();
  const waiting = new AbortController();
  $("#generate").disabled = true;
  $("#progress").hidden = false;
  $("#cancel").onclick = () => waiting.abort();
  showProgress({ state: listening ? "listening" : "queued", percent: 0 });
  showStage();
  let request;
  const onJob = (job) => {
    sessionStorage.setItem(PENDING, JSON.stringify({ id: job.id, request }));
    $("#cancel").onclick = () => cancel(job.id).catch((error) => { waiting.abort(); tell(error); });
    hear(job.id, request);
  };
  const onLost = () => showProgress({ state: "reconnecting", percent: $("#progress-bar").value });
  const listeners = { onProgress: showProgress, onLost, signal: waiting.signal };
  try {
    if ((listening && !(await listening)) || waiting.signal.aborted) return;
    request = pending?.request ?? brief.request();
    if (pending) onJob(pending);
    const answer = pending ? await follow(pending.id, listeners) : await generate(request, { onJob, ...listeners });
    if (!answer) return;
    takes.add(answer, request);
    await openTake({ answer, request }, { play: true, preview });
    showStage();
  } catch (error) {
    if (error.name !== "AbortError") tell(error);
  } finally {
    sessionStorage.removeItem(PENDING);
    preview.stop();
    $("#generate").disabled = false;
    $("#progress").hidden = true;
  }
}

/** Hear a piece while it is made, where the engine can and nothing has to be listened to first. */
function hear(jobId, request) {
  if (!brief.can("live") || request.strength !== undefined) return;
  player.pause();
  if (live.running) live.stop();
  preview.start(jobId);
}

/** Only one thing sounds: what was started last. */
function hush() {
  if (!player.sounding) return;
  preview.stop();
  if (live.running) live.stop();
}

/** Send a recording to follow; whether it was understood. */
async function upload(file) {
  clearProblem();
  brief.follow(null, file);
  $("#reference-help").textContent = t("listening");
  try {
    const response = await call("/references", { method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream" } });
    const reference = await response.json();
    brief.follow({ ...reference, name: file.name });
    return true;
  } catch (error) {
    brief.follow(null);
    showProblem($("#reference-problem"), error, () => refer(file));
    $("#reference-problem").scrollIntoView({ block: "center" });
    return false;
  }
}

/** Follow a file that was chosen or dropped, or none. A request waits until it has been listened to. */
function refer(file) {
  if (!file) {
    clearProblem();
    brief.follow(null);
    return;
  }
  $("#song").open = true;
  const sent = upload(file).finally(() => { if (listening === sent) listening = null; });
  listening = sent;
}

/** A recording may be dropped anywhere: without this the browser would leave the page for it. */
function drop(event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  if (event.type !== "drop") return;
  $("#reference").value = "";
  refer(event.dataTransfer.files[0]);
}

/** A few wishes for whom the empty page is too empty. */
function showIdeas() {
  const words = ({ genre, mood, tempo, key, parts }) => [
    [mood && t(mood), t(genre)].filter(Boolean).join(" "), `${tempo} BPM`, key && keyName(key), parts?.map((part) => t(`part-${part}`)).join(" + "),
  ].filter(Boolean).join(" · ");
  $("#ideas").replaceChildren(...IDEAS.map((idea) => el("button", { type: "button", onclick: () => { brief.fill(idea); ask(); } }, words(idea))));
}

function shortcuts(event) {
  const typing = event.target.closest("input, textarea, select, button, summary, a, [role=slider]");
  if (event.code === "Space" && !typing && (shown || preview.playing)) {
    event.preventDefault();
    if (preview.playing) preview.stop();
    else player.toggle();
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask();
}

/** Make what the form says now; the address no longer names what was shared. */
function ask() {
  history.replaceState(null, "", location.pathname);
  submit();
}

function forget() {
  const bringBack = takes.clear();
  toast(t("forgotten"), el("button", { type: "button", class: "quiet", onclick: () => { bringBack(); $("#toast").hidden = true; } }, t("undo")));
}

async function start() {
  translatePage();
  let words;
  let models;
  try {
    [words, models] = await Promise.all([getJSON("/genres"), getJSON("/models")]);
  } catch (error) {
    tell(error, start);
    return;
  }
  for (const name of ["#generate", "#live"]) $(name).disabled = false;
  brief = new Brief(words, models);
  showIdeas();
  live = new Live(brief);
  takes = new Takes({
    onOpen: (take) => openTake(take, { play: true }),
    onSwitch: (take) => openTake(take, { play: player.playing, position: player.position }),
  });
  $("#brief").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  $("#live").addEventListener("click", () => { player.pause(); preview.stop(); live.toggle(); if (live.running) showStage(); });
  $("#forget").addEventListener("click", forget);
  $("#reference").addEventListener("change", (event) => refer(event.target.files[0]));
  for (const name of ["dragover", "drop"]) document.addEventListener(name, drop);
  $("#language").addEventListener("click", () => { toggleLanguage(); brief.build(); showIdeas(); if (shown) openTake(shown, { play: player.playing, position: player.position }); else takes.show(null); });
  player.addEventListener("broken", () => toast(t("broken")));
  player.addEventListener("state", hush);
  document.addEventListener("keydown", shortcuts);
  const linked = fromHash(location.hash);
  const pending = JSON.parse(sessionStorage.getItem(PENDING));
  if (pending || linked) {
    brief.fill(pending?.request ?? linked);
    submit({ pending });
  } else if (takes.list.length) {
    openTake(takes.list[0]);
  }
  document.body.dataset.ready = "true";
}

start();
