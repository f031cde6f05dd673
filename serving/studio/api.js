// The HTTP interface: requests, jobs with progress, and problems as errors.

import { t } from "./words.js";

/** An RFC 9457 problem: `faults` maps a field to what is wrong with it. */
export class Problem extends Error {
  constructor(document, status) {
    super(document.detail || document.title || `HTTP ${status}`);
    this.status = status;
    this.kind = document.type || "";
    this.faults = new Map((document.errors || []).map((fault) => [fault.field, fault.detail]));
  }
}

/** Open the service for this browser: the key becomes a cookie that no script can read. */
export const openSession = (key) => call("/session", { method: "POST", headers: { Authorization: `Bearer ${key}` } });

/** Turn a broken connection into words for the reader; an abort stays one. */
function unreachable(error) {
  throw error instanceof TypeError ? new Problem({ detail: t("unreachable") }, 0) : error;
}

/** A fetch that throws a Problem when the answer is one. */
export async function call(path, { method = "GET", json, body, headers = {}, signal } = {}) {
  const response = await fetch(path, {
    method,
    signal,
    body: json === undefined ? body : JSON.stringify(json),
    headers: {
      Accept: "application/json",
      ...(json === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
  }).catch(unreachable);
  if (response.ok) return response;
  const text = await response.text();
  let document = {};
  try {
    document = JSON.parse(text);
  } catch {
    document = { title: text.slice(0, 200) };
  }
  throw new Problem(document, response.status);
}

export const getJSON = async (path) => (await call(path)).json();

/** Events of a job as they come; the last one has the state it ended with. */
export async function* events(jobId, signal) {
  const response = await call(`/jobs/${jobId}/events`, { signal, headers: { Accept: "text/event-stream" } });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { value, done } = await reader.read().catch(unreachable);
    if (done) return;
    waiting += value;
    const blocks = waiting.split("\n\n");
    waiting = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data) yield JSON.parse(data.slice(6));
    }
  }
}

/** Make music: resolves to the answer, calls `onProgress(status)` on the way. */
export async function generate(request, { onJob, onProgress }) {
  const response = await call("/generate", { method: "POST", json: request, headers: { Prefer: "respond-async" } });
  const job = await response.json();
  if (job.audio_url) return job;
  onJob(job);
  let status = job;
  for await (status of events(job.id)) onProgress(status);
  if (status.state === "done") return status.result;
  if (status.state === "cancelled") return null;
  throw new Problem(status.problem || { detail: t("unreachable") }, status.problem?.status || 0);
}

export const cancel = (jobId) => call(`/jobs/${jobId}`, { method: "DELETE" });

/** Addresses of the service are used by their path, whatever name it has for itself. */
export function localPath(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}
