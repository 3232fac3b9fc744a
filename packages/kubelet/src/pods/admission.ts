/**
 * What a node refuses of a pod for what it asks, whatever room there is: sysctls that are not safe, and what neither this kernel nor
 * this runtime has. Pure. Reasons and words are Kubernetes'.
 */
import { matchesNodeAffinity, type Node, type Pod } from '@mkube/api';
import type { Pressure } from '../eviction/pressure.ts';
import { SYSTEM_CRITICAL } from '../eviction/rank-plan.ts';
import type { Refusal } from './admit.ts';
import { qosClassOf } from './resources.ts';
import { containersOf } from './spec.ts';

export interface NodeAbilities {
  /** Sysctls beside the safe ones: names, or prefixes that end in '*'. */
  allowedUnsafeSysctls: readonly string[];
  /** What the node itself is: 'linux'. */
  operatingSystem: string;
  /** The kernel enforces AppArmor profiles. */
  appArmor: boolean;
  /** What the node is short of right now. */
  pressure: Pressure;
  /** The runtime can leave out the groups of the image. */
  strictGroups: boolean;
  /** As the API has it; undefined: nobody knows yet. */
  node: Node | undefined;
}

export const refusalFor = (pod: Pod, abilities: NodeAbilities): Refusal | undefined =>
  underPressure(pod, abilities) ??
  wrongSystem(pod, abilities) ??
  wrongNode(pod, abilities) ??
  forbiddenSysctl(pod, abilities) ??
  unenforcedAppArmor(pod, abilities) ??
  unsupportedGroups(pod, abilities);

/** The scheduler looks at neither. */
function wrongSystem({ metadata, spec }: Pod, { operatingSystem }: NodeAbilities): Refusal | undefined {
  const label = metadata.labels?.['kubernetes.io/os'];
  if (label !== undefined && label !== operatingSystem)
    return {
      reason: 'PodOSSelectorNodeLabelDoesNotMatch',
      message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    };
  if (spec.os && spec.os.name !== operatingSystem)
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  return undefined;
}

/** It came past the scheduler, or the node's labels changed meanwhile. */
function wrongNode({ spec }: Pod, { node }: NodeAbilities): Refusal | undefined {
  if (!node || matchesNodeAffinity(spec, node)) return undefined;
  const message = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector";
  return { reason: 'NodeAffinity', message };
}

/** Memory alone keeps out who asked for none; the rest keeps out all but what the node needs itself. */
function underPressure(pod: Pod, { pressure }: NodeAbilities): Refusal | undefined {
  const conditions = [
    ...(pressure.memory ? ['MemoryPressure'] : []),
    ...(pressure.disk ? ['DiskPressure'] : []),
    ...(pressure.pid ? ['PIDPressure'] : []),
  ];
  if (conditions.length === 0 || (pod.spec.priority ?? 0) >= SYSTEM_CRITICAL) return undefined;
  if (conditions.join() === 'MemoryPressure' && (qosClassOf(pod) !== 'BestEffort' || toleratesShortMemory(pod))) {
    return undefined;
  }
  return { reason: 'Evicted', message: `The node had condition: [${conditions.join(' ')}]. ` };
}

const toleratesShortMemory = ({ spec }: Pod): boolean =>
  (spec.tolerations ?? []).some(
    ({ key, operator, effect }) =>
      (effect === undefined || effect === 'NoSchedule') &&
      (key === 'node.kubernetes.io/memory-pressure' || (key === undefined && operator === 'Exists')),
  );

/** Of the pod's own namespaces, and harmless to others: they need no permission. */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
]);

function forbiddenSysctl({ spec }: Pod, { allowedUnsafeSysctls }: NodeAbilities): Refusal | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const why = faultOf(name.replaceAll('/', '.'), { spec, allowedUnsafeSysctls });
    if (why) return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${name}" ${why}` };
  }
  return undefined;
}

function faultOf(
  name: string,
  { spec, allowedUnsafeSysctls }: { spec: Pod['spec']; allowedUnsafeSysctls: readonly string[] },
): string | undefined {
  const isAllowed =
    SAFE_SYSCTLS.has(name) ||
    allowedUnsafeSysctls.some((rule) => (rule.endsWith('*') ? name.startsWith(rule.slice(0, -1)) : rule === name));
  if (!isAllowed) return 'not allowlisted';
  const isOfNetwork = name.startsWith('net.');
  if (spec.hostNetwork && isOfNetwork) return 'not allowed with host net enabled';
  if (spec.hostIPC && !isOfNetwork) return 'not allowed with host ipc enabled';
  return undefined;
}

function unenforcedAppArmor(pod: Pod, { appArmor }: NodeAbilities): Refusal | undefined {
  if (appArmor) return undefined;
  const ofPod = pod.spec.securityContext?.appArmorProfile;
  const wants = containersOf(pod).some(({ spec }) => {
    const profile = spec.securityContext?.appArmorProfile ?? ofPod;
    return profile !== undefined && profile.type !== 'Unconfined';
  });
  if (!wants) return undefined;
  return { reason: 'AppArmor', message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host' };
}

function unsupportedGroups({ spec }: Pod, { strictGroups }: NodeAbilities): Refusal | undefined {
  if (strictGroups || spec.securityContext?.supplementalGroupsPolicy !== 'Strict') return undefined;
  return {
    reason: 'SupplementalGroupsPolicyNotSupported',
    message: 'SupplementalGroupsPolicy=Strict is not supported in this node',
  };
}
