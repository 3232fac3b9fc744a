/**
 * A file of environment variables that fileKeyRef reads: NAME='value' a line, values literal and perhaps of several lines, comments
 * after '#'. Strict, as Kubernetes is: what a shell might read in another way is refused. Pure.
 */

/** '' where the file does not have the variable. */
export function valueInEnvFile(text: string, key: string): string {
  let rest = text;
  for (let line = 1; rest !== '';) {
    const { name, value, length } = entryAt(rest, line);
    if (name !== undefined && name === key) return value;
    line += rest.slice(0, length).split('\n').length - 1;
    rest = rest.slice(length);
  }
  return '';
}

interface Entry {
  /** Undefined for a line that says nothing. */
  name: string | undefined;
  value: string;
  /** Of the whole entry with the end of its last line. */
  length: number;
}

const SILENT = /^[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/;
/** A blank after '=' ends the value before it began, as in a shell. */
const EMPTY = /^[ \t]*([^\s=]+)=[ \t]+[^\n]*(?:\n|$)/;
const QUOTED = /^[ \t]*([^\s=]+)='([^']*)'[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/;

function entryAt(text: string, line: number): Entry {
  const silent = SILENT.exec(text);
  if (silent) return { name: undefined, value: '', length: silent[0].length };
  const empty = EMPTY.exec(text);
  if (empty) return { name: empty[1], value: '', length: empty[0].length };
  const quoted = QUOTED.exec(text);
  if (quoted) return { name: quoted[1], value: quoted[2] ?? '', length: quoted[0].length };
  throw new Error(`invalid environment variable format at line ${line}`);
}
