// The HTTP interface: requests, jobs with progress, and problems as errors.

import { problemText } from "./faults.js";
import { t } from "./words.js";

const LONGEST_WAIT_MS = 8000;

/** An RFC 9457 problem; its message follows the reader's language. */
export class Problem extends Error {
  constructor(document, status) {
    super();
    this.document = document;
    this.status = status;
    this.fields = [...new Set((document.errors || []).map((fault) => fault.field))];
  }

  get message() { return problemText(this.document, this.status); }
}

/** Open the service for this browser: the key becomes a cookie that no script can read. */
export const openSession = (key) => call("/session", { method: "POST", headers: { Authorization: `Bearer ${key}` } });

/** Turn a broken connection into words for the reader; an abort stays one. */
function unreachable(error) {
  throw error instanceof TypeError ? new Problem({ code: "unreachable" }, 0) : error;
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
async function* events(jobId, signal) {
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

const ENDED = ["done", "failed", "cancelled"];

/** How a job ended, calling `onProgress(status)` on the way. An accepted job outlives the service's process, so a
 * lost connection is told by `onLost()` and made again until `signal` aborts. */
async function end(jobId, { onProgress, onLost, signal }) {
  for (let wait = 500; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      for await (const status of events(jobId, signal)) {
        if (ENDED.includes(status.state)) return status;
        onProgress(status);
        wait = 500;
      }
    } catch (error) {
      const away = error.status === 0 || error.status >= 502;
      if (!away) throw error;
    }
    onLost?.();
    await new Promise((resolve) => {
      setTimeout(resolve, wait);
      signal?.addEventListener("abort", resolve, { once: true });
    });
  }
}

/** The answer of a job that was accepted, now or before the page was loaded; null for one that was cancelled. */
export async function follow(jobId, listeners) {
  const { state, result, problem } = await end(jobId, listeners);
  if (state === "failed") throw new Problem(problem, problem.status);
  return state === "done" ? result : null;
}

/** Make music: resolves to the answer, calls `onJob(job)` and `onProgress(status)` on the way. */
export async function generate(request, { onJob, ...listeners }) {
  const { signal } = listeners;
  const response = await call("/generate", { method: "POST", json: request, headers: { Prefer: "respond-async" }, signal });
  const job = await response.json();
  if (job.audio_url) return job;
  onJob?.(job);
  return follow(job.id, listeners);
}

export const cancel = (jobId) => call(`/jobs/${jobId}`, { method: "DELETE" });

/** Addresses of the service are used by their path, whatever name it has for itself. */
export function localPath(url) {
  const { pathname, search } = new URL(url, location.href);
  return pathname + search;
}
