/**
 * Admission: plugins that may change (admit) and refuse (validate) what is about to be written, after defaults and
 * before storage. They read the caches alone; a refusal is a StatusError, usually Forbidden.
 */
import type { KubernetesObject, ResourceDefinition } from '@mkube/apimachinery';
import type { ServerContext } from '../context.ts';
import type { Later } from '../request/later.ts';
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
  admit?(attributes: Attributes, server: ServerContext): Later<KubernetesObject>;
  validate?(attributes: Attributes, server: ServerContext): Later<void>;
}

export const admit = (attributes: Attributes, server: ServerContext): Later<KubernetesObject> =>
  admitFrom(0, attributes, server);

export const validateAdmission = (attributes: Attributes, server: ServerContext): Later<void> =>
  validateFrom(0, attributes, server);

/** Asks the plugins from this one on. */
function admitFrom(first: number, attributes: Attributes, server: ServerContext): Later<KubernetesObject> {
  const { admission } = server;
  let asked = attributes;
  for (let i = first; i < admission.length; i++) {
    const admitted = admission[i]?.admit?.(asked, server);
    if (admitted === undefined || admitted === asked.object) continue;
    if (admitted instanceof Promise)
      return admitted.then((object) => admitFrom(i + 1, { ...attributes, object }, server));
    asked = { ...attributes, object: admitted };
  }
  return asked.object;
}

function validateFrom(first: number, attributes: Attributes, server: ServerContext): Later<void> {
  const { admission } = server;
  for (let i = first; i < admission.length; i++) {
    const judged = admission[i]?.validate?.(attributes, server);
    if (judged instanceof Promise) return judged.then(() => validateFrom(i + 1, attributes, server));
  }
}

export const isResource = (attributes: Attributes, group: string, resource: string): boolean =>
  attributes.definition.group === group && attributes.definition.resource === resource;
