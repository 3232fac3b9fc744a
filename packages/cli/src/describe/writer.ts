/** Lines of a description, indented by level, aligned when it is done. */
import type { ObjectMeta } from '@mkube/apimachinery';
import { alignTabs } from '../printers/tab-writer.ts';

export interface Writer {
  /** `write(1, 'IP:\t10.0.0.1')`: level, then the line. */
  write(level: number, line: string): void;
  text(): string;
}

export function createWriter(): Writer {
  const lines: string[] = [];
  return {
    write: (level, line) => void lines.push('  '.repeat(level) + line),
    text: () => alignTabs(`${lines.join('\n')}\n`),
  };
}

/** What nearly every description begins with. */
export function writeHead(w: Writer, { name, namespace, labels, annotations }: ObjectMeta): void {
  w.write(0, `Name:\t${name}`);
  if (namespace !== undefined) w.write(0, `Namespace:\t${namespace}`);
  writeMap(w, 0, 'Labels', labels);
  writeAnnotations(w, 0, 'Annotations', annotations);
}

/** 'a=b,c=d', '<none>' */
export const formatPairs = (map: Record<string, string> | undefined): string =>
  Object.entries(map ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([k, v]) => `${k}=${v}`)
    .join(',') || '<none>';

/** 'Mon, 23 Nov 2026 07:00:00 +0000' */
export function formatTime(time: string | undefined): string {
  if (!time) return '<unset>';
  return new Date(time).toUTCString().replace('GMT', '+0000');
}

export function writeMap(w: Writer, level: number, title: string, map: Record<string, string> | undefined): void {
  const entries = Object.entries(map ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) w.write(level, `${title}:\t<none>`);
  entries.forEach(([k, v], i) => w.write(level, `${i === 0 ? `${title}:` : ''}\t${k}=${v}`));
}

const HIDDEN = new Set(['kubectl.kubernetes.io/last-applied-configuration']);
const LONGEST = 140;

export function writeAnnotations(
  w: Writer,
  level: number,
  title: string,
  annotations: Record<string, string> | undefined,
): void {
  const entries = Object.entries(annotations ?? {})
    .filter(([key]) => !HIDDEN.has(key))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) w.write(level, `${title}:\t<none>`);
  entries.forEach(([key, value], i) => {
    const head = i === 0 ? `${title}:` : '';
    const short = value.trimEnd();
    if (key.length + short.length + 2 <= LONGEST && !short.includes('\n')) {
      w.write(level, `${head}\t${key}: ${short}`);
      return;
    }
    w.write(level, `${head}\t${key}:`);
    for (const line of short.split('\n'))
      w.write(level, `\t  ${line.length > LONGEST ? `${line.slice(0, LONGEST)}...` : line}`);
  });
}

/** Of workloads: type, status and reason. */
export function writeConditions(
  w: Writer,
  conditions: readonly { type: string; status: string; reason?: string }[] | undefined,
): void {
  if (!conditions?.length) return;
  w.write(0, 'Conditions:');
  w.write(1, 'Type\tStatus\tReason');
  w.write(1, '----\t------\t------');
  for (const c of conditions) w.write(1, `${c.type} \t${c.status}\t${c.reason ?? ''}`);
}
