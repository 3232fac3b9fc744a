/** Follows one object by name until a test holds: get, then watch from there, again and again until the signal. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { StatusError } from '@mkube/apimachinery';
import type { Rest } from './rest.ts';
import { watchFrames } from './watch.ts';

export interface Following<T extends KubernetesObject> {
  rest: Rest;
  /** Path of the collection. */
  path: string;
  name: string;
  signal: AbortSignal;
  /** Called with every state of the object; undefined while there is none. */
  done(object: T | undefined): boolean;
  /** False: an object that is not there is an error. */
  mayBeMissing: boolean;
}

/** False when the signal came first. */
export async function followObject<T extends KubernetesObject>({
  rest,
  path,
  name,
  signal,
  done,
  mayBeMissing,
}: Following<T>): Promise<boolean> {
  for (let first = true; ; first = false) {
    if (signal.aborted && !first) return false;
    const list = await rest.json<{ items: T[]; metadata: { resourceVersion: string } }>({
      path,
      query: { fieldSelector: `metadata.name=${name}` },
    });
    const now = list.items[0];
    if (now === undefined && !mayBeMissing) await rest.json({ path: `${path}/${encodeURIComponent(name)}` });
    if (done(now)) return true;
    if (signal.aborted) return false;
    if (await watchUntil({ rest, path, name, signal, done, mayBeMissing }, list.metadata.resourceVersion)) return true;
  }
}

async function watchUntil<T extends KubernetesObject>(
  { rest, path, name, signal, done }: Following<T>,
  resourceVersion: string,
): Promise<boolean> {
  try {
    const response = await rest.stream({
      path,
      query: { fieldSelector: `metadata.name=${name}`, watch: true, resourceVersion },
      signal,
    });
    for await (const event of watchFrames(response, signal))
      if (done(event.type === 'DELETED' ? undefined : (event.object as T))) return true;
  } catch (error) {
    if (!signal.aborted && !(error instanceof StatusError && error.code === 410)) throw error;
  }
  return false;
}
