// Small helpers to make elements. No HTML from strings: text stays text.

export const $ = (selector, root = document) => root.querySelector(selector);

/** An element with attributes; `on…` are listeners, children are nodes or text. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else if (value === true) node.setAttribute(key, "");
    else node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function icon(path, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  if (label) svg.setAttribute("data-label", label);
  return svg;
}

/** Whether what the form makes is below it. */
export const onPhone = matchMedia("(max-width: 860px)");

export const PLAY = "M7 4v16l14-8z";
export const PAUSE = "M6 4h4v16H6zM14 4h4v16h-4z";

let hiding;
/** Tell something in passing; `action` is a button, with more time to reach it. */
export function toast(text, action = null) {
  const node = $("#toast");
  node.replaceChildren(...[text, action].filter(Boolean));
  node.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { node.hidden = true; }, action ? 10000 : 3500);
}

export const clock = (seconds) =>
  `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
