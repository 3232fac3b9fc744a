/**
 * Admission: plugins that may change (admit) and refuse (validate) what is about to be written, after defaults and
 * before storage. They read the caches alone; a refusal is a StatusError, usually Forbidden.
 */
import type { KubernetesObject, ResourceDefinition } from '@mkube/apimachinery';
import type { ServerContext } from '../context.ts';
import type { Later } from '../request/later.ts';
import type { User } from '../request/request.ts';
import type { Warnings } from '../request/warnings.ts';
import type { AdmissionTimes, Took } from './times.ts';

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
  const { admission, admissionTimes: times } = server;
  const { operation } = attributes;
  let asked = attributes;
  let began = performance.now();
  for (let i = first; i < admission.length; i++) {
    const plugin = admission[i];
    if (!plugin?.admit) continue;
    const took = { name: plugin.name, step: 'admit', operation, began } as const;
    const admitted = orRefused(() => plugin.admit?.(asked, server) ?? asked.object, took, times);
    if (admitted instanceof Promise)
      return admitted.then(
        (object) => {
          times.note(took);
          return admitFrom(i + 1, { ...attributes, object }, server);
        },
        refusing(took, times),
      );
    began = times.note(took);
    if (admitted !== asked.object) asked = { ...attributes, object: admitted };
  }
  return asked.object;
}

function validateFrom(first: number, attributes: Attributes, server: ServerContext): Later<void> {
  const { admission, admissionTimes: times } = server;
  const { operation } = attributes;
  let began = performance.now();
  for (let i = first; i < admission.length; i++) {
    const plugin = admission[i];
    if (!plugin?.validate) continue;
    const took = { name: plugin.name, step: 'validate', operation, began } as const;
    const judged = orRefused(() => plugin.validate?.(attributes, server), took, times);
    if (judged instanceof Promise)
      return judged.then(
        () => {
          times.note(took);
          return validateFrom(i + 1, attributes, server);
        },
        refusing(took, times),
      );
    began = times.note(took);
  }
}

function orRefused<T>(ask: () => T, took: Took, times: AdmissionTimes): T {
  try {
    return ask();
  } catch (error) {
    return refusing(took, times)(error);
  }
}

const refusing =
  (took: Took, times: AdmissionTimes) =>
  (error: unknown): never => {
    times.refused(took);
    throw error;
  };

export const isResource = (attributes: Attributes, group: string, resource: string): boolean =>
  attributes.definition.group === group && attributes.definition.resource === resource;
