/** Pod, v1: what the facts do not hold. Its rules live in this folder: validation, cells, resources, status. */
import {
  type FieldError,
  type StrategyContext,
  checkDns1123Label,
  checkDns1123Subdomain,
  forbidden,
  invalid,
} from '@mkube/apimachinery';
import { each } from '../../../validation/checks.ts';
import { defineResource } from '../../../define.ts';
import { facts } from '../../../generated/resources.ts';
import type { Pod, PodSpec, PodStatus } from '../../../generated/types/core-v1.ts';
import { podCells, podRowConditions } from './cells.ts';
import { withLabelKeys } from './label-keys.ts';
import { qosClassOf } from './qos.ts';
import { validateMeaningful } from './validation/annotations.ts';
import { validateImages } from './validation/images.ts';
import { validatePodSpec } from './validation/pod-spec.ts';
import { validatePodStatus } from './validation/status.ts';
import {
  validateEphemeralUpdate,
  validateResize,
  withEphemeralContainers,
  withResources,
} from './validation/subresources.ts';
import { validatePodUpdate } from './validation/update.ts';
import { appArmorWarnings, withAppArmorFields } from './app-armor.ts';
import { podWarnings } from './warnings/pod.ts';

export const pods = defineResource<Pod>(facts.core.v1.Pod, {
  prepareForCreate: (pod, { now }) => withAppArmorFields(withLabelKeys({ ...pod, status: firstStatus(pod, now) })),
  prepareForUpdate: (pod, old, { subresource }) => {
    switch (subresource) {
      case 'status':
        return withBothAddresses(withQosClass(pod, old));
      case 'ephemeralcontainers':
        return withEphemeralContainers(pod, old);
      case 'resize':
        return withResources(pod, old);
      default:
        return pod;
    }
  },
  validateStatus: validatePodStatus,
  validate: (pod, old) => [
    ...validatePodSpec(pod.spec, 'spec'),
    ...(old ? [] : notBeforeItRuns(pod.spec)),
    ...validateImages(pod.spec, 'spec'),
    ...validateMeaningful(pod),
    ...claimNames(pod),
    ...tokensWithoutAccount(pod),
  ],
  besideSpec: { validate: claimNames, warnings: hostnameWarnings },
  validateUpdate: (pod, old, { subresource }: StrategyContext) => {
    switch (subresource) {
      case 'ephemeralcontainers':
        return validateEphemeralUpdate(pod, old);
      case 'resize':
        return validateResize(pod, old);
      default:
        return validatePodUpdate(pod, old);
    }
  },
  warnings: (pod, old) => (old ? [] : [...hostnameWarnings(pod), ...appArmorWarnings(pod), ...podWarnings(pod)]),
  selectableFields: ({ spec, status }) => ({
    'spec.nodeName': spec?.nodeName ?? '',
    'spec.restartPolicy': spec?.restartPolicy ?? '',
    'spec.schedulerName': spec?.schedulerName ?? '',
    'spec.serviceAccountName': spec?.serviceAccountName ?? '',
    'spec.hostNetwork': String(spec?.hostNetwork ?? false),
    'status.phase': status?.phase ?? '',
    'status.podIP': status?.podIPs?.[0]?.ip ?? '',
    'status.podIPs': status?.podIPs?.[0]?.ip ?? '',
    'status.nominatedNodeName': status?.nominatedNodeName ?? '',
  }),
  cells: podCells,
  rowConditions: podRowConditions,
});

/** Pending, with its quality of service; a gated pod says that it is not scheduled and why. */
function firstStatus(pod: Pod, now: Date): PodStatus {
  const gated = (pod.spec?.schedulingGates ?? []).length > 0;
  return {
    phase: 'Pending',
    ...(gated && {
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          lastTransitionTime: `${now.toISOString().slice(0, 19)}Z`,
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ],
    }),
    qosClass: qosClassOf(pod.spec ?? {}),
  };
}

/** Given once; who reports the status may leave it out. */
const withQosClass = (pod: Pod, { status: old }: Pod): Pod =>
  pod.status?.qosClass || !old?.qosClass ? pod : { ...pod, status: { ...pod.status, qosClass: old.qosClass } };

/** podIP is the first of podIPs: where both are said and differ, the older field counts. */
function withBothAddresses(pod: Pod): Pod {
  const { podIP, podIPs } = pod.status ?? {};
  const first = podIPs?.[0]?.ip;
  if (podIP && podIP !== first) return { ...pod, status: { ...pod.status, podIPs: [{ ip: podIP }] } };
  return podIP || !first ? pod : { ...pod, status: { ...pod.status, podIP: first } };
}

/** A pod with a gate has no node yet, and containers to look at it with come later. */
const notBeforeItRuns = (spec: PodSpec): FieldError[] => [
  ...((spec.ephemeralContainers ?? []).length > 0
    ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')]
    : []),
  ...(spec.nodeName && (spec.schedulingGates ?? []).length > 0
    ? [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')]
    : []),
];

function hostnameWarnings({ metadata: { name } }: Pod): string[] {
  const faults = checkDns1123Label(name);
  return faults.length === 0
    ? []
    : [
        `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${faults.join(' ')}]`,
      ];
}

/** An ephemeral volume's claim is named after the pod and the volume. */
function claimNames({ metadata, spec }: Pod): FieldError[] {
  return each(spec?.volumes, 'spec.volumes', (volume, at) => {
    const name = `${metadata.name}-${volume.name}`;
    return volume.ephemeral && metadata.name && volume.name
      ? checkDns1123Subdomain(name).map((fault) =>
          invalid(`${at}.name`, volume.name, `PVC name ${JSON.stringify(name)}: ${fault}`),
        )
      : [];
  });
}

const tokensWithoutAccount = ({ spec }: Pod): FieldError[] =>
  spec?.serviceAccountName
    ? []
    : each(spec?.volumes, 'spec.volumes', ({ projected }, at) =>
        each(projected?.sources, `${at}.projected.sources`, ({ serviceAccountToken }, place) =>
          serviceAccountToken
            ? [forbidden(`${place}.serviceAccountToken`, 'must not be specified when serviceAccountName is not set')]
            : [],
        ),
      );
