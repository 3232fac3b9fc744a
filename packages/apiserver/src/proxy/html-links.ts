/** Links of an HTML page, each replaced by what the caller makes of it; all else stays as it is, byte for byte. Pure, and linear in the page. */
import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';

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
const nothing = (): void => undefined;
const UNHEARD: TokenizerCallbacks = {
  onattribdata: nothing,
  onattribentity: nothing,
  onattribend: nothing,
  onattribname: nothing,
  oncdata: nothing,
  onclosetag: nothing,
  oncomment: nothing,
  ondeclaration: nothing,
  onend: nothing,
  onopentagend: nothing,
  onopentagname: nothing,
  onprocessinginstruction: nothing,
  onselfclosingtag: nothing,
  ontext: nothing,
  ontextentity: nothing,
};

export function rewriteLinks(html: string, rewrite: (link: string) => string): string {
  const out: string[] = [];
  let copied = 0;
  let links: ReadonlySet<string> | undefined;
  let isLink = false;
  let value = { from: 0, to: 0 };
  const heard: Partial<TokenizerCallbacks> = {
    onopentagname(start, end) {
      const tag = html.slice(start, end).toLowerCase();
      links = Object.hasOwn(LINKS, tag) ? LINKS[tag] : undefined;
    },
    onattribname(start, end) {
      isLink = links?.has(html.slice(start, end).toLowerCase()) ?? false;
      value = { from: end, to: end };
    },
    onattribdata(from, to) {
      value = { from, to };
    },
    onattribend() {
      if (!isLink || value.from === value.to) return;
      out.push(html.slice(copied, value.from), rewrite(html.slice(value.from, value.to)));
      copied = value.to;
    },
  };
  const tokenizer = new Tokenizer({ decodeEntities: false }, { ...UNHEARD, ...heard });
  tokenizer.write(html);
  tokenizer.end();
  return out.join('') + html.slice(copied);
}
