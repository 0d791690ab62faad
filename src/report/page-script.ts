import { readFileSync } from 'node:fs';

/** The parts of the script of `report.html`. Each stands by itself, in its file in `page/`, in src/ and in dist/ alike. */
const PARTS = ['sort-tables', 'pick-taps', 'play-frames'] as const;

/**
 * What makes a page answer, as HTML: the last of its body, so that all else is there when it runs. Without it the page
 * shows the same: tables as they are, the last frame of what moves.
 */
export function pageScripts(): readonly string[] {
  return PARTS.map((part) => {
    const text = readFileSync(new URL(`./page/${part}.js`, import.meta.url), 'utf8');
    return `<script type="module">\n${text}</script>`;
  });
}
