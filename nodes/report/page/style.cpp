#include "nodes/report/page/page.h"

namespace cfo::report {

const char* const style_sheet = R"css(
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f5f7f9; --line: #dfe4e9; --text: #1c2733; --faint: #5d6b7a; --link: #0b5cad;
  --bar: #d4e6f4; --note: #fff6e5; --note-line: #e0a030;
  --bona: #0072b2; --spoof: #d55e00; --pooled: #5d6b7a; --grid: #e3e8ed;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14191f; --panel: #1c232b; --line: #303a45; --text: #e4e9ee; --faint: #98a5b3; --link: #7cb8f2;
    --bar: #24435e; --note: #2e2718; --note-line: #b98a35;
    --bona: #56b4e9; --spoof: #f08a3c; --pooled: #a8b4c0; --grid: #2a333d;
  }
}
* { box-sizing: border-box; }
html { background: var(--paper); }
body {
  margin: 0 auto; padding: 2.2rem 1.6rem 4rem; max-width: 1176px; color: var(--text); background: var(--paper);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", "Liberation Sans", sans-serif;
}
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 3rem 0 0.3rem; font-size: 1.25rem; }
h3 { margin: 1.6rem 0 0.2rem; font-size: 0.95rem; font-weight: 600; max-width: 78ch; }
p { margin: 0.3rem 0 0.9rem; max-width: 78ch; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
code { font: 0.88em ui-monospace, "DejaVu Sans Mono", "Liberation Mono", monospace; }
.lead, .what, footer { color: var(--faint); }
.lead { margin: 0.35rem 0 1.4rem; max-width: none; }
nav { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin: 0 0 1.4rem; font-size: 0.92rem; }
dl.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(244px, 1fr)); gap: 10px; margin: 0; }
dl.facts div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.65rem 0.85rem; }
dl.facts dt { color: var(--faint); font-size: 0.8rem; }
dl.facts dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.35; }
dl.facts dd small { display: block; font-size: 0.78rem; font-weight: 400; color: var(--faint); overflow-wrap: anywhere; }
.note { background: var(--note); border-left: 3px solid var(--note-line); border-radius: 0 6px 6px 0; padding: 0.5rem 0.9rem; margin: 0.8rem 0; }
.note ul { margin: 0.3rem 0 0; padding-left: 1.2rem; }
.missing { color: var(--faint); font-style: italic; }
.scroll { overflow-x: auto; margin: 0.7rem 0 0.4rem; }
table { border-collapse: collapse; min-width: 46%; font-size: 0.815rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.34rem 0.45rem; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
td:first-child, th:first-child { padding-left: 0.2rem; }
th { vertical-align: bottom; border-bottom: 1.5px solid var(--faint); }
th button { all: unset; cursor: pointer; font-weight: 600; }
th button:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
th { position: relative; }
th button::after { content: "\2195"; position: absolute; margin-left: 0.15em; color: var(--faint); opacity: 0; font-weight: 400; }
th.num button::after { left: -0.1em; }
th:hover button::after { opacity: 0.8; }
th[aria-sort=ascending] button::after { content: "\2191"; opacity: 1; }
th[aria-sort=descending] button::after { content: "\2193"; opacity: 1; }
th[title] button { text-decoration: underline dotted var(--faint) 1px; text-underline-offset: 3px; }
.num { text-align: right; }
td .bar { vertical-align: baseline; }
tbody tr:hover { background: var(--panel); }
.sd { color: var(--faint); font-size: 0.92em; }
.none { color: var(--faint); }
.bar {
  display: inline-block; min-width: 7.5em; padding: 0 0.35em; text-align: right; border-radius: 3px;
  background: linear-gradient(to right, var(--bar) var(--share), transparent var(--share));
}
svg.figure { display: block; max-width: 100%; height: auto; margin: 0.8rem 0 0.4rem; }
.fill-text { fill: var(--text); } .fill-faint { fill: var(--faint); } .fill-bona { fill: var(--bona); }
.fill-spoof { fill: var(--spoof); } .fill-pooled { fill: var(--pooled); } .fill-grid { fill: var(--grid); }
.stroke-text { stroke: var(--text); } .stroke-faint { stroke: var(--faint); } .stroke-bona { stroke: var(--bona); }
.stroke-spoof { stroke: var(--spoof); } .stroke-pooled { stroke: var(--pooled); } .stroke-grid { stroke: var(--grid); }
.stroke-mark { stroke: var(--spoof); }
.files { font-size: 0.84rem; color: var(--faint); margin: 0.2rem 0 0; }
footer { margin-top: 3.4rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 0.88rem; }
footer table { width: auto; }
footer td { white-space: normal; vertical-align: top; }
@media print {
  :root {
    --paper: #fff; --panel: #fff; --line: #ccc; --text: #000; --faint: #444; --link: #000; --note: #fff; --bar: #ddd;
    --bona: #0072b2; --spoof: #d55e00; --pooled: #555; --grid: #ddd;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav, th button::after { display: none; }
  h2 { break-after: avoid; }
  svg.figure, dl.facts div, tr { break-inside: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 7.5pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";

const char* const sorting_script = R"js(
for (const heading of document.querySelectorAll("table.sortable th")) {
  heading.querySelector("button").addEventListener("click", () => {
    const row = heading.parentElement, body = row.closest("table").tBodies[0];
    const column = [...row.children].indexOf(heading), numeric = heading.classList.contains("num");
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of row.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = line => numeric ? line.cells[column].dataset.v : line.cells[column].textContent.trim();
    const compare = (a, b) => numeric ? a - b : a.localeCompare(b, "en", {numeric: true});
    const lines = [...body.rows];
    lines.sort((a, b) => {
      const x = value(a), y = value(b);
      if (x === "" || y === "") return (x === "") - (y === "");
      return down ? compare(y, x) : compare(x, y);
    });
    body.append(...lines);
  });
}
)js";

}  // namespace cfo::report
