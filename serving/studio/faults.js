// Problem documents (RFC 9457) in the reader's words; what is new to this page as the service tells it.

import { known, listOf, numberFormat, t } from "./words.js";

const MEBIBYTE = 2 ** 20;

/** What a field is called beside its control, where that isn't its own name. */
const LABEL = { duration: "length", model: "engine", language: "lyrics-language", strict: "strict-short", prompt: "description", tempo_bpm: "tempo" };

const unitOf = (field) => ({ tempo: " BPM", duration: ` ${t("seconds")}`, loudness: " LUFS" })[field] ?? "";

/** "Tempo", or "Tempo (3)" of the third request of several. */
function labelOf(field) {
  const name = field.split("/").at(-1);
  const label = t(LABEL[name] ?? name);
  const number = /^requests\/(\d+)/.exec(field);
  return number ? `${label} (${Number(number[1]) + 1})` : label;
}

const shown = (value) => (typeof value === "number" ? numberFormat(value, 2, false) : value);

function faultText({ field, code, params = {}, detail }) {
  const word = `fault-${code}`;
  if (!known(word)) return `${detail}.`;
  const figures = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, shown(value)]));
  return t(word, {
    ...figures,
    field: labelOf(field),
    unit: unitOf(field),
    allowed: listOf((params.allowed ?? []).map((one) => t(field === "parts" ? `part-${one}` : one))),
    other: t(params.other ?? ""),
    skill: t(`skill-${params.skill}`),
    reason: known(`audio-${params.reason}`) ? t(`audio-${params.reason}`) : params.reason,
    minutes: numberFormat((params.max_s ?? 0) / 60),
  });
}

/** What a problem says; `status` is all that is known of an answer without one. */
export function problemText(document, status) {
  if (document.errors?.length) return document.errors.map(faultText).join(" ");
  const names = [document.code, (document.type || "").split(":").at(-1)].map((name) => `problem-${name}`);
  const detail = document.detail || document.title || `HTTP ${status}`;
  const word = names.find(known);
  return word ? t(word, { detail, s: document.retry_after_s, mb: numberFormat((document.limit_bytes || 0) / MEBIBYTE, 2) }) : detail;
}
