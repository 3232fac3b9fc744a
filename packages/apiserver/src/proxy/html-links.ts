/** Links of an HTML page, each replaced by what the caller makes of it; all else stays as it is, byte for byte. Pure, and linear in the page. */
const HREF = new Set(['href']);
const CITE = new Set(['cite']);
const SRC = new Set(['src']);
const LINKS: Readonly<Record<string, ReadonlySet<string>>> = {
  a: HREF,
  applet: new Set(['codebase']),
  area: HREF,
  audio: SRC,
  base: HREF,
  blockquote: CITE,
  body: new Set(['background']),
  button: new Set(['formaction']),
  command: new Set(['icon']),
  del: CITE,
  embed: SRC,
  form: new Set(['action']),
  frame: new Set(['longdesc', 'src']),
  head: new Set(['profile']),
  html: new Set(['manifest']),
  iframe: new Set(['longdesc', 'src']),
  img: new Set(['longdesc', 'src', 'usemap']),
  input: new Set(['src', 'usemap', 'formaction']),
  ins: CITE,
  link: HREF,
  object: new Set(['classid', 'codebase', 'data', 'usemap']),
  q: CITE,
  script: SRC,
  source: SRC,
  video: new Set(['poster', 'src']),
};
/** What stands in these is no markup. */
const RAW: Readonly<Record<string, RegExp>> = {
  script: /<\/script/gi,
  style: /<\/style/gi,
  textarea: /<\/textarea/gi,
  title: /<\/title/gi,
};

export function rewriteLinks(html: string, rewrite: (link: string) => string): string {
  const out: string[] = [];
  let copied = 0;
  let at = 0;
  for (let open = html.indexOf('<'); open >= 0; open = html.indexOf('<', at)) {
    if (html.startsWith('<!--', open)) {
      at = endOf(html, '-->', open + 4);
      continue;
    }
    const tag = matchAt(/[a-z][a-z0-9]*/iy, html, open + 1).toLowerCase();
    at = open + 1 + tag.length;
    if (!tag) continue;
    const links = Object.hasOwn(LINKS, tag) ? LINKS[tag] : undefined;
    for (let found = attributeAt(html, at); found; found = attributeAt(html, at)) {
      at = found.end;
      if (!links?.has(found.name) || found.from === found.to) continue;
      out.push(html.slice(copied, found.from), rewrite(html.slice(found.from, found.to)));
      copied = found.to;
    }
    if (Object.hasOwn(RAW, tag)) at = startOf(html, RAW[tag], at);
  }
  return out.join('') + html.slice(copied);
}

interface Attribute {
  name: string;
  /** Where its value stands, without quotes. */
  from: number;
  to: number;
  end: number;
}

/** The next attribute of the tag that is open at `at`; undefined at the tag's end. */
function attributeAt(html: string, at: number): Attribute | undefined {
  const start = at + matchAt(/[\s/]*/y, html, at).length;
  if (start >= html.length || html[start] === '>') return undefined;
  const name = matchAt(/=?[^\s/>=]*/y, html, start);
  const afterName = start + name.length;
  const equals = matchAt(/\s*=\s*/y, html, afterName);
  const from = afterName + equals.length;
  const value = { name: name.toLowerCase(), from, to: from, end: from };
  if (!equals) return value;
  const quote = html[from];
  if (quote !== '"' && quote !== "'") {
    const to = from + matchAt(/[^\s>]*/y, html, from).length;
    return { ...value, to, end: to };
  }
  const close = html.indexOf(quote, from + 1);
  return close < 0 ? { ...value, end: html.length } : { ...value, from: from + 1, to: close, end: close + 1 };
}

function matchAt(sticky: RegExp, text: string, at: number): string {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0] ?? '';
}

function endOf(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found < 0 ? text.length : found + what.length;
}

function startOf(text: string, what: RegExp | undefined, from: number): number {
  if (!what) return from;
  what.lastIndex = from;
  return what.exec(text)?.index ?? text.length;
}
