/** The node's labels and status, from what the machine and the runtime say. Pure. */
import type { Node, NodeAddress, NodeCondition, NodeStatus } from '@mkube/api';
import { formatTime, type Input } from '@mkube/apimachinery';
import type { Image, Supports } from '@mkube/runtime';
import { isIPv4 } from './addresses.ts';
import type { Amounts } from './amounts.ts';
import type { Machine } from './machine.ts';

export interface NodeFacts {
  nodeName: string;
  hostname: string;
  nodeIP: string;
  port: number;
  version: string;
  machine: Machine;
  amounts: Amounts;
  runtime: { name: string; version: string };
  supports: Supports;
}

/** What may change while the node runs. */
export interface NodeReport {
  now: Date;
  /** Why the runtime cannot work; empty: it can. */
  fault: string;
  images: readonly Image[];
  pressure: { memory: boolean; disk: boolean; pid: boolean };
}

export const nodeLabelsOf = ({ hostname, machine }: NodeFacts): Record<string, string> => ({
  'beta.kubernetes.io/arch': machine.architecture,
  'beta.kubernetes.io/os': machine.operatingSystem,
  'kubernetes.io/arch': machine.architecture,
  'kubernetes.io/hostname': hostname,
  'kubernetes.io/os': machine.operatingSystem,
});

const MOST_IMAGES = 50;
const MOST_NAMES = 5;

export function nodeStatusOf(facts: NodeFacts, report: NodeReport, before: NodeStatus | undefined): NodeStatus {
  const { machine, amounts, runtime, version } = facts;
  return {
    addresses: addressesOf(facts),
    allocatable: amounts.allocatable,
    capacity: amounts.capacity,
    conditions: conditionsOf(report, before?.conditions ?? []),
    features: { supplementalGroupsPolicy: facts.supports.strictGroups ?? false },
    runtimeHandlers: [
      {
        name: '',
        features: {
          recursiveReadOnlyMounts: facts.supports.recursiveReadOnly ?? false,
          userNamespaces: facts.supports.userNamespaces ?? false,
        },
      },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    images: report.images
      .toSorted((a, b) => b.size - a.size)
      .slice(0, MOST_IMAGES)
      .map(({ tags, digests, size }) => ({ names: [...digests, ...tags].slice(0, MOST_NAMES), sizeBytes: size })),
    nodeInfo: {
      architecture: machine.architecture,
      bootID: machine.bootID,
      containerRuntimeVersion: `${runtime.name}://${runtime.version}`,
      kernelVersion: machine.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion: version,
      machineID: machine.machineID,
      operatingSystem: machine.operatingSystem,
      osImage: machine.osImage,
      systemUUID: machine.systemUUID,
    },
  };
}

const addressesOf = ({ nodeIP, hostname }: NodeFacts): NodeAddress[] => [
  ...(isIPv4(nodeIP) || nodeIP.includes(':') ? [{ type: 'InternalIP', address: nodeIP } as NodeAddress] : []),
  { type: 'Hostname', address: hostname } as NodeAddress,
];

type Verdict = { type: string; status: 'True' | 'False'; reason: string; message: string };

function conditionsOf({ now, fault, pressure }: NodeReport, before: readonly NodeCondition[]): NodeCondition[] {
  const verdicts: Verdict[] = [
    pressure.memory
      ? {
          type: 'MemoryPressure',
          status: 'True',
          reason: 'KubeletHasInsufficientMemory',
          message: 'kubelet has insufficient memory available',
        }
      : {
          type: 'MemoryPressure',
          status: 'False',
          reason: 'KubeletHasSufficientMemory',
          message: 'kubelet has sufficient memory available',
        },
    pressure.disk
      ? { type: 'DiskPressure', status: 'True', reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure' }
      : {
          type: 'DiskPressure',
          status: 'False',
          reason: 'KubeletHasNoDiskPressure',
          message: 'kubelet has no disk pressure',
        },
    pressure.pid
      ? {
          type: 'PIDPressure',
          status: 'True',
          reason: 'KubeletHasInsufficientPID',
          message: 'kubelet has insufficient PID available',
        }
      : {
          type: 'PIDPressure',
          status: 'False',
          reason: 'KubeletHasSufficientPID',
          message: 'kubelet has sufficient PID available',
        },
    fault
      ? { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: fault }
      : { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
  ];
  return verdicts.map(({ type, status, reason, message }) => {
    const last = before.find((condition) => condition.type === type);
    const lastTransitionTime = last?.status === status ? last.lastTransitionTime : undefined;
    const at = formatTime(now);
    return { type, status, lastHeartbeatTime: at, lastTransitionTime: lastTransitionTime ?? at, reason, message };
  });
}

/** Equal but for the times of the heartbeats. */
export const withoutHeartbeats = (status: NodeStatus | undefined): unknown => ({
  ...status,
  conditions: status?.conditions?.map(({ lastHeartbeatTime: _at, ...rest }) => rest),
});

/** A strategic merge patch of all that the kubelet owns of a node's status. */
export const nodeStatusPatchOf = (status: NodeStatus): object => ({
  status: {
    ...status,
    addresses: [...(status.addresses ?? []), { $patch: 'replace' }],
  },
});

export interface Registration {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  podCidr?: string;
  providerId?: string;
}

export const newNodeOf = (facts: NodeFacts, status: NodeStatus, registration: Registration): Input<Node> => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: facts.nodeName,
    labels: { ...nodeLabelsOf(facts), ...registration.labels },
    annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true', ...registration.annotations },
  },
  spec: {
    ...(registration.podCidr && { podCIDR: registration.podCidr, podCIDRs: [registration.podCidr] }),
    ...(registration.providerId && { providerID: registration.providerId }),
  },
  status,
});
