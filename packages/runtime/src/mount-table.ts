/** The kernel's list of what is mounted, as this process sees it; empty where there is no such list. */
import { readText } from './atomic-file.ts';

export const mountPoints = (): string[] => readTable().split('\n').map(pointOf).filter(Boolean);

/** Mount points at or below a folder, deepest first. A node has hundreds of others: only lines that name it are taken apart. */
export function mountsUnder(folder: string): string[] {
  const written = escapeBlanks(folder);
  return readTable()
    .split('\n')
    .filter((line) => line.includes(written))
    .map(pointOf)
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .toReversed();
}

const readTable = (): string => readText('/proc/self/mountinfo') ?? '';

/** Blanks and backslashes of a path stand in octal, in this list as in fstab(5). */
export const escapeBlanks = (text: string): string =>
  text.replaceAll(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);

function pointOf(line: string): string {
  const text = line.split(' ', 5)[4] ?? '';
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
