/** What makes a StatefulSet's pod itself: ordinal, name, host name and claims, the same each time it is made. Pure. */
import {
  type PersistentVolumeClaim,
  type Pod,
  type PodTemplateSpec,
  type StatefulSet,
  type Volume,
  podFromTemplate,
} from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import { REVISION_HASH } from '../owned/revisions.ts';

const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';

export const startOf = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;
export const podName = ({ metadata }: StatefulSet, ordinal: number): string => `${metadata.name}-${ordinal}`;

/** The ordinal in a pod's name; undefined where it is no name of this set's. */
export function ordinalOf(set: StatefulSet, { metadata }: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const end = metadata.name.slice(prefix.length);
  return metadata.name.startsWith(prefix) && /^(0|[1-9][0-9]{0,9})$/.test(end) ? Number(end) : undefined;
}

export const revisionOfPod = ({ metadata }: Pod): string | undefined => metadata.labels?.[REVISION_HASH];

export interface Member {
  ordinal: number;
  template: PodTemplateSpec;
  /** The ControllerRevision's name. */
  revision: string;
}

export function statefulPod(set: StatefulSet, { ordinal, template, revision }: Member): Input<Pod> {
  const name = podName(set, ordinal);
  const { generateName: _, ...metadata } = podFromTemplate(template, set, set).metadata ?? {};
  const labels = { ...metadata.labels, [POD_NAME]: name, [POD_INDEX]: String(ordinal), [REVISION_HASH]: revision };
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { ...metadata, name, labels },
    spec: {
      ...template.spec,
      hostname: name,
      subdomain: set.spec.serviceName,
      volumes: volumesOf(set, ordinal, template),
    },
  };
}

const claimName = (set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string =>
  `${template.metadata.name}-${set.metadata.name}-${ordinal}`;

/** A claim takes the place of a volume of its name. */
function volumesOf(set: StatefulSet, ordinal: number, { spec }: PodTemplateSpec): Volume[] {
  const templates = set.spec.volumeClaimTemplates ?? [];
  const claimed = new Set(templates.map(({ metadata }) => metadata.name));
  return [
    ...templates.map((template) => ({
      name: template.metadata.name,
      persistentVolumeClaim: { claimName: claimName(set, template, ordinal), readOnly: false },
    })),
    ...(spec.volumes ?? []).filter(({ name }) => !claimed.has(name)),
  ];
}

export const claimsOf = (set: StatefulSet, ordinal: number): Input<PersistentVolumeClaim>[] =>
  (set.spec.volumeClaimTemplates ?? []).map((template) => ({
    metadata: {
      name: claimName(set, template, ordinal),
      namespace: set.metadata.namespace,
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(template.metadata.annotations && { annotations: template.metadata.annotations }),
    },
    spec: template.spec,
  }));
