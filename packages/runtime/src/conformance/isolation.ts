/** What keeps containers apart and within bounds: namespaces, addresses, limits, users, rights, mounts. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import type { SecurityContext } from '../runtime.ts';
import {
  defaultSecurity,
  rejectsWith,
  test,
  until,
  untilExited,
  withPod,
  type Opened,
  type RunningPod,
} from './harness.ts';
import { untilLogged } from './lifecycle.ts';

export function namespaceCases(opened: Opened): void {
  test(opened, 'gives each container its own first process, and the pod its own hostname', async (harness) => {
    await withPod(harness, { hostname: 'box-7' }, async ({ output }) => {
      assert.equal(await output('echo $$; hostname; cat /etc/hostname'), '1\nbox-7\nbox-7\n');
    });
  });

  test(opened, 'shares one list of processes among the containers of a pod that asks for it', async (harness) => {
    await withPod(harness, { pid: 'pod' }, async ({ start, output }) => {
      await start(['sleep', '4321']);
      assert.match(await output('echo $$; ps'), /^(?!1\n)\d+\n[^]*sleep 4321/);
    });
  });

  test(opened, 'lets a debugging container see the processes of another', async (harness) => {
    await withPod(harness, {}, async ({ start, output }) => {
      const targetContainerId = await start(['sleep', '4322']);
      assert.match(await output('ps', { targetContainerId }), /\b1 \w+ +\S*(?: \S+)*? ?sleep 4322/);
    });
  });

  test(opened, 'ends a container with what it forked, also where processes are shared', async (harness) => {
    await withPod(harness, { pid: 'pod' }, async ({ start, output }) => {
      const id = await start('sleep 4323 & sleep 4323 & echo up; wait');
      await untilLogged(harness, id, 'up');
      await harness.runtime.stopContainer(id, 0);
      const left = await until('the forks to go', async () => {
        const list = await output('ps');
        return list.includes('sleep 4323') ? undefined : list;
      });
      assert.ok(left);
    });
  });

  test(opened, 'keeps memory shared within a pod and apart between pods', async (harness) => {
    await withPod(harness, {}, async (one) => {
      await one.output('echo secret > /dev/shm/note');
      assert.equal(await one.output('cat /dev/shm/note'), 'secret\n');
      await withPod(harness, {}, async (two) => assert.equal(await two.output('ls /dev/shm'), ''));
    });
  });

  test(opened, 'sets the kernel parameters of a pod', async (harness) => {
    const sysctls = { 'kernel.shm_rmid_forced': '1' };
    await withPod(harness, { sysctls }, async ({ output }) => {
      assert.equal(await output('cat /proc/sys/kernel/shm_rmid_forced'), '1\n');
    });
  });

  test(opened, 'writes the DNS settings of a pod for its containers', async (harness) => {
    const dns = { servers: ['10.96.0.10'], searches: ['a.test', 'b.test'], options: ['ndots:5'] };
    await withPod(harness, { dns }, async ({ output }) => {
      const text = await output('cat /etc/resolv.conf');
      assert.match(text, /^nameserver 10\.96\.0\.10$/m);
      assert.match(text, /^search a\.test b\.test$/m);
      assert.match(text, /^options ndots:5$/m);
    });
  });
}

export function networkCases(opened: Opened): void {
  test(opened, 'gives each pod an address, at which others reach it', async (harness) => {
    await withPod(harness, {}, async (one) => {
      await withPod(harness, {}, async (two) => {
        const ip = (await harness.runtime.podSandboxStatus(one.id))?.ips[0] ?? '';
        assert.match(await one.output('ip -4 addr show eth0'), new RegExp(`inet ${ip}/`));
        assert.notEqual((await harness.runtime.podSandboxStatus(two.id))?.ips[0], ip);
        await one.start('mkdir /tmp/w; echo one-here > /tmp/w/index.html; httpd -f -p 8097 -h /tmp/w');
        const script = `for i in 1 2 3 4 5 6 7 8 9; do wget -q -O - http://${ip}:8097/ && exit 0; sleep 0.2; done; exit 1`;
        assert.equal(await two.output(script), 'one-here\n');
      });
    });
  });

  test(opened, 'shares one network among the containers of a pod', async (harness) => {
    await withPod(harness, {}, async ({ start, output }) => {
      await start('mkdir /tmp/w; echo neighbour > /tmp/w/index.html; httpd -f -p 127.0.0.1:8096 -h /tmp/w');
      const script =
        'for i in 1 2 3 4 5 6 7 8 9; do wget -q -O - http://127.0.0.1:8096/ && exit 0; sleep 0.2; done; exit 1';
      assert.equal(await output(script), 'neighbour\n');
    });
  });

  test(opened, 'publishes a port of the pod on its node, until the pod goes', async (harness) => {
    const hostPort = 20_000 + Math.floor(Math.random() * 10_000);
    const portMappings = [{ protocol: 'TCP' as const, containerPort: 8095, hostPort }];
    await withPod(harness, { portMappings }, async ({ start }) => {
      await start('mkdir /tmp/w; echo published > /tmp/w/index.html; httpd -f -p 8095 -h /tmp/w');
      const page = await until('an answer on the port', () => getPage(hostPort).catch(() => undefined));
      assert.equal(page, 'published\n');
    });
    await assert.rejects(getPage(hostPort));
  });

  test(opened, 'puts a pod on the network of its node where it asks for that', async (harness) => {
    await withPod(harness, { network: 'node', hostname: '' }, async ({ id, output }) => {
      assert.deepEqual((await harness.runtime.podSandboxStatus(id))?.ips, []);
      const own = readFileSync('/proc/net/dev', 'utf8')
        .match(/^ *[\w.-]+(?=:)/gm)
        ?.map((name) => name.trim());
      const seen = await output('ls /sys/class/net');
      assert.ok(
        own?.some((name) => seen.split(/\s+/).includes(name)),
        seen,
      );
    });
  });
}

function getPage(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, timeout: 500, agent: false }, (response) => {
      response.setEncoding('utf8').once('data', resolve);
    });
    request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', reject);
  });
}

export function limitCases(opened: Opened): void {
  test(opened, 'kills a container that takes more memory than it may, and says so', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start('tail /dev/zero', { resources: { memoryLimit: 24 << 20 } });
      const status = await untilExited(harness.runtime, id);
      assert.deepEqual([status.exitCode, status.reason], [137, 'OOMKilled']);
    });
  });

  test(opened, 'says the same where a child was killed and the container ended of it at once', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start('tail /dev/zero; exit 137', { resources: { memoryLimit: 24 << 20 } });
      assert.equal((await untilExited(harness.runtime, id)).reason, 'OOMKilled');
    });
  });

  test(opened, 'limits the number of processes', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const script = 'for i in $(seq 30); do sleep 5 & done; exit 0';
      const status = await untilExited(harness.runtime, await start(script, { resources: { pidsLimit: 10 } }));
      assert.notEqual(status.exitCode, 0);
    });
  });
}

export function updateCases(opened: Opened): void {
  test(opened, 'changes the limits of a running container', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start('while [ ! -e /tmp/go ]; do sleep 0.05; done; tail /dev/zero', {
        resources: { memoryLimit: 512 << 20 },
      });
      await harness.runtime.updateContainerResources(id, { memoryLimit: 24 << 20 });
      assert.equal((await harness.runtime.containerStatus(id))?.resources?.memoryLimit, 24 << 20);
      await harness.runtime.execSync(id, ['touch', '/tmp/go'], 10);
      assert.equal((await untilExited(harness.runtime, id)).reason, 'OOMKilled');
    });
  });
}

export function statsCases(opened: Opened): void {
  test(opened, 'measures what a container uses', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      const id = await start('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done; sleep 1000');
      await untilLogged(harness, id, 'done');
      const stats = await harness.runtime.containerStats(id);
      assert.ok(stats && stats.cpuNanoseconds > 1_000_000n, `${stats?.cpuNanoseconds} ns`);
      assert.ok(stats.memoryUsageBytes > 0 && stats.memoryWorkingSetBytes <= stats.memoryUsageBytes);
      assert.equal(await harness.runtime.containerStats('0'.repeat(64)), undefined);
    });
  });
}

export function securityCases(opened: Opened): void {
  test(opened, 'runs as the user and groups it is told', async (harness) => {
    const security = { ...defaultSecurity, runAsUser: 1234, runAsGroup: 5678, supplementalGroups: [4444] };
    await withPod(harness, {}, async ({ output }) => {
      const script = 'id -u; id -g; grep -E "^Groups" /proc/self/status';
      assert.match(await output(script, { security }), /^1234\n5678\nGroups:.*\b4444\b/);
    });
  });

  test(opened, 'keeps a read-only root file system read-only, and volumes as they are', async (harness) => {
    const security = { ...defaultSecurity, readOnlyRootfs: true };
    const hostPath = sharedFolder(harness.folder, 'rw');
    const mounts = [{ containerPath: '/data', hostPath, readOnly: false, propagation: 'private' as const }];
    await withPod(harness, {}, async ({ output }) => {
      const script = 'touch /file 2>/dev/null && echo root-writable; touch /data/made && echo volume-writable';
      assert.equal(await output(script, { security, mounts }), 'volume-writable\n');
      assert.ok(existsSync(path.join(hostPath, 'made')));
    });
  });

  test(opened, 'mounts folders and single files, read-only where asked', async (harness) => {
    const folder = sharedFolder(harness.folder, 'ro');
    writeFileSync(path.join(folder, 'one'), 'content\n');
    const propagation = 'private' as const;
    const mounts = [
      { containerPath: '/etc/app/one.conf', hostPath: path.join(folder, 'one'), readOnly: true, propagation },
      { containerPath: '/etc/app', hostPath: sharedFolder(harness.folder, 'parent'), readOnly: false, propagation },
    ];
    await withPod(harness, {}, async ({ output }) => {
      const script = 'cat /etc/app/one.conf; echo x 2>/dev/null > /etc/app/one.conf || echo refused';
      assert.equal(await output(script, { mounts }), 'content\nrefused\n');
    });
  });

  test(opened, 'gives a container the usual rights, and those it adds, less those it drops', async (harness) => {
    await withPod(harness, {}, async (pod) => {
      const [chown, netAdmin] = [1n << 0n, 1n << 12n];
      const usual = await rightsWith(pod, {});
      assert.equal(usual & chown, chown);
      assert.equal(usual & netAdmin, 0n);
      assert.equal(await rightsWith(pod, { dropCapabilities: ['ALL'] }), 0n);
      assert.equal(await rightsWith(pod, { dropCapabilities: ['ALL'], addCapabilities: ['CHOWN'] }), chown);
      assert.equal((await rightsWith(pod, { addCapabilities: ['NET_ADMIN'] })) & netAdmin, netAdmin);
    });
  });

  test(opened, 'gives a privileged container the rights of the node', async (harness) => {
    const sysAdmin = 1n << 21n;
    await withPod(harness, { privileged: true }, async (pod) => {
      assert.equal((await rightsWith(pod, { privileged: true })) & sysAdmin, sysAdmin);
    });
  });

  test(opened, 'lets no privileges grow, and filters system calls, where asked', async (harness) => {
    const security = { ...defaultSecurity, noNewPrivileges: true, seccomp: 'runtime/default' as const };
    await withPod(harness, {}, async ({ output }) => {
      const text = await output('grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status; sleep 0; ls / >/dev/null', {
        security,
      });
      assert.match(text, /NoNewPrivs:\s+1\nSeccomp:\s+2/);
      assert.match(await output('grep -E "^Seccomp:" /proc/self/status'), /Seccomp:\s+0/);
    });
  });
}

/** The mask of what a container's root may do. */
async function rightsWith({ output }: RunningPod, change: Partial<SecurityContext>): Promise<bigint> {
  const text = await output('grep CapEff /proc/self/status', { security: { ...defaultSecurity, ...change } });
  return BigInt(`0x${text.split(/\s+/)[1]}`);
}

function sharedFolder(folder: string, name: string): string {
  const full = path.join(folder, `${name}-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`);
  mkdirSync(full, { recursive: true });
  chmodSync(full, 0o777);
  return full;
}

export function imageCases(opened: Opened): void {
  test(opened, 'knows its images by name and id', async ({ runtime, image }) => {
    const found = await runtime.imageStatus(image);
    assert.ok(found && /^sha256:[0-9a-f]{64}$/.test(found.id));
    assert.ok(found.size > 0);
    assert.deepEqual((await runtime.imageStatus(found.id))?.id, found.id);
    assert.ok((await runtime.listImages()).some((i) => i.id === found.id));
    assert.ok((await runtime.imageFsInfo()).usedBytes >= 0);
    assert.equal(await runtime.imageStatus('no.such/image:1'), undefined);
    await runtime.removeImage('no.such/image:1');
  });

  test(opened, 'makes no container of an image that is not there', async (harness) => {
    await withPod(harness, {}, async ({ start }) => {
      await rejectsWith('ImageNotFound', start(['true'], { image: 'no.such/image:1' }));
    });
  });

  test(
    opened,
    'runs the command of the image where the container has none, and in the folder it names',
    async (harness) => {
      await withPod(harness, {}, async ({ start, output }) => {
        const status = await untilExited(harness.runtime, await start([], { args: ['true'] }));
        assert.equal(status.exitCode, 0);
        assert.equal(await output('pwd', { workingDir: '/tmp' }), '/tmp\n');
      });
    },
  );

  test(opened, 'keeps what a container writes to itself', async (harness) => {
    await withPod(harness, {}, async ({ output }) => {
      await output('echo mine > /bin/new-file; rm /etc/passwd');
      assert.equal(await output('ls /bin/new-file 2>/dev/null; ls /etc/passwd'), '/etc/passwd\n');
    });
  });
}
