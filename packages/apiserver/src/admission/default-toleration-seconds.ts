/** DefaultTolerationSeconds: a pod stays for a while on a node that is not ready or not reachable, unless it says itself. */
import type { Pod, Toleration } from '@mkube/api';
import { type AdmissionPlugin, isResource } from './plugin.ts';

const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
/** An update that leaves them out has not taken them away. */
const MUTATED: ReadonlySet<string> = new Set(['CREATE', 'UPDATE']);
const DEFAULT_SECONDS = 300;

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  admit(attributes, { options }) {
    const { operation, subresource, object } = attributes;
    if (!isResource(attributes, '', 'pods') || !MUTATED.has(operation) || subresource) return object;
    const pod = object as Pod;
    const given = pod.spec.tolerations ?? [];
    const tolerationSeconds = options.podEvictionTolerationSeconds ?? DEFAULT_SECONDS;
    const added = TAINTS.filter((key) => !given.some((toleration) => tolerates(toleration, key))).map(
      (key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }),
    );
    return added.length === 0 ? pod : { ...pod, spec: { ...pod.spec, tolerations: [...given, ...added] } };
  },
};

const tolerates = ({ key, effect }: Toleration, taint: string): boolean =>
  (!key || key === taint) && (!effect || effect === 'NoExecute');
