/**
 * Keeps the flow control objects as they ought to be: those of every cluster exist and have their spec, as long as their
 * annotation says so, and each FlowSchema's status says whether its priority level exists.
 */
import { isDeepStrictEqual } from 'node:util';
import type { FlowSchema } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';
import { ensure } from '../bootstrap/bootstrap.ts';
import type { ServerContext } from '../context.ts';
import { withDefaults } from '../handlers/write.ts';
import { FLOW_CONTROL } from './configuration.ts';
import { danglingOf, withCondition } from './dangling.ts';
import { AUTO_UPDATE, flowControlObjects, isMandatory } from './objects.ts';

export async function keepFlowControl(server: ServerContext): Promise<void> {
  for (const wanted of flowControlObjects(server.clock())) {
    const object = wanted as unknown as KubernetesObject;
    await ensure(server, object);
    await keepSpec(server, object);
  }
  await keepConditions(server);
}

async function keepConditions({ resources, clock }: ServerContext): Promise<void> {
  const schemas = resources.need('flowschemas', FLOW_CONTROL);
  const levels = resources.need('prioritylevelconfigurations', FLOW_CONTROL);
  const judged = (object: KubernetesObject): KubernetesObject => {
    const schema = object as unknown as FlowSchema;
    const exists = levels.cache.get('', schema.spec.priorityLevelConfiguration.name) !== undefined;
    return withCondition(schema, danglingOf(schema, { exists, now: clock() })) as unknown as KubernetesObject;
  };
  for (const entry of Array.from(schemas.cache.list()))
    if (judged(entry.object) !== entry.object) await schemas.update(entry, ({ object }) => judged(object));
}

async function keepSpec({ resources }: ServerContext, wanted: KubernetesObject): Promise<void> {
  const found = resources.findKind({ group: FLOW_CONTROL, version: 'v1', kind: wanted.kind });
  const existing = found?.storage.cache.get('', wanted.metadata.name);
  if (!found || !existing) return;
  const { schema } = found.definition;
  const whole = withDefaults(schema.decode(wanted).object as unknown as KubernetesObject, found.definition);
  if (kept(existing.object, whole) !== existing.object)
    await found.storage.update(existing, ({ object }) => kept(object, whole));
}

/** The object with the spec that it is to have; itself when it has it, or is an administrator's now. */
function kept(object: KubernetesObject, wanted: KubernetesObject): KubernetesObject {
  if (!isMandatory(wanted) && object.metadata.annotations?.[AUTO_UPDATE] !== 'true') return object;
  if (isDeepStrictEqual(specOf(object), specOf(wanted))) return object;
  const { generation = 0 } = object.metadata;
  const { spec } = wanted as { spec?: object };
  return { ...object, metadata: { ...object.metadata, generation: generation + 1 }, spec } as KubernetesObject;
}

const specOf = (object: object): unknown => JSON.parse(JSON.stringify((object as { spec?: object }).spec ?? null));
