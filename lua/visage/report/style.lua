--- How a report looks: on a desktop, on a phone and on paper. The fonts are the
-- reader's own, for the file opens with no network.
return [[
:root { --ink: #1d2733; --soft: #5b6775; --line: #dfe4ea; --room: #f5f7f9; --blue: #0b5cad;
  --warn: #8a4b00; --warn-room: #fff4e3; --bad: #9d1c1c; --bad-room: #fdeaea; --good: #0a6b45;
  --good-room: #e5f5ee; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: 2rem 1.25rem 4rem;
  overflow-wrap: break-word; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .8rem; padding-bottom: .3rem;
  border-bottom: 2px solid var(--line); }
h3 { font-size: 1rem; margin: 1.4rem 0 .5rem; }
.question { font-size: 1.15rem; color: var(--soft); margin: 0 0 .9rem; max-width: 46rem; }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; margin: .8rem 0 1rem; }
.chip { max-width: 100%; overflow-wrap: anywhere; font-size: .8rem; padding: .12rem .6rem;
  border-radius: 1rem; background: var(--room);
  border: 1px solid var(--line); }
.chip.ok { background: var(--good-room); color: var(--good); border-color: transparent; }
.chip.failed { background: var(--bad-room); color: var(--bad); border-color: transparent; }
.chip.warn { background: var(--warn-room); color: var(--warn); border-color: transparent; }
.banner { padding: .7rem 1rem; border-left: 5px solid var(--warn); background: var(--warn-room);
  margin: .7rem 0; border-radius: 0 .3rem .3rem 0; overflow-wrap: anywhere; }
.banner.failed { border-color: var(--bad); background: var(--bad-room); }
/* A shade at an edge behind which there are more columns. */
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem;
  background: linear-gradient(to right, #fff 1.5rem, #fff0) 0 0 / 3rem 100% local no-repeat,
    linear-gradient(to left, #fff 1.5rem, #fff0) 100% 0 / 3rem 100% local no-repeat,
    linear-gradient(to right, #1d273340, #1d273300) 0 0 / .7rem 100% scroll no-repeat,
    linear-gradient(to left, #1d273340, #1d273300) 100% 0 / .7rem 100% scroll no-repeat; }
table { border-collapse: collapse; width: 100%; font-size: .9rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .8rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
tr:last-child > td, tbody tr:last-child > th { border-bottom: 0; }
thead th { background: #1d27330a; font-weight: 600; }
tbody th { font-weight: 500; min-width: 7rem; }
td { overflow-wrap: break-word; }
td.long, th.long { overflow-wrap: anywhere; min-width: 8rem; }
/* Many columns take what the window has beside the text. */
.many { position: relative; left: 50%; transform: translateX(-50%); width: max-content;
  min-width: 100%; max-width: calc(100vw - 4rem); }
.many th, .many td { padding: .35rem .5rem; max-width: 14rem; }
.many table { font-size: .82rem; }
.number { text-align: right; white-space: nowrap; }
.interval, .reference, .note { color: var(--soft); font-size: .82rem; }
.interval, .reference { display: block; }
.note { margin: .4rem 0 0; }
.differs > * { background: #fff9db; }
.figures { display: grid; gap: 1.2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
figure { min-width: 0; margin: 0; border: 1px solid var(--line); border-radius: .4rem;
  padding: .6rem;
  break-inside: avoid; }
figure.wide { grid-column: 1 / -1; }
.faces { grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
figcaption .note { display: block; font-size: .95em; }
figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figcaption { color: var(--soft); font-size: .85rem; margin-top: .4rem; text-align: center;
  overflow-wrap: anywhere; }
.cards { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.card { min-width: 0; border: 1px solid var(--line); border-radius: .4rem; padding: .8rem 1rem;
  break-inside: avoid; }
.card h3 { margin: 0 0 .5rem; }
.card .chip { font-weight: 400; margin-left: .4rem; }
dl { display: grid; grid-template-columns: fit-content(18rem) minmax(0, 1fr); gap: .2rem 1rem;
  margin: 0;
  font-size: .9rem; }
dt { color: var(--soft); overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: .86em; }
code { overflow-wrap: anywhere; }
pre { background: var(--room); border: 1px solid var(--line); border-radius: .4rem;
  padding: .8rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0; }
summary { cursor: pointer; color: var(--blue); margin: .6rem 0; font-weight: 600; }
.interval .chip { font-size: .75rem; white-space: nowrap; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: .82rem; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  main { padding: 1.2rem .9rem 3rem; }
  h1 { font-size: 1.5rem; }
  th, td { padding: .35rem .4rem; }
  table { font-size: .82rem; }
  tbody th { min-width: 5rem; }
  .interval, .reference { font-size: .74rem; }
  dl { grid-template-columns: minmax(0, 9.5rem) minmax(0, 1fr); gap: .2rem .7rem; }
}
@media print {
  @page { margin: 16mm; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  .scroll { overflow: visible; background: none; }
  table { font-size: 8.5pt; }
  tbody th { min-width: 0; }
  td, tbody th { overflow-wrap: anywhere; }
  .many { position: static; transform: none; width: auto; max-width: none; }
  .many th, .many td { font-size: 6.5pt; padding: .15rem .25rem; overflow-wrap: anywhere;
    max-width: 11em; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h2, h3, summary { break-after: avoid; }
  details::details-content { content-visibility: visible; height: auto; }
  .figures, .cards { grid-template-columns: 1fr 1fr; gap: .8rem; }
  .faces { grid-template-columns: repeat(4, 1fr); }
  figure { padding: .3rem; }
  figure.wide img { max-height: 195mm; }
  dl, .card { font-size: 8.5pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
]]
