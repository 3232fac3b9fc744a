/** Describes a Node: what it has, what is asked of it, what runs there. */
import { type Lease, type Node, type Pod, podLimits, podRequests } from '@mkube/api';
import { formatAge, StatusError } from '@mkube/apimachinery';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { type Amounts, formatShare, sumOf } from './amounts.ts';
import { formatTime, writeAnnotations, writeMap, type Writer } from './writer.ts';

export async function describeNode({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const node = object as unknown as Node;
  const { metadata, spec, status } = node;
  const roles = Object.keys(metadata.labels ?? {})
    .filter((l) => l.startsWith('node-role.kubernetes.io/'))
    .map((l) => l.slice('node-role.kubernetes.io/'.length));
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Roles:\t${roles.join(',') || '<none>'}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  w.write(0, `CreationTimestamp:\t${formatTime(metadata.creationTimestamp)}`);
  const taints = (spec.taints ?? []).map((t) => `${t.key}${t.value ? `=${t.value}` : ''}:${t.effect}`);
  if (taints.length === 0) w.write(0, 'Taints:\t<none>');
  taints.forEach((t, i) => w.write(0, `${i === 0 ? 'Taints:' : ''}\t${t}`));
  w.write(0, `Unschedulable:\t${spec.unschedulable ?? false}`);
  await writeLease();
  if (status.conditions?.length) {
    w.write(0, 'Conditions:');
    w.write(1, 'Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage');
    w.write(1, '----\t------\t-----------------\t------------------\t------\t-------');
    for (const c of status.conditions)
      w.write(
        1,
        `${c.type} \t${c.status} \t${formatTime(c.lastHeartbeatTime)} \t${formatTime(c.lastTransitionTime)} \t${c.reason ?? ''} \t${c.message ?? ''}`,
      );
  }
  w.write(0, 'Addresses:');
  for (const a of status.addresses ?? []) w.write(1, `${a.type}:\t${a.address}`);
  writeQuantities(w, 'Capacity', status.capacity);
  writeQuantities(w, 'Allocatable', status.allocatable);
  const info = status.nodeInfo;
  w.write(0, 'System Info:');
  for (const [title, value] of [
    ['Machine ID', info?.machineID],
    ['System UUID', info?.systemUUID],
    ['Boot ID', info?.bootID],
    ['Kernel Version', info?.kernelVersion],
    ['OS Image', info?.osImage],
    ['Operating System', info?.operatingSystem],
    ['Architecture', info?.architecture],
    ['Container Runtime Version', info?.containerRuntimeVersion],
    ['Kubelet Version', info?.kubeletVersion],
    ['Kube-Proxy Version', info?.kubeProxyVersion],
  ] as const)
    w.write(1, `${title}:\t${value ?? ''}`);
  if (spec.podCIDR) w.write(0, `PodCIDR:\t${spec.podCIDR}`);
  if (spec.podCIDRs?.length) w.write(0, `PodCIDRs:\t${spec.podCIDRs.join(',')}`);
  if (spec.providerID) w.write(0, `ProviderID:\t${spec.providerID}`);
  const fieldSelector = `spec.nodeName=${metadata.name},status.phase!=Failed,status.phase!=Succeeded`;
  writePods(
    w,
    node,
    (await rest.json<{ items: Pod[] }>({ path: '/api/v1/pods', query: { fieldSelector, limit: 500 } })).items,
    now,
  );
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);

  async function writeLease(): Promise<void> {
    let lease: Lease | undefined;
    try {
      lease = await rest.json<Lease>({
        path: `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${encodeURIComponent(metadata.name)}`,
      });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
    w.write(0, 'Lease:');
    w.write(1, `HolderIdentity:\t${lease?.spec?.holderIdentity ?? '<unset>'}`);
    w.write(1, `AcquireTime:\t${formatTime(lease?.spec?.acquireTime)}`);
    w.write(1, `RenewTime:\t${formatTime(lease?.spec?.renewTime)}`);
  }
}

function writeQuantities(w: Writer, title: string, quantities: Record<string, string> | undefined): void {
  w.write(0, `${title}:`);
  for (const [name, quantity] of Object.entries(quantities ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    w.write(1, `${name}:\t${quantity}`);
}

function writePods(w: Writer, node: Node, pods: readonly Pod[], now: Date): void {
  const allocatable = node.status.allocatable ?? {};
  const show = (amounts: Amounts, name: string): string => formatShare(amounts.get(name), allocatable[name]);
  w.write(0, `Non-terminated Pods:\t(${pods.length} in total)`);
  w.write(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge');
  w.write(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---');
  for (const pod of pods) {
    const [requests, limits] = [podRequests(pod.spec), podLimits(pod.spec)];
    const age = formatAge(now.getTime() - Date.parse(pod.metadata.creationTimestamp));
    w.write(
      1,
      `${pod.metadata.namespace}\t${pod.metadata.name}\t\t${show(requests, 'cpu')}\t${show(limits, 'cpu')}\t${show(requests, 'memory')}\t${show(limits, 'memory')}\t${age}`,
    );
  }
  const [requests, limits] = [sumOf(pods.map((p) => podRequests(p.spec))), sumOf(pods.map((p) => podLimits(p.spec)))];
  w.write(0, 'Allocated resources:');
  w.write(1, '(Total limits may be over 100 percent, i.e., overcommitted.)');
  w.write(1, 'Resource\tRequests\tLimits');
  w.write(1, '--------\t--------\t------');
  for (const name of ['cpu', 'memory', 'ephemeral-storage', ...Object.keys(allocatable).filter(isPage).toSorted()])
    w.write(1, `${name}\t${show(requests, name)}\t${show(limits, name)}`);
}

const isPage = (resource: string): boolean => resource.startsWith('hugepages-');
