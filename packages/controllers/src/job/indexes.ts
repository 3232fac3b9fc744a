/** Sets of completion indexes as a Job's status writes them: '1,3-5,7'. Pure. */
import type { Pod } from '@mkube/api';

export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const [from, to] = part.split('-').map(Number);
    if (from === undefined || part === '' || !Number.isInteger(from)) continue;
    for (let index = from; index <= Math.min(to ?? from, completions - 1); index++) indexes.add(index);
  }
  return indexes;
}

/** Two in a row stay a pair: '1,2', and only longer runs become ranges, as upstream writes them. */
export function formatIndexes(indexes: ReadonlySet<number>): string {
  const runs: [number, number][] = [];
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && run[1] === index - 1) run[1] = index;
    else runs.push([index, index]);
  }
  return runs
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`))
    .join(',');
}

/** The index that a pod works on; undefined for one that has none or a wrong one. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[COMPLETION_INDEX];
  const index = Number(text);
  return text !== undefined && Number.isInteger(index) && index >= 0 ? index : undefined;
}
