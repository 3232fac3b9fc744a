import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerConfig, defaultSecurity, sandboxConfig } from '../conformance/harness.ts';
import type { ContainerConfig, SandboxConfig } from '../runtime.ts';
import { assertGolden } from '../testing/golden.ts';
import { conmonArgv } from './conmon.ts';
import { layoutOf } from './layout.ts';
import { argvOf, ociConfigOf, type OciInput } from './oci-config.ts';

const layout = layoutOf('/node');
const available = ['CAP_CHOWN', 'CAP_KILL', 'CAP_NET_ADMIN', 'CAP_NET_BIND_SERVICE', 'CAP_SYS_ADMIN'];

function input(
  change: Partial<ContainerConfig>,
  sandbox: Partial<SandboxConfig> = {},
  more: Partial<OciInput> = {},
): OciInput {
  return {
    config: containerConfig('app:1', ['/app'], change),
    sandbox: sandboxConfig('/logs', { hostname: 'pod-1', ...sandbox }),
    image: { Env: ['PATH=/bin', 'FROM_IMAGE=1'], Entrypoint: ['/entry'], Cmd: ['cmd'], WorkingDir: '/srv' },
    user: { uid: 0, gid: 0, additionalGids: [0] },
    rootfs: '/node/containers/c/rootfs',
    namespaces: [{ type: 'mount' }, { type: 'uts', path: '/node/sandboxes/s/uts' }, { type: 'pid' }],
    sandboxMounts: [{ destination: '/etc/hosts', type: 'bind', source: '/node/sandboxes/s/hosts', options: ['rbind'] }],
    devices: [],
    cgroupsPath: '/mkube/s/c',
    capabilities: available,
    oomScoreFloor: 0,
    ...more,
  };
}

const golden = (name: string, config: object): void =>
  assertGolden(`oci/${name}.json`, `${JSON.stringify(config, null, 2)}\n`);

describe('OCI configuration', () => {
  it('of a plain container', () => golden('plain', ociConfigOf(input({}))));

  it('of a container with everything set', () => {
    const propagation = 'private' as const;
    const mounts = [
      { containerPath: '/data/inner', hostPath: '/v/inner', readOnly: true, propagation },
      { containerPath: '/data', hostPath: '/v/data', readOnly: false, propagation: 'hostToContainer' as const },
      { containerPath: '/etc/hosts', hostPath: '/v/hosts', readOnly: false, propagation },
    ];
    const resources = {
      cpuPeriod: 100_000,
      cpuQuota: 50_000,
      cpuShares: 512,
      memoryLimit: 64 << 20,
      pidsLimit: 100,
      oomScoreAdj: -997,
      unified: { 'memory.oom.group': '1' },
    };
    const security = {
      ...defaultSecurity,
      readOnlyRootfs: true,
      noNewPrivileges: true,
      addCapabilities: ['NET_ADMIN'],
      dropCapabilities: ['KILL'],
    };
    const env = [{ name: 'FROM_IMAGE', value: 'overridden' }];
    const user = { uid: 1000, gid: 1000, additionalGids: [1000, 2000] };
    const config = input(
      { mounts, resources, security, env, workingDir: '/work', tty: true },
      { sysctls: { 'net.core.somaxconn': '1024' } },
      { user },
    );
    golden('full', ociConfigOf(config));
  });

  it('of a privileged container', () => {
    const security = { ...defaultSecurity, privileged: true };
    const device = {
      path: '/dev/loop0',
      type: 'b' as const,
      major: 7,
      minor: 0,
      fileMode: 0o660,
      uid: 0,
      gid: 6,
      permissions: 'rwm',
    };
    golden('privileged', ociConfigOf(input({ security }, {}, { devices: [device] })));
  });
});

describe('the command of a container', () => {
  const image = { Entrypoint: ['/entry'], Cmd: ['cmd'] };
  const cases: [string[], string[], string[]][] = [
    [[], [], ['/entry', 'cmd']],
    [[], ['arg'], ['/entry', 'arg']],
    [['/own'], [], ['/own']],
    [['/own'], ['arg'], ['/own', 'arg']],
  ];
  for (const [command, args, expected] of cases)
    it(`${JSON.stringify(command)} with args ${JSON.stringify(args)} is ${expected.join(' ')}`, () => {
      assert.deepEqual(argvOf(containerConfig('app', command, { args }), image), expected);
    });
});

describe('conmon', () => {
  const base = {
    id: 'c',
    layout,
    conmon: 'conmon',
    runc: '/usr/sbin/runc',
    logPath: '/logs/app/0.log',
    tty: false,
    stdin: false,
    stdinOnce: false,
  };
  it('is started with exactly these arguments', () => {
    const lines = [base, { ...base, tty: true, stdin: true }, { ...base, stdin: true, stdinOnce: true }].map(
      conmonArgv,
    );
    assertGolden('conmon.txt', `${lines.map((argv) => argv.join(' ')).join('\n')}\n`);
  });
});
