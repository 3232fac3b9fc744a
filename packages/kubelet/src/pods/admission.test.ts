import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node } from '@mkube/api';
import { NO_PRESSURE } from '../eviction/pressure.ts';
import { containerOf, podOf } from '../testing/pods.test.ts';
import { type NodeAbilities, refusalFor } from './admission.ts';

const able: NodeAbilities = {
  allowedUnsafeSysctls: [],
  operatingSystem: 'linux',
  appArmor: true,
  strictGroups: true,
  pressure: NO_PRESSURE,
  node: undefined,
};
const sysctl = (name: string, rest: object = {}, abilities: Partial<NodeAbilities> = {}): string | undefined =>
  refusalFor(podOf({ securityContext: { sysctls: [{ name, value: '1' }] }, ...rest }), { ...able, ...abilities })
    ?.message;

describe('what a node refuses', () => {
  it('are sysctls that are neither safe nor allowed', () => {
    assert.equal(sysctl('net.ipv4.tcp_syncookies'), undefined);
    assert.equal(sysctl('kernel.msgmax'), 'forbidden sysctl: "kernel.msgmax" not allowlisted');
    assert.equal(sysctl('kernel.msgmax', {}, { allowedUnsafeSysctls: ['kernel.msg*'] }), undefined);
    assert.equal(sysctl('net.core.somaxconn', {}, { allowedUnsafeSysctls: ['net.core.somaxconn'] }), undefined);
  });

  it('are sysctls of namespaces that the pod shares with its node', () => {
    assert.match(sysctl('net.ipv4.tcp_syncookies', { hostNetwork: true }) ?? '', /not allowed with host net enabled$/);
    assert.match(sysctl('kernel.shm_rmid_forced', { hostIPC: true }) ?? '', /not allowed with host ipc enabled$/);
  });

  it('are pods that are not meant for such a node, once it is known', () => {
    const node = { metadata: { name: 'n', labels: { disk: 'ssd' } } } as unknown as Node;
    const refuse = (disk: string, known: Node | undefined) =>
      refusalFor(podOf({ nodeSelector: { disk } }), { ...able, node: known });
    assert.equal(refuse('ssd', node), undefined);
    assert.equal(refuse('hdd', undefined), undefined);
    assert.deepEqual(refuse('hdd', node), {
      reason: 'NodeAffinity',
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
    });
  });

  it('are pods of another operating system, which the scheduler does not look at', () => {
    assert.equal(refusalFor(podOf({ os: { name: 'linux' } }), able), undefined);
    assert.deepEqual(refusalFor(podOf({ os: { name: 'windows' } }), able), {
      reason: 'PodOSNotSupported',
      message: "Failed to admit pod as the OS field doesn't match node OS",
    });
    const pod = podOf();
    const labelled = { ...pod, metadata: { ...pod.metadata, labels: { 'kubernetes.io/os': 'windows' } } };
    assert.equal(refusalFor(labelled, able)?.reason, 'PodOSSelectorNodeLabelDoesNotMatch');
  });

  it('are AppArmor profiles where nobody would enforce them', () => {
    const profiled = (type: string) =>
      podOf({ containers: [containerOf('a', { securityContext: { appArmorProfile: { type } } } as never)] } as never);
    const refusal = refusalFor(profiled('RuntimeDefault'), { ...able, appArmor: false });
    assert.deepEqual(refusal, {
      reason: 'AppArmor',
      message: 'Cannot enforce AppArmor: AppArmor is not enabled on the host',
    });
    assert.equal(refusalFor(profiled('Unconfined'), { ...able, appArmor: false }), undefined);
  });

  it('are pods of the lowest class while memory is short, and nearly all while anything else is', () => {
    const short = (what: object, spec: object = {}): string | undefined =>
      refusalFor(podOf(spec), { ...able, pressure: { ...NO_PRESSURE, ...what } })?.message;
    const asking = { containers: [containerOf('a', { resources: { requests: { memory: '1Mi' } } })] };
    assert.equal(short({ memory: true }), 'The node had condition: [MemoryPressure]. ');
    assert.equal(short({ memory: true }, asking), undefined);
    const tolerations = [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' }];
    assert.equal(short({ memory: true }, { tolerations }), undefined);
    assert.equal(
      short({ disk: true, memory: true }, asking),
      'The node had condition: [MemoryPressure DiskPressure]. ',
    );
    assert.equal(short({ disk: true }, { priority: 2_000_001_000 }), undefined);
  });

  it('are strict groups where the runtime knows none', () => {
    const pod = podOf({ securityContext: { supplementalGroupsPolicy: 'Strict' } });
    assert.equal(refusalFor(pod, able), undefined);
    assert.equal(refusalFor(pod, { ...able, strictGroups: false })?.reason, 'SupplementalGroupsPolicyNotSupported');
  });
});
