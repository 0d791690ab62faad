// Part of report.html: a tap that is picked in a network, in a plot or in a table is shown everywhere on the page, by mouse
// or by keyboard. Put into the page as it stands (see page-script.ts).

/** What is of a tap: nodes of networks, points of plots, rows of tables. */
const OF_A_TAP = '[data-tap]';
const NODE = 'g[data-tap]';

/** @type {string | undefined} */
let picked;
const bar = document.createElement('p');

/** @param {ParentNode} parent @param {string} selector */
const all = (parent, selector) =>
  /** @type {(HTMLElement | SVGElement)[]} */ ([...parent.querySelectorAll(selector)]);

/** @param {string} tap */
function valuesOf(tap) {
  const nodes = all(document, `figure[data-label-set] ${NODE}[data-value]`);
  const values = nodes
    .filter((node) => node.dataset.tap === tap)
    .map((node) => {
      const figure = /** @type {HTMLElement | null} */ (node.closest('figure'));
      return `${figure?.dataset.labelSet}: ${node.dataset.value}`;
    });
  return values.length === 0 ? '' : `, error by label set: ${values.join('; ')}`;
}

/**
 * Shows a tap everywhere, or none.
 *
 * @param {string | undefined} tap
 */
function pick(tap) {
  picked = tap;
  document.body.classList.toggle('picking', tap !== undefined);
  for (const marked of all(document, OF_A_TAP)) {
    const isPicked = marked.dataset.tap === tap;
    marked.classList.toggle('picked', isPicked);
    const button = marked.matches('tr') ? marked.querySelector('button') : marked;
    if (button?.hasAttribute('aria-pressed')) button.setAttribute('aria-pressed', String(isPicked));
  }
  bar.textContent = tap === undefined ? '' : `${tap}${valuesOf(tap)} (Escape lets go)`;
}

/** @param {HTMLElement | SVGElement} marked */
function toggle({ dataset: { tap } }) {
  pick(tap === picked ? undefined : tap);
}

/**
 * Makes many buttons one stop of the tab key: the arrow keys go from one to the next, in the order that is shown.
 *
 * @param {Element} group @param {string} selector
 */
function rove(group, selector) {
  const [first, ...others] = all(group, selector);
  first?.setAttribute('tabindex', '0');
  for (const other of others) other.setAttribute('tabindex', '-1');
  group.addEventListener('keydown', (event) => {
    const { key, target } = /** @type {KeyboardEvent & { target: HTMLElement }} */ (event);
    const members = all(group, selector);
    const at = members.indexOf(target);
    const last = members.length - 1;
    /** @type {Record<string, number>} */
    const places = {
      ArrowDown: at + 1,
      ArrowRight: at + 1,
      ArrowUp: at - 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: last,
    };
    const next = at < 0 ? undefined : members[places[key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    for (const member of members) member.setAttribute('tabindex', member === next ? '0' : '-1');
    next.focus();
  });
}

/** @param {Element} network */
function makeNodesButtons(network) {
  for (const node of all(network, NODE)) {
    node.setAttribute('role', 'button');
    node.setAttribute('aria-pressed', 'false');
    node.addEventListener('keydown', (event) => {
      const { key } = /** @type {KeyboardEvent} */ (event);
      if (key !== 'Enter' && key !== ' ') return;
      event.preventDefault();
      toggle(node);
    });
  }
  rove(network, NODE);
}

/** @param {Element} table */
function makeTapsButtons(table) {
  for (const row of all(table, 'tr[data-tap]')) {
    const [cell] = row.children;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'pick';
    button.textContent = cell?.textContent ?? '';
    button.setAttribute('aria-pressed', 'false');
    cell?.replaceChildren(button);
  }
  rove(table, 'button.pick');
}

/**
 * What a mark of a plot says to screen readers is shown where it is pointed at.
 *
 * @param {Element} mark
 */
function giveTitle(mark) {
  const title = document.createElementNS('http://www.w3.org/2000/svg', 'title');
  title.textContent = mark.getAttribute('aria-label');
  mark.append(title);
}

for (const table of all(document, 'table')) makeTapsButtons(table);
for (const network of all(document, 'figure svg')) makeNodesButtons(network);
for (const mark of all(document, 'figure :is(path, line)[aria-label]')) giveTitle(mark);
document.addEventListener('click', ({ target }) => {
  // A drag over a row marks its text, to be copied.
  if (!(target instanceof Element) || getSelection()?.isCollapsed === false) return;
  const marked = target.closest(OF_A_TAP);
  if (marked instanceof HTMLElement || marked instanceof SVGElement) toggle(marked);
});
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') pick(undefined);
});
bar.className = 'picked-bar';
bar.setAttribute('role', 'status');
document.body.append(bar);
document.body.classList.add('scripted');
