/**
 * One quick look over JSON text, strings skipped: how deep it nests, how many keys it has, whether it holds an integer
 * that a double may not hold. Text that is no JSON gets some answer; the parser refuses it afterwards.
 */
export interface JsonScan {
  depth: number;
  /** Keys, counted as colons outside strings. */
  keys: number;
  longInteger: boolean;
}

const LONG = 16;

export function scanJson(text: string): JsonScan {
  let depth = 0;
  let deepest = 0;
  let keys = 0;
  let digits = 0;
  let longInteger = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 48 && code <= 57) {
      if (++digits >= LONG) longInteger = true;
      continue;
    }
    digits = 0;
    if (code === 34) i = endOfString(text, i);
    else if (code === 58) keys++;
    else if (code === 123 || code === 91) deepest = Math.max(deepest, ++depth);
    else if (code === 125 || code === 93) depth--;
  }
  return { depth: deepest, keys, longInteger };
}

/** The index of the closing quote of the string that opens at `open`; the text's end where none closes it. */
export function endOfString(text: string, open: number): number {
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 1)) {
    let before = close - 1;
    while (before > open && text.charCodeAt(before) === 92) before--;
    if ((close - before) % 2 === 1) return close;
  }
  return text.length;
}
