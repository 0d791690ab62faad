// Part of report.html: the headings of tables become buttons that sort by their column, upwards, then downwards, then back
// to how the table was. Put into the page as it stands (see page-script.ts).

/** @typedef {{ readonly row: Element, readonly text: string, readonly number: number | undefined }} SortedRow */

/**
 * What a cell is sorted by: the number that it begins with, of a shape how many features it has, NaN where it is blank or a
 * dash, and undefined for other texts.
 *
 * @param {string} text
 */
function numberIn(text) {
  if (text === '' || text === '-') return Number.NaN;
  if (text === 'Infinity') return Number.POSITIVE_INFINITY;
  if (/^\d+(x\d+)+$/.test(text)) return text.split('x').reduce((size, length) => size * Number(length), 1);
  const found = /^[^\w.-]*?(-?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)(?!\w)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found.replaceAll(',', ''));
}

/** @param {SortedRow} a @param {SortedRow} b @param {1 | -1} direction */
function byNumber({ number: a = Number.NaN }, { number: b = Number.NaN }, direction) {
  // Rows without a value come last both ways.
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return direction * (a - b);
}

/**
 * The rows in the order of a column; separators, which have fewer cells, are left out.
 *
 * @param {readonly Element[]} rows @param {number} column @param {1 | -1} direction
 */
function sorted(rows, column, direction) {
  const entries = rows
    .filter((row) => row.className !== 'blank')
    .map((row) => {
      const text = row.children[column]?.textContent ?? '';
      return { row, text, number: numberIn(text) };
    });
  const areNumbers = entries.every(({ number }) => number !== undefined);
  const compare = areNumbers
    ? (/** @type {SortedRow} */ a, /** @type {SortedRow} */ b) => byNumber(a, b, direction)
    : (/** @type {SortedRow} */ a, /** @type {SortedRow} */ b) =>
        direction * a.text.localeCompare(b.text, 'en', { numeric: true });
  return entries.toSorted(compare).map(({ row }) => row);
}

/** @param {HTMLTableElement} table */
function makeSortable(table) {
  const [body] = table.tBodies;
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  const given = [...(body?.rows ?? [])];
  if (given.length < 2) return;
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort';
    button.textContent = head.textContent;
    button.addEventListener('click', () => {
      const before = head.getAttribute('aria-sort');
      for (const each of heads) each.removeAttribute('aria-sort');
      if (before === 'descending') return body?.replaceChildren(...given);
      head.setAttribute('aria-sort', before === null ? 'ascending' : 'descending');
      return body?.replaceChildren(...sorted(given, column, before === null ? 1 : -1));
    });
    head.replaceChildren(button);
  });
}

for (const table of document.querySelectorAll('table')) makeSortable(table);
