/** Warning headers of one response: each text once, cut when all together are too long for a header. */
const MAX_TOTAL = 4096;
const MAX_EACH = 256;

export class Warnings {
  /** Few answers have any. */
  #texts: Set<string> | undefined;

  add(...texts: string[]): void {
    this.#texts ??= new Set();
    for (const text of texts) this.#texts.add(text);
  }

  addTo(headers: Record<string, string | string[]>): void {
    if (this.#texts?.size) headers['warning'] = textsOf(this.#texts);
  }
}

function textsOf(warnings: ReadonlySet<string>): string[] {
  const texts = [...warnings];
  const long = texts.reduce((sum, text) => sum + text.length, 0) > MAX_TOTAL;
  const shown = long ? texts.map((text) => Array.from(text).slice(0, MAX_EACH).join('')) : texts;
  return shown.map(format);
}

const format = (text: string): string => {
  // oxlint-disable-next-line no-control-regex -- header values hold none
  const clean = text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').replaceAll(/[^\u0020-\u00ff]/g, '?');
  return `299 - "${clean.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
};
