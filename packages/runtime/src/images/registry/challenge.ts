/** Reads a WWW-Authenticate header: the schemes a registry takes and their parameters. Pure. */
export interface Challenge {
  /** In lower case: 'bearer', 'basic'. */
  scheme: string;
  params: Record<string, string>;
}

export function parseChallenges(header: string): Challenge[] {
  const found: Challenge[] = [];
  const token = /([A-Za-z][\w-]*)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;
  for (const [, name = '', quoted, plain] of header.matchAll(token)) {
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
    if (value === undefined) found.push({ scheme: name.toLowerCase(), params: {} });
    else {
      const last = found.at(-1);
      if (last) last.params[name.toLowerCase()] = value;
    }
  }
  return found;
}
