/** Why text is no JSON, in Go's words, which Kubernetes passes on. Looked for only once a parser has refused the text. */

const TEXT_ENDS = 'unexpected end of JSON input';

class Fault extends Error {}

/** undefined where there is nothing to find fault with. */
export function jsonFault(text: string): string | undefined {
  const scan = new Scan(Buffer.from(text));
  try {
    scan.value();
    scan.end();
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
  return undefined;
}

/** Bytes, as Go reads them. */
class Scan {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  value(): void {
    const first = this.#next();
    if (first === '{') this.#object();
    else if (first === '[') this.#array();
    else if (first === '"') this.#string();
    else if (first === '-' || isDigit(first)) this.#number(first);
    else if (LITERALS[first]) this.#literal(LITERALS[first]);
    else throw this.#wrong(first, 'looking for beginning of value');
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw this.#wrong(this.#peek(), 'after top-level value');
  }

  #object(): void {
    const KEY = 'looking for beginning of object key string';
    for (let first = true; ; first = false) {
      const start = this.#next();
      if (first && start === '}') return;
      if (start !== '"') throw this.#wrong(start, KEY);
      this.#string();
      this.#expect([':'], 'after object key');
      this.value();
      if (this.#expect([',', '}'], 'after object key:value pair') === '}') return;
    }
  }

  #array(): void {
    this.#skipSpace();
    if (this.#peek() === ']') {
      this.#at++;
      return;
    }
    do this.value();
    while (this.#expect([',', ']'], 'after array element') === ',');
  }

  #string(): void {
    for (;;) {
      const letter = this.#take();
      if (letter === '"') return;
      if (letter < ' ') throw this.#wrong(letter, 'in string literal');
      if (letter !== '\\') continue;
      const escaped = this.#take();
      if (escaped === 'u') {
        for (let i = 0; i < 4; i++) this.#digit(/[0-9a-fA-F]/, 'in \\u hexadecimal character escape');
      } else if (!'bfnrt\\/"'.includes(escaped)) throw this.#wrong(escaped, 'in string escape code');
    }
  }

  #number(first: string): void {
    const start = first === '-' ? this.#digit(/\d/, 'in numeric literal') : first;
    if (start !== '0') this.#digits();
    if (this.#peek() === '.') {
      this.#at++;
      this.#digit(/\d/, 'after decimal point in numeric literal');
      this.#digits();
    }
    if (!/[eE]/.test(this.#peek())) return;
    this.#at++;
    if (/[+-]/.test(this.#peek())) this.#at++;
    this.#digit(/\d/, 'in exponent of numeric literal');
    this.#digits();
  }

  #literal(word: string): void {
    for (const letter of word.slice(1)) {
      const found = this.#take();
      if (found !== letter) throw this.#wrong(found, `in literal ${word} (expecting '${letter}')`);
    }
  }

  #digits(): void {
    while (isDigit(this.#peek())) this.#at++;
  }

  #digit(allowed: RegExp, where: string): string {
    const digit = this.#take();
    if (!allowed.test(digit)) throw this.#wrong(digit, where);
    return digit;
  }

  #expect(allowed: readonly string[], where: string): string {
    const sign = this.#next();
    if (!allowed.includes(sign)) throw this.#wrong(sign, where);
    return sign;
  }

  #next(): string {
    this.#skipSpace();
    return this.#take();
  }

  #take(): string {
    if (this.#at >= this.#bytes.length) throw new Fault(TEXT_ENDS);
    return String.fromCharCode(this.#bytes[this.#at++] ?? 0);
  }

  /** '' at the end. */
  #peek(): string {
    return this.#at < this.#bytes.length ? String.fromCharCode(this.#bytes[this.#at] ?? 0) : '';
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#peek())) this.#at++;
  }

  #wrong(letter: string, where: string): Fault {
    const quoted = JSON.stringify(letter).slice(1, -1).replace('\\u00', '\\x');
    const shown = letter === "'" ? "\\'" : letter === '"' ? '"' : quoted;
    return new Fault(`invalid character '${shown}' ${where}`);
  }
}

const isDigit = (letter: string): boolean => letter >= '0' && letter <= '9' && letter.length === 1;
const LITERALS: Readonly<Record<string, string>> = { t: 'true', f: 'false', n: 'null' };
