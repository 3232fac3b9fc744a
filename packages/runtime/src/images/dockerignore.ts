/**
 * .dockerignore, as Docker reads it: a pattern a line, which takes a path with all below it; `*` and `?` stay within a name, `**`
 * does not; `!` brings back; the last pattern that fits decides. Pure.
 */
export interface IgnoreRules {
  /** Of a path inside the context, with slashes. */
  ignores(path: string): boolean;
  /** Nothing below an ignored folder can come back. */
  prunes: boolean;
}

interface Rule {
  pattern: RegExp;
  brings: boolean;
}

export function parseDockerignore(text: string): IgnoreRules {
  const rules = text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '!')
    .map(parseRule)
    .filter((rule) => rule !== undefined);
  return {
    prunes: !rules.some((rule) => rule.brings),
    ignores(path) {
      const names = path.split('/');
      const places = names.map((_, i) => names.slice(0, i + 1).join('/'));
      const last = rules.findLast(({ pattern }) => places.some((place) => pattern.test(place)));
      return last !== undefined && !last.brings;
    },
  };
}

function parseRule(line: string): Rule | undefined {
  const brings = line.startsWith('!');
  const names = (brings ? line.slice(1).trim() : line).split('/').filter((name) => name !== '' && name !== '.');
  const clean: string[] = [];
  for (const name of names) {
    if (name === '..') clean.pop();
    else clean.push(name);
  }
  if (clean.length === 0) return undefined;
  return { brings, pattern: new RegExp(`^${sourceOf(clean.join('/'))}$`, 's') };
}

const TOKEN = /\*\*\/|\*\*|\*|\?|\[\^?\]?[^\]]*\]|\\.|./gs;

function sourceOf(pattern: string): string {
  return pattern.replaceAll(TOKEN, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.length > 1 && token.startsWith('[')) return token.replaceAll('\\', '\\\\');
    return token.replace(/^\\(?=.)/s, '').replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`);
  });
}
