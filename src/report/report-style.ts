/** The style of `report.html`: one column of text, light or dark as the reader's machine is. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --quiet: #59636e; --line: #d1d9e0; --paper: #fff; --code: #f3f5f7; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --quiet: #9198a1; --line: #3d444d; --paper: #0d1117; --code: #161b22; }
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
figure svg { display: block; max-width: 100%; height: auto; }
svg text[fill="#767676"] { fill: var(--quiet); }
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
`;
