/** How the pods of a controller fare, in one line. */
import type { Pod } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';
import { pathOf } from '../mapper.ts';
import { PODS } from '../pods.ts';
import type { Rest } from '../rest.ts';
import type { Writer } from './writer.ts';

export async function writePodsStatus(
  w: Writer,
  { rest, object, selector }: { rest: Rest; object: KubernetesObject; selector: string },
): Promise<void> {
  const { items } = await rest.json<{ items: Pod[] }>({
    path: pathOf(PODS, object.metadata.namespace),
    query: { labelSelector: selector, limit: 500 },
  });
  const own = items.filter((p) =>
    p.metadata.ownerReferences?.some((o) => o.controller && o.uid === object.metadata.uid),
  );
  const count = (phase: string): number => own.filter((p) => p.status.phase === phase).length;
  w.write(
    0,
    `Pods Status:\t${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`,
  );
}

export function writeControlledBy(w: Writer, { metadata }: KubernetesObject): void {
  const owner = metadata.ownerReferences?.find((o) => o.controller);
  if (owner) w.write(0, `Controlled By:\t${owner.kind}/${owner.name}`);
}
