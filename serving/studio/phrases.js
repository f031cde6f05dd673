// What the service says of its work in English phrases, in the reader's words.

import { t } from "./words.js";

/** Phrases of an answer's `corrections`, by the word that tells them with the same figures. */
const CORRECTIONS = {
  "corrected-candidate": /^candidate (\d+) of (\d+), seed (\d+)$/,
  "corrected-speed": /^played ([\d.]+) times as fast, pitch kept$/,
  "corrected-key": /^transposed by ([+-]\d+) semitones, tempo kept$/,
  "corrected-gain-bound": /^gain of ([+-][\d.]+) dB: more would pass (-?[\d.]+) dBTP$/,
  "corrected-gain": /^gain of ([+-][\d.]+) dB$/,
};

/** A stage of a job, such as "composing" or "composing, candidate 2". */
export function stageName(stage) {
  const [, name, number] = /^(.*?)(?:, candidate (\d+))?$/.exec(stage);
  return number ? t("stage", { stage: t(name), number }) : t(name);
}

export function correctionText(phrase) {
  for (const [word, pattern] of Object.entries(CORRECTIONS)) {
    const found = pattern.exec(phrase);
    if (found) return t(word, found);
  }
  return phrase;
}
