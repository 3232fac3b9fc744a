/** Breaks lines between words so that none is longer than `limit` (a longer word stands alone); line breaks of the text stay. */
export const wordWrap = (text: string, limit: number): string =>
  text
    .split('\n')
    .map((line) => wrapLine(line, limit))
    .join('\n');

function wrapLine(line: string, limit: number): string {
  let out = '';
  let width = 0;
  for (const [, space = '', word = ''] of line.matchAll(/(\s*)(\S*)/g)) {
    if (word === '' && width + space.length > limit) continue;
    if (width + space.length + word.length > limit && width + space.length > 0) {
      out += `\n${word}`;
      width = word.length;
    } else {
      out += space + word;
      width += space.length + word.length;
    }
  }
  return out;
}

export const indent = (text: string, amount: number): string =>
  text
    .split('\n')
    .map((line) => ' '.repeat(amount) + line)
    .join('\n');
