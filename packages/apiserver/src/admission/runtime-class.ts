/** RuntimeClass: a pod that names one gets its overhead and scheduling; a name that means nothing is refused. */
import type { Pod, RuntimeClass } from '@mkube/api';
import { forbiddenResource } from '@mkube/apimachinery';
import { isDeepStrictEqual } from 'node:util';
import { after } from '../request/later.ts';
import { type AdmissionPlugin, type Attributes, isResource } from './plugin.ts';

export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  admit(attributes, { resources }) {
    const { object, operation, subresource } = attributes;
    if (!isResource(attributes, '', 'pods') || operation !== 'CREATE' || subresource) return object;
    const pod = object as Pod;
    const name = pod.spec.runtimeClassName;
    if (!name) {
      if (pod.spec.overhead)
        throw refuse(attributes, 'Pod Overhead set without corresponding RuntimeClass defined Overhead');
      return pod;
    }
    return after(resources.need('runtimeclasses', 'node.k8s.io').find({ namespace: '', name }), (entry) => {
      if (!entry) throw refuse(attributes, `pod rejected: RuntimeClass "${name}" not found`);
      const found = entry.object as RuntimeClass;
      return withScheduling(withOverhead(pod, found, attributes), found, attributes);
    });
  },
};

const refuse = ({ definition, name }: Attributes, why: string) => forbiddenResource(definition, name, why);

function withOverhead(pod: Pod, { overhead }: RuntimeClass, attributes: Attributes): Pod {
  const fixed = overhead?.podFixed;
  if (pod.spec.overhead && !isDeepStrictEqual({ ...pod.spec.overhead }, { ...fixed }))
    throw refuse(attributes, `pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead`);
  return fixed ? { ...pod, spec: { ...pod.spec, overhead: fixed } } : pod;
}

function withScheduling(pod: Pod, { scheduling }: RuntimeClass, attributes: Attributes): Pod {
  if (!scheduling) return pod;
  const nodeSelector = { ...pod.spec.nodeSelector };
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    if (nodeSelector[key] !== undefined && nodeSelector[key] !== value)
      throw refuse(
        attributes,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${nodeSelector[key]}`,
      );
    nodeSelector[key] = value;
  }
  const tolerations = [...(pod.spec.tolerations ?? [])];
  for (const toleration of scheduling.tolerations ?? [])
    if (!tolerations.some((own) => isDeepStrictEqual(own, toleration))) tolerations.push(toleration);
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(Object.keys(nodeSelector).length > 0 && { nodeSelector }),
      ...(tolerations.length > 0 && { tolerations }),
    },
  };
}
