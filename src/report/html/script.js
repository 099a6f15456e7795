"use strict";
const root = document.documentElement;
const press = (buttons, chosen) => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b === chosen)));
const switches = (name, apply) => {
  const buttons = [...document.querySelectorAll(`button[data-set-${name}]`)];
  buttons.forEach((b) => b.addEventListener("click", () => { apply(b.getAttribute(`data-set-${name}`)); press(buttons, b); }));
};
switches("language", (language) => { root.lang = language; });
switches("theme", (theme) => { root.dataset.theme = theme; });
const shown = (cell) => [...cell.childNodes].filter((n) => !(n.lang && n.lang !== root.lang)).map((n) => n.textContent).join("");
const key = (cell) => {
  const data = cell.querySelector("data");
  return data ? Number(data.value) : shown(cell);
};
const order = (a, b) => {
  const numbers = typeof a === "number" && typeof b === "number";
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return numbers ? a - b : a < b ? -1 : a > b ? 1 : 0;
};
document.querySelectorAll("th > button.sort").forEach((button) => {
  const heading = button.parentElement, table = heading.closest("table"), column = heading.cellIndex;
  button.addEventListener("click", () => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th").forEach((th) => th.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...table.tBodies[0].rows].map((row) => [key(row.cells[column]), row]);
    rows.sort((a, b) => (down ? -1 : 1) * order(a[0], b[0]));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  });
});
document.querySelectorAll("input.filter").forEach((input) => {
  const rows = [...input.closest(".table").querySelectorAll("tbody tr")];
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); });
  });
});
const reveal = (target) => {
  for (let e = target; e; e = e.parentElement) if (e instanceof HTMLDetailsElement) e.open = true;
  const own = target.matches("article") && target.querySelector(":scope > details");
  if (own) own.open = true;
  target.scrollIntoView();
};
const linked = () => document.getElementById(decodeURIComponent(location.hash.slice(1)));
const follow = () => { const target = linked(); if (target) reveal(target); };
addEventListener("hashchange", follow);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  // The same link again changes no address.
  if (link && link.hash === location.hash) follow();
});
follow();
let closed = [];
const paper = matchMedia("print");
const printing = (starts) => {
  if (starts) {
    closed.push(...document.querySelectorAll("details:not([open])"));
    closed.forEach((details) => { details.open = true; });
  } else {
    closed.forEach((details) => { details.open = false; });
    closed = [];
  }
};
addEventListener("beforeprint", () => printing(true));
addEventListener("afterprint", () => printing(paper.matches));
paper.addEventListener("change", () => printing(paper.matches));
