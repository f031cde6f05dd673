// The takes made so far: kept over a reload, compared by switching at the same place.

import { $, el } from "./dom.js";
import { factsOf, titleOf } from "./take.js";
import { t } from "./words.js";

const KEPT = "shiroa.takes";
const MOST = 40;

export class Takes {
  constructor({ onOpen, onSwitch }) {
    this.onOpen = onOpen;
    this.onSwitch = onSwitch;
    this.current = null;
    try {
      this.list = JSON.parse(localStorage.getItem(KEPT)) || [];
    } catch {
      this.list = [];
    }
  }

  add(answer, request) {
    this.list = [{ answer, request }, ...this.list.filter((take) => take.answer.id !== answer.id)].slice(0, MOST);
    this.keep();
  }

  clear() {
    this.list = [];
    this.keep();
    this.show(null);
  }

  keep() {
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.list));
    } catch {
      this.list = this.list.slice(0, MOST / 4);
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
