import { describe, expect, it } from 'vitest';
import { type ResultsPage, sectionsIn, withSection } from '../../scripts/results-page.js';

const PAGE: ResultsPage = { path: 'RESULTS.md', head: '# Results\n\nHow they came about.' };

describe('a section of a results page', () => {
  it('is written below the head, and after those that are there', () => {
    const one = withSection('', PAGE, { title: 'One', text: '## One\n\n1' });
    expect(one).toBe('# Results\n\nHow they came about.\n\n## One\n\n1\n');
    const two = withSection(one, PAGE, { title: 'Two', text: '## Two\n\n2\n\n' });
    expect(two).toBe(`${one}\n## Two\n\n2\n`);
  });

  it('takes the place of the one with its title', () => {
    const before = '# Old head\n\n## One\n\n1\n\n## Two\n\n2\n';
    const after = withSection(before, PAGE, { title: 'One', text: '## One\n\nnew\n\n### Part' });
    expect([...sectionsIn(after)]).toEqual([
      ['One', '## One\n\nnew\n\n### Part'],
      ['Two', '## Two\n\n2'],
    ]);
    expect(after.startsWith(PAGE.head)).toBe(true);
  });

  it('stands where the order of the page has it, those that it does not name last', () => {
    const ordered = { ...PAGE, order: ['A', 'B', 'C'] };
    let text = '';
    for (const title of ['other', 'C', 'A'])
      text = withSection(text, ordered, { title, text: `## ${title}` });
    expect([...sectionsIn(text).keys()]).toEqual(['A', 'C', 'other']);
  });
});
