/** Warning headers of one response: each text once, cut when all together are too long for a header. */
const MAX_TOTAL = 4096;
const MAX_EACH = 256;

export class Warnings {
  readonly #texts = new Set<string>();

  add(...texts: string[]): void {
    for (const text of texts) this.#texts.add(text);
  }

  get headers(): Record<string, string[]> {
    if (this.#texts.size === 0) return {};
    const texts = [...this.#texts];
    const long = texts.reduce((sum, text) => sum + text.length, 0) > MAX_TOTAL;
    const shown = long ? texts.map((text) => Array.from(text).slice(0, MAX_EACH).join('')) : texts;
    return { warning: shown.map(format) };
  }
}

const format = (text: string): string => {
  // oxlint-disable-next-line no-control-regex -- header values hold none
  const clean = text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').replaceAll(/[^\u0020-\u00ff]/g, '?');
  return `299 - "${clean.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
};
