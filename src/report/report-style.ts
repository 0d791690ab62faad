/** The style of `report.html`: one column of text, light or dark as the reader's machine is. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --line: #d1d9e0; --paper: #fff; --code: #f3f5f7;
  --picked: #dbeafe; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --quiet: #9198a1; --line: #3d444d; --paper: #0d1117; --code: #161b22;
    --picked: #1f3a5f; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
p, li, dd { max-width: 46rem; }
.summary p { margin: .35rem 0; }
.summary p:first-child { font-size: 1.1rem; }
.below, figcaption, footer { color: var(--quiet); font-size: .875rem; margin: .25rem 0; }
figure { margin: 1.25rem 0; }
.figures { display: flex; flex-wrap: wrap; column-gap: 3rem; } .figures figure { min-width: 0; }
figure svg { display: block; max-width: 100%; height: auto; }
svg text[fill="#767676"], svg text[fill="#59636e"] { fill: var(--quiet); }
svg rect[fill="#f2f4f6"][rx] { fill: var(--code); }
.wide { overflow-x: auto; margin: 1rem 0 .5rem; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; white-space: nowrap; }
th, td { padding: .2rem .8rem .2rem 0; text-align: left; white-space: nowrap; }
th { border-bottom: 1px solid var(--line); color: var(--quiet); font-weight: 600; vertical-align: bottom; }
.number { text-align: right; }
.blank td { height: .9rem; }
.facts th { border: 0; padding-right: 1.5rem; font-weight: 400; vertical-align: top; }
.facts td { white-space: normal; overflow-wrap: anywhere; }
.warning { border-left: 3px solid #d55e00; padding: .1rem .8rem; margin: .6rem 0; }
dt { font-weight: 600; margin-top: .6rem; } dd { margin: 0; }
summary { cursor: pointer; }
code { background: var(--code); padding: .1em .3em; border-radius: 4px; font-size: .9em; overflow-wrap: anywhere; }
a { color: inherit; }
.only-scripted { display: none; } .scripted .only-scripted { display: block; }
.sort, .pick { font: inherit; color: inherit; background: none; border: 0; padding: 0; text-align: inherit; cursor: pointer; }
.sort { position: relative; }
.sort::after { content: "\\2009\\25B2"; visibility: hidden; font-size: .6em; position: absolute; left: 100%;
  bottom: .25em; }
[aria-sort] .sort::after { visibility: visible; } [aria-sort="descending"] .sort::after { content: "\\2009\\25BC"; }
.scripted [data-tap] { cursor: pointer; }
.picking svg path[data-tap]:not(.picked) { opacity: .45; }
tr.picked td { background: var(--picked); }
svg g.picked > rect, svg g.picked > g > rect { stroke: var(--ink); stroke-width: 3; }
svg path[fill].picked { stroke: var(--ink); stroke-width: 2; } svg path:not([fill]).picked { stroke-width: 4; }
svg g[role="button"]:focus { outline: none; }
svg g[role="button"]:focus-visible > rect, svg g[role="button"]:focus-visible > g > rect { stroke: #2e7ebf; stroke-width: 4; }
.player { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin: .5rem 0; }
.player input { width: 16rem; max-width: 60vw; } .player button { min-width: 4.5rem; }
.playable g[data-frame] { animation: none !important; }
.picked-bar { position: fixed; inset: auto 0 0 0; margin: 0; padding: .5rem 1.25rem; max-width: none; max-height: 30vh;
  overflow: auto; background: var(--code); border-top: 1px solid var(--line); }
.picked-bar:empty { display: none; } .picking { padding-bottom: 8rem; }
@media print { .picked-bar, .player, .only-scripted { display: none !important; } }
`;
