// What went wrong, told where it belongs; a service that is closed asks for its key there.

import { openSession } from "./api.js";
import { el } from "./dom.js";
import { t } from "./words.js";

/** A field for the API key; `onOpen` goes on once the service has taken it. */
function keyForm(onOpen) {
  const refused = el("span", { role: "alert" });
  const input = el("input", { type: "password", id: "api-key", autocomplete: "off", "aria-label": t("api-key") });
  const send = async () => {
    const key = input.value.trim();
    try {
      // A header holds no other characters, and fetch would call them a lost connection.
      if (/[^\x21-\x7e]/.test(key)) throw new RangeError(t("problem-wrong-key"));
      await openSession(key);
    } catch (error) {
      refused.textContent = error.status === 401 ? t("problem-wrong-key") : error.message;
      input.select();
      return;
    }
    onOpen();
  };
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    send();
  });
  return el("span", { class: "key-form" }, el("span", { class: "row" }, input, el("button", { type: "button", onclick: send }, t("save"))), refused);
}

/** Errors that are shown, by their node: another language tells them anew. */
const told = new WeakMap();
document.addEventListener("language", () => {
  for (const node of document.querySelectorAll(".problem:not([hidden])")) if (told.has(node)) node.firstChild.textContent = told.get(node).message;
});

/** Show `error` in `node`; `onOpen` is called when a key that was missing has been given. */
export function showProblem(node, error, onOpen) {
  told.set(node, error);
  node.replaceChildren(error.message, ...(error.status === 401 ? [keyForm(onOpen)] : []));
  node.hidden = false;
  node.querySelector("#api-key")?.focus();
}
