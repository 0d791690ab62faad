// The script of report.html, put into the page as it stands (see page-script.ts). Without it the page shows the same, and
// only what follows is missing: tables are sorted by a column, and a tap that is picked in a network, in a plot or in a table
// is shown everywhere on the page. All of it works by keyboard.

/** @type {string | null} */
let picked = null;
const bar = document.createElement('p');

/** @param {ParentNode} parent @param {string} selector @returns {HTMLElement[]} */
const all = (parent, selector) =>
  [...parent.querySelectorAll(selector)].map((found) => /** @type {HTMLElement} */ (found));

/** @param {string} text @returns {HTMLButtonElement} */
function buttonOf(text) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  return button;
}

/**
 * What a cell is sorted by: the number that it begins with, of a shape how many features it has, NaN where it is blank or a
 * dash, and undefined for other texts.
 *
 * @param {string} text
 */
function numberIn(text) {
  if (text === '' || text === '-') return Number.NaN;
  if (/^\d+(x\d+)+$/.test(text))
    return text.split('x').reduce((product, length) => product * Number(length), 1);
  const found = /^\W*?([-+\u2212]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)(?![\w])/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found.replaceAll(',', '').replace('\u2212', '-'));
}

/**
 * The rows of a table by a column; those without a value come last both ways.
 *
 * @param {readonly HTMLElement[]} rows
 * @param {number} column
 * @param {1 | -1} direction
 */
function sorted(rows, column, direction) {
  const texts = new Map(rows.map((row) => [row, row.children[column]?.textContent ?? '']));
  const numbers = new Map(rows.map((row) => [row, numberIn(texts.get(row) ?? '')]));
  if (rows.some((row) => numbers.get(row) === undefined))
    return rows.toSorted(
      (a, b) => direction * (texts.get(a) ?? '').localeCompare(texts.get(b) ?? '', 'en', { numeric: true }),
    );
  const missing = (/** @type {HTMLElement} */ row) => Number.isNaN(numbers.get(row));
  return rows.toSorted((a, b) => {
    if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
    return direction * ((numbers.get(a) ?? 0) - (numbers.get(b) ?? 0));
  });
}

/**
 * Makes a button of each heading: it sorts upwards, then downwards, then as the table was.
 *
 * @param {HTMLElement} table
 */
function makeSortable(table) {
  const body = table.querySelector('tbody');
  const rows = all(table, 'tbody > tr');
  const heads = all(table, 'thead th');
  if (body === null || rows.length < 2 || rows.some((row) => row.className === 'blank')) return;
  heads.forEach((head, column) => {
    const button = buttonOf(head.textContent ?? '');
    button.className = 'sort';
    button.addEventListener('click', () => {
      const before = head.getAttribute('aria-sort');
      for (const each of heads) each.removeAttribute('aria-sort');
      if (before !== 'descending')
        head.setAttribute('aria-sort', before === null ? 'ascending' : 'descending');
      body.append(...(before === 'descending' ? rows : sorted(rows, column, before === null ? 1 : -1)));
    });
    head.replaceChildren(button);
  });
}

/**
 * Shows a tap everywhere, or none.
 *
 * @param {string | null} tap
 */
function pick(tap) {
  picked = tap;
  document.body.classList.toggle('picking', tap !== null);
  for (const marked of all(document, '[data-tap]')) {
    const isPicked = marked.dataset.tap === tap;
    marked.classList.toggle('picked', isPicked);
    const pressed = marked.matches('tr') ? marked.querySelector('button') : marked;
    if (pressed?.hasAttribute('aria-pressed')) pressed.setAttribute('aria-pressed', String(isPicked));
  }
  bar.textContent = tap === null ? '' : `${tap}${valuesOf(tap)} (Escape lets go)`;
}

/**
 * The error of a tap for each label set.
 *
 * @param {string} tap
 */
function valuesOf(tap) {
  const nodes = all(document, 'figure[data-label-set] [data-value]').filter(
    (node) => node.dataset.tap === tap,
  );
  const values = nodes.map((node) => {
    const figure = /** @type {HTMLElement | null} */ (node.closest('figure'));
    return `${figure?.dataset.labelSet} ${node.dataset.value}`;
  });
  return values.length === 0 ? '' : `: ${values.join(', ')}`;
}

/** @param {HTMLElement} marked */
function toggle(marked) {
  const tap = marked.dataset.tap ?? null;
  pick(tap === picked ? null : tap);
}

/**
 * One stop for the tab key in a group of many; the arrow keys go from one to the next.
 *
 * @param {HTMLElement} group
 * @param {string} selector
 */
function rove(group, selector) {
  const members = () => all(group, selector);
  members().forEach((member, index) => {
    member.setAttribute('tabindex', index === 0 ? '0' : '-1');
  });
  group.addEventListener('keydown', (event) => {
    const list = members();
    const at = list.indexOf(/** @type {HTMLElement} */ (event.target));
    const next = {
      ArrowDown: at + 1,
      ArrowRight: at + 1,
      ArrowUp: at - 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: list.length - 1,
    }[event.key];
    const target = next === undefined || at < 0 ? undefined : list[next];
    if (target === undefined) return;
    event.preventDefault();
    for (const member of list) member.setAttribute('tabindex', member === target ? '0' : '-1');
    target.focus();
  });
}

/**
 * The nodes of a network become buttons.
 *
 * @param {HTMLElement} network
 */
function makePickable(network) {
  for (const node of all(network, 'g[data-tap]')) {
    node.setAttribute('role', 'button');
    node.setAttribute('aria-pressed', 'false');
    node.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      toggle(node);
    });
  }
  rove(network, 'g[data-tap]');
}

/**
 * The taps of a table become buttons.
 *
 * @param {HTMLElement} table
 */
function makeRowsPickable(table) {
  for (const row of all(table, 'tr[data-tap]')) {
    const cell = [...row.children].find((each) => each.textContent === row.dataset.tap);
    const button = buttonOf(row.dataset.tap ?? '');
    button.className = 'pick';
    button.setAttribute('aria-pressed', 'false');
    cell?.replaceChildren(button);
  }
  rove(table, 'button.pick');
}

for (const table of all(document, 'table:not(.facts)')) makeSortable(table);
for (const table of all(document, 'table:has(tr[data-tap])')) makeRowsPickable(table);
for (const network of all(document, 'svg:has(g[data-tap])')) makePickable(network);
document.addEventListener('click', ({ target }) => {
  const marked =
    target instanceof Element && !target.closest('button.sort') ? target.closest('[data-tap]') : null;
  if (marked !== null) toggle(/** @type {HTMLElement} */ (marked));
});
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') pick(null);
});
bar.className = 'picked-bar';
bar.setAttribute('role', 'status');
document.body.append(bar);
document.body.classList.add('scripted');
