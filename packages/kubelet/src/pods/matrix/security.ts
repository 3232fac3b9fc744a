/** Who a container's program is, and what it may do. */
import assert from 'node:assert/strict';
import { type Case, type ContainerInput, mount, type PodSpecInput, shell, statusOf, volume, waitsFor } from './case.ts';

type OfPod = NonNullable<PodSpecInput['securityContext']>;
type OfContainer = NonNullable<ContainerInput['securityContext']>;

const V = mount('v', '/v');
const emptyDir = volume({ emptyDir: {} });
const pod = (securityContext: OfPod, rest: PodSpecInput = {}): PodSpecInput => ({ ...rest, securityContext });
const container = (securityContext: OfContainer, rest: ContainerInput = {}): ContainerInput => ({
  ...rest,
  securityContext,
});

/** Never started: its image or its user is root. */
const refused = (what: Omit<Case, 'script'>, message: RegExp): Case => ({
  script: 'true',
  ...what,
  async watch(seen) {
    const found = await seen.until('is refused', waitsFor('CreateContainerConfigError'));
    assert.match(statusOf(found)?.state.waiting?.message ?? '', message);
  },
});

const CAPABILITIES = 'grep CapEff /proc/self/status';

export const security: Record<string, Case> = {
  'run as user': { script: 'id -u; id -g', spec: pod({ runAsUser: 1000, runAsGroup: 3000 }), prints: /^1000\n3000$/m },
  'without a group it is root': { script: 'id -u; id -g', spec: pod({ runAsUser: 1000 }), prints: /^1000\n0$/m },
  'the container wins': {
    script: 'id -u; id -g',
    spec: pod({ runAsUser: 1000, runAsGroup: 3000 }),
    container: container({ runAsUser: 2000 }),
    prints: /^2000\n3000$/m,
  },
  'containers differ': {
    script: 'cat /v/x; id -u',
    spec: {
      ...emptyDir,
      initContainers: [shell('id -u > /v/x', { name: 'i', ...V, securityContext: { runAsUser: 1234 } })],
    },
    container: V,
    prints: /^1234\n0$/m,
  },
  'supplemental groups': {
    script: 'id -G',
    spec: pod({ supplementalGroups: [4000, 5000], fsGroup: 6000 }),
    prints: /4000 5000 6000/,
  },
  'groups of the pod alone': {
    script: 'id -G',
    spec: pod({ runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [4000], supplementalGroupsPolicy: 'Strict' }),
    needs: ['strictGroups'],
    prints: /^3000 4000$/m,
  },
  'volume group': {
    script: 'stat -c "%g %a" /v; touch /v/x; stat -c %g /v/x',
    spec: pod({ fsGroup: 6000, runAsUser: 1000 }, emptyDir),
    container: V,
    prints: /^6000 2777\n6000$/m,
  },
  'group of secrets': {
    script: 'cat /v/password',
    spec: pod({ fsGroup: 6000, runAsUser: 1000 }, volume({ secret: { secretName: 'sec', defaultMode: 0o400 } })),
    container: V,
    prints: /^s3cret/m,
  },
  'not root, by its number': refused(
    { spec: pod({ runAsNonRoot: true, runAsUser: 0 }) },
    /^container's runAsUser breaks non-root policy \(pod: "\S+\(\S+\)", container: main\)$/,
  ),
  'not root, by its image': refused(
    { container: container({ runAsNonRoot: true }) },
    /^container has runAsNonRoot and image will run as root \(pod: "\S+\(\S+\)", container: main\)$/,
  ),
  'not root, and is not': {
    script: 'id -u',
    spec: pod({ runAsNonRoot: true, runAsUser: 1000 }),
    prints: /^1000$/m,
  },
  'read only root': {
    script: 'touch /x || echo refused',
    container: container({ readOnlyRootFilesystem: true }),
    needs: ['isolation'],
    prints: /^refused$/m,
  },
  'read only root, volumes aside': {
    script: 'touch /v/x && echo written',
    spec: emptyDir,
    container: container({ readOnlyRootFilesystem: true }, V),
    prints: /^written$/m,
  },
  'default capabilities': { script: CAPABILITIES, needs: ['isolation'], prints: /CapEff:\s+00000000a80425fb/ },
  'dropped capabilities': {
    script: CAPABILITIES,
    container: container({ capabilities: { drop: ['ALL'] } }),
    needs: ['isolation'],
    prints: /CapEff:\s+0000000000000000/,
  },
  'one capability dropped': {
    script: 'chown 1 /tmp 2>/dev/null || mkdir -p /t && chown 1 /t || echo refused',
    container: container({ capabilities: { drop: ['CHOWN'] } }),
    needs: ['isolation'],
    prints: /^refused$/m,
  },
  'added capabilities': {
    script: CAPABILITIES,
    container: container({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } }),
    needs: ['isolation'],
    prints: /CapEff:\s+0000000000001000/,
  },
  'a user has no capabilities': {
    script: CAPABILITIES,
    spec: pod({ runAsUser: 1000 }),
    needs: ['isolation'],
    prints: /CapEff:\s+0000000000000000/,
  },
  'no new privileges': {
    script: 'grep NoNewPrivs /proc/self/status',
    container: container({ allowPrivilegeEscalation: false }),
    needs: ['isolation'],
    prints: /NoNewPrivs:\s+1/,
  },
  'new privileges by default': {
    script: 'grep NoNewPrivs /proc/self/status',
    needs: ['isolation'],
    prints: /NoNewPrivs:\s+0/,
  },
  privileged: {
    script: 'mkdir -p /mnt && mount -t tmpfs x /mnt && echo mounted; grep Seccomp: /proc/self/status',
    container: container({ privileged: true }),
    needs: ['isolation', 'privileged'],
    prints: /^mounted\nSeccomp:\s+0$/m,
  },
  'privileged sees devices': {
    script: 'test "$(ls /dev | wc -l)" -gt 15 && echo many; test -w /proc/sys/kernel/hostname && echo writable',
    container: container({ privileged: true }),
    needs: ['isolation', 'privileged'],
    prints: /^many\nwritable$/m,
  },
  'not privileged': {
    script: 'mkdir -p /mnt; mount -t tmpfs x /mnt 2>/dev/null || echo refused',
    needs: ['isolation'],
    prints: /^refused$/m,
  },
  'seccomp by default': { script: 'grep Seccomp: /proc/self/status', needs: ['isolation'], prints: /Seccomp:\s+0/ },
  'seccomp of the runtime': {
    script: 'grep Seccomp: /proc/self/status',
    container: container({ seccompProfile: { type: 'RuntimeDefault' } }),
    needs: ['isolation'],
    prints: /Seccomp:\s+2/,
  },
  'seccomp of the pod, and not of one': {
    script: 'grep Seccomp: /proc/self/status',
    spec: pod({ seccompProfile: { type: 'RuntimeDefault' } }),
    container: container({ seccompProfile: { type: 'Unconfined' } }),
    needs: ['isolation'],
    prints: /Seccomp:\s+0/,
  },
  'masked paths': {
    script: 'head -c1 /proc/kcore 2>/dev/null | wc -c; touch /proc/sys/kernel/x 2>/dev/null || echo refused',
    needs: ['isolation'],
    prints: /^0\nrefused$/m,
  },
  sysctls: {
    script: 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/shm_rmid_forced',
    spec: pod({
      sysctls: [
        { name: 'net.ipv4.ip_unprivileged_port_start', value: '7' },
        { name: 'kernel.shm_rmid_forced', value: '1' },
      ],
    }),
    needs: ['isolation'],
    prints: /^7\n1$/m,
  },
  'seccomp of the node': {
    script: 'mkdir /x 2>/dev/null || echo refused',
    container: container({ seccompProfile: { type: 'Localhost', localhostProfile: 'no-mkdir.json' } }),
    needs: ['isolation'],
    prints: /^refused$/m,
  },
  'a sysctl that is not safe': {
    script: 'true',
    spec: pod({ sysctls: [{ name: 'kernel.msgmax', value: '8192' }] }),
    phase: 'Failed',
    async watch(seen) {
      const { status } = await seen.until('is refused', (found) => found.status.phase === 'Failed');
      assert.equal(status.reason, 'SysctlForbidden');
      assert.match(status.message ?? '', /forbidden sysctl: "kernel\.msgmax" not allowlisted/);
    },
  },
};
