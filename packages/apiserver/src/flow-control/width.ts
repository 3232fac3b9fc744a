/**
 * How many seats a request takes: one, but a list, and a watch that begins with one, takes as many as its answer is estimated to
 * weigh. What is served from memory is sent piece by piece, so that no list takes more than ten. Pure.
 */
import { type ResourceInfo, isTrue } from '../request/info.ts';

const BYTES_PER_SEAT = 100_000;
const MOST_AT_ONCE = 1_000_000;

export interface Weight {
  objects: number;
  averageBytes: number;
}

/** `weighed` is asked only of what may be wide. `most` is what the level allows. */
export function widthOf(
  info: ResourceInfo,
  query: URLSearchParams,
  { weighed, most }: { weighed: () => Weight | undefined; most: number },
): number {
  if (info.verb !== 'list' && (info.verb !== 'watch' || !beginsWithState(query))) return 1;
  // One by its name is read as a get.
  if (info.name || /(^|,)metadata\.name==?[^,]/.test(info.fieldSelector ?? '')) return 1;
  const weight = weighed();
  if (!weight) return 1;
  const limit = Number(query.get('limit') ?? 0);
  const objects = limit > 0 && limit < weight.objects ? limit : weight.objects;
  const seats = Math.ceil(Math.min(objects * weight.averageBytes, MOST_AT_ONCE) / BYTES_PER_SEAT);
  return Math.max(1, Math.min(seats, most));
}

function beginsWithState(query: URLSearchParams): boolean {
  const revision = query.get('resourceVersion') ?? '';
  return isTrue(query.get('sendInitialEvents')) || revision === '' || revision === '0';
}
