import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerOf, podOf } from '../testing/pods.test.ts';
import { type NodeAbilities, refusalFor } from './admission.ts';

const able: NodeAbilities = { allowedUnsafeSysctls: [], appArmor: true, strictGroups: true };
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

  it('are strict groups where the runtime knows none', () => {
    const pod = podOf({ securityContext: { supplementalGroupsPolicy: 'Strict' } });
    assert.equal(refusalFor(pod, able), undefined);
    assert.equal(refusalFor(pod, { ...able, strictGroups: false })?.reason, 'SupplementalGroupsPolicyNotSupported');
  });
});
