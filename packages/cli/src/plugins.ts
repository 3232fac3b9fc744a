/** Plugins: programs on PATH called mkube-x or kubectl-x become commands, so that kubectl's plugins work here. */
import * as fs from 'node:fs';
import * as path from 'node:path';

const PREFIXES = ['mkube-', 'kubectl-'];

/** Every plugin, first of its name first. */
export function listPlugins(pathVariable: string | undefined): string[] {
  return foldersOf(pathVariable).flatMap((folder) =>
    namesIn(folder)
      .filter((name) => PREFIXES.some((p) => name.startsWith(p)))
      .map((name) => path.join(folder, name))
      .filter(isProgram),
  );
}

/** The plugin with the longest name that the words begin with: 'foo bar baz' is mkube-foo-bar with 'baz'. */
export function findPlugin(
  words: readonly string[],
  pathVariable: string | undefined,
): { file: string; args: string[] } | undefined {
  const flag = words.findIndex((w) => w.startsWith('-'));
  const named = flag < 0 ? words : words.slice(0, flag);
  // a name is a name: nothing that leads to another folder
  if (!named.every((w) => /^[\w.-]+$/.test(w))) return undefined;
  for (let taken = named.length; taken > 0; taken--) {
    const name = named
      .slice(0, taken)
      .map((w) => w.replaceAll('-', '_'))
      .join('-');
    for (const prefix of PREFIXES)
      for (const folder of foldersOf(pathVariable)) {
        const file = path.join(folder, prefix + name);
        if (isProgram(file)) return { file, args: words.slice(taken) };
      }
  }
  return undefined;
}

const foldersOf = (pathVariable = ''): string[] => [
  ...new Set(pathVariable.split(path.delimiter).filter((f) => path.isAbsolute(f))),
];

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
