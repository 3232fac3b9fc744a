/**
 * Admission: plugins that may change (admit) and refuse (validate) what is about to be written, after defaults and
 * before storage. They read the caches alone; a refusal is a StatusError, usually Forbidden.
 */
import type { KubernetesObject, ResourceDefinition } from '@mkube/apimachinery';
import type { ServerContext } from '../context.ts';
import type { User } from '../request/request.ts';
import type { Warnings } from '../request/warnings.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

export interface Attributes<T extends KubernetesObject = KubernetesObject> {
  operation: Operation;
  definition: ResourceDefinition;
  subresource: string;
  namespace: string;
  name: string;
  /** What is to be; absent for DELETE. */
  object: T;
  /** What is; absent for CREATE. */
  oldObject?: KubernetesObject;
  user: User;
  dryRun: boolean;
  warnings: Warnings;
}

export interface AdmissionPlugin {
  name: string;
  /** Returns the object, or a changed copy. */
  admit?(attributes: Attributes, server: ServerContext): KubernetesObject | Promise<KubernetesObject>;
  validate?(attributes: Attributes, server: ServerContext): void | Promise<void>;
}

export async function admit(attributes: Attributes, server: ServerContext): Promise<KubernetesObject> {
  let object = attributes.object;
  for (const plugin of server.admission) {
    const admitted = plugin.admit?.(object === attributes.object ? attributes : { ...attributes, object }, server);
    if (admitted !== undefined) object = admitted instanceof Promise ? await admitted : admitted;
  }
  return object;
}

export async function validateAdmission(attributes: Attributes, server: ServerContext): Promise<void> {
  for (const plugin of server.admission) {
    const judged = plugin.validate?.(attributes, server);
    if (judged instanceof Promise) await judged;
  }
}

export const isResource = (attributes: Attributes, group: string, resource: string): boolean =>
  attributes.definition.group === group && attributes.definition.resource === resource;
