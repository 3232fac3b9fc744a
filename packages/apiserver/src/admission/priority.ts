/** Priority: a pod's priority and preemption policy come from its class, the global default class, or are 0. */
import type { Pod, PriorityClass } from '@mkube/api';
import { forbiddenResource } from '@mkube/apimachinery';
import type { ServerContext } from '../context.ts';
import type { Entry } from '../storage/entry.ts';
import { type AdmissionPlugin, isResource } from './plugin.ts';

export const priority: AdmissionPlugin = {
  name: 'Priority',
  admit(attributes, server) {
    const { operation, subresource, object, oldObject, name } = attributes;
    if (!isResource(attributes, '', 'pods') || subresource) return object;
    const pod = object as Pod;
    if (operation === 'UPDATE') {
      const old = oldObject as Pod;
      const { priority: value, preemptionPolicy } = old.spec;
      if (pod.spec.priority !== undefined || value === undefined) return pod;
      return {
        ...pod,
        spec: {
          ...pod.spec,
          priority: value,
          ...(preemptionPolicy && !pod.spec.preemptionPolicy && { preemptionPolicy }),
        },
      };
    }
    if (operation !== 'CREATE') return pod;
    const found = classOf(pod, server, name);
    const value = found?.value ?? 0;
    const preemptionPolicy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
    if (pod.spec.priority !== undefined && pod.spec.priority !== value)
      throw forbiddenResource(
        attributes.definition,
        name,
        `the integer value of priority (${pod.spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      );
    const className = found?.metadata.name ?? pod.spec.priorityClassName;
    return {
      ...pod,
      spec: {
        ...pod.spec,
        ...(className && { priorityClassName: className }),
        priority: value,
        preemptionPolicy: pod.spec.preemptionPolicy ?? preemptionPolicy,
      },
    };
  },
};

function classOf({ spec }: Pod, { resources }: ServerContext, name: string): PriorityClass | undefined {
  const { cache } = resources.need('priorityclasses', 'scheduling.k8s.io');
  if (spec.priorityClassName) {
    const entry = cache.get('', spec.priorityClassName);
    if (entry) return entry.object as PriorityClass;
    throw forbiddenResource(
      { group: '', resource: 'pods' },
      name,
      `no PriorityClass with name ${spec.priorityClassName} was found`,
    );
  }
  return cache.derive('default', defaultOf);
}

/** The one of lowest value, where several say that they are the default. */
function defaultOf(entries: Iterable<Entry>): PriorityClass | undefined {
  const classes = Array.from(entries, ({ object }) => object as PriorityClass);
  return classes.filter(({ globalDefault }) => globalDefault).toSorted((a, b) => a.value - b.value)[0];
}
