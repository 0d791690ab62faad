/** What is in an XML document: element names, texts and aria-labels. Throws where it is not well-formed. */
export function elementsOf(xml: string): { names: string[]; texts: string[]; labels: string[] } {
  const found = { names: [] as string[], texts: [] as string[], labels: [] as string[] };
  const open: string[] = [];
  const tokens = xml
    .trim()
    .matchAll(/<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)|(<)/gy);
  let end = 0;
  for (const { 0: token, 1: closing, 2: name, 3: attributes, 4: empty, 5: text, index } of tokens) {
    end = index + token.length;
    if (text !== undefined) addText(found.texts, text);
    else if (name === undefined) throw new Error(`not well-formed at ${xml.slice(index, index + 60)}`);
    else if (closing === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes another element`);
    } else {
      found.names.push(name);
      const label = /aria-label="([^"]*)"/.exec(attributes ?? '')?.[1];
      if (label !== undefined) found.labels.push(decoded(label));
      if (empty !== '/') open.push(name);
    }
  }
  if (open.length > 0 || end !== xml.trim().length) throw new Error(`unclosed: ${open.join(' ')}`);
  return found;
}

function addText(texts: string[], text: string): void {
  if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) throw new Error(`unknown entity in ${text}`);
  texts.push(decoded(text));
}

function decoded(text: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return text.replace(/&([^;]+);/g, (_, name: string) => entities[name] ?? '?');
}
