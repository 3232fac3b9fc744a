/** Empties namespaces that are going, and lets them go when nothing is left: the `kubernetes` finalizer of their spec. */
import type { Namespace } from '@mkube/api';
import { Conflict, isDeleting } from '@mkube/apimachinery';
import { type Controller, type Requeue, watch } from '@mkube/client';
import { isDeepStrictEqual } from 'node:util';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { deleteContent } from './content.ts';
import { type Remains, isEmpty, namespaceConditions } from './plan.ts';

const FINALIZER = 'kubernetes';
/** Objects that end on their own time: looked at again after a while that grows no further than this. */
const LONGEST_WAIT_MS = 15_000;
const SHORTEST_WAIT_MS = 100;

export function namespaceController(context: ControllerContext): Controller {
  const { client, clock } = context;
  const namespaces = context.informer('namespaces');
  const rounds = new Map<string, number>();
  return {
    name: 'namespace',
    watches: [watch(namespaces, (ns) => (isDeleting(ns) ? ns.metadata.name : undefined))],
    async reconcile(name, signal) {
      const namespace = namespaces.lister.get(name);
      if (!namespace || !isDeleting(namespace) || !holds(namespace)) {
        rounds.delete(name);
        return undefined;
      }
      const remains = await deleteContent({ client, namespace: name, signal });
      if (isEmpty(remains)) return finalize(namespace, signal);
      await writeConditions(namespace, remains, signal);
      return waitFor(namespace);
    },
  };

  /** Its own requeue, so that a namespace which takes long is neither a failure nor a busy loop. */
  function waitFor({ metadata }: Namespace): Requeue {
    const round = rounds.get(metadata.name) ?? 0;
    rounds.set(metadata.name, round + 1);
    return { requeueAfter: Math.min(SHORTEST_WAIT_MS * 1.5 ** round, LONGEST_WAIT_MS) };
  }

  async function finalize(namespace: Namespace, signal: AbortSignal): Promise<undefined> {
    const finalizers = namespace.spec.finalizers?.filter((finalizer) => finalizer !== FINALIZER) ?? [];
    const body = { ...namespace, spec: { ...namespace.spec, finalizers } };
    await client.namespaces.updateSubresource(namespace.metadata, 'finalize', body, { signal }).catch(ignoreNotFound);
  }

  async function writeConditions(namespace: Namespace, remains: Remains, signal: AbortSignal): Promise<void> {
    const conditions = namespaceConditions(namespace, remains, clock.now());
    if (isDeepStrictEqual(conditions, namespace.status.conditions)) return;
    const status = { ...namespace.status, conditions };
    await client.namespaces.updateStatus({ ...namespace, status }, { signal }).catch((error: unknown) => {
      if (!(error instanceof Conflict)) ignoreNotFound(error);
    });
  }
}

const holds = ({ spec }: Namespace): boolean => spec.finalizers?.includes(FINALIZER) ?? false;
