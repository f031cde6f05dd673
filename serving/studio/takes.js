// The takes made so far: kept over a reload, compared by switching at the same place.

import { $, el } from "./dom.js";
import { factsOf, titleOf } from "./take.js";
import { t } from "./words.js";

const KEPT = "shiroa.takes";
const MOST = 40;

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) || [];
  } catch {
    return [];
  }
}

export class Takes {
  constructor({ onOpen, onSwitch }) {
    this.onOpen = onOpen;
    this.onSwitch = onSwitch;
    this.current = null;
    this.list = kept();
  }

  /** Keep a take, before those that this and other tabs have kept. */
  add(answer, request) {
    this.keep([{ answer, request }, ...kept().filter((take) => take.answer.id !== answer.id)].slice(0, MOST));
  }

  /** Forget all takes; returns what brings them back. */
  clear() {
    const { list, current } = this;
    this.keep([]);
    this.show(null);
    return () => {
      this.keep([...this.list, ...list]);
      this.show(this.current ?? current);
    };
  }

  /** Keep as many of the latest as the browser has room for. */
  keep(list) {
    this.list = list;
    try {
      localStorage.setItem(KEPT, JSON.stringify(list));
    } catch (error) {
      if (error.name !== "QuotaExceededError" || list.length < 2) return;
      this.keep(list.slice(0, Math.floor(list.length / 2)));
    }
  }

  show(currentId) {
    this.current = currentId;
    $("#takes-section").hidden = this.list.length === 0;
    $("#takes").replaceChildren(...this.list.map((take) => this.row(take)));
  }

  row(take) {
    const { answer } = take;
    const isCurrent = answer.id === this.current;
    const open = el("button", { type: "button", class: "open", "aria-current": isCurrent ? "true" : null, onclick: () => this.onOpen(take) },
      el("span", {}, `${titleOf(answer)} · ${answer.seed}`));
    const compare = el("button", { type: "button", class: "ab", title: t("ab"), "aria-label": `${t("ab")}: ${titleOf(answer)} ${answer.seed}`, disabled: isCurrent, onclick: () => this.onSwitch(take) }, "A/B");
    return el("li", { class: isCurrent ? "current" : null }, open, el("span", { class: "facts" }, factsOf(answer)), compare);
  }
}
