import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '@mkube/api';
import { type ApiServer, createApiServer } from '@mkube/apiserver';
import { type Client, createClient, inProcessTransport } from '@mkube/client';
import { openStore, type Store } from '@mkube/store';
import { pino } from 'pino';
import { openRunc } from '../testing/kubelet-process.test.ts';
import { eventually, shell, statusOf } from '../testing/node.test.ts';
import { inOwnNetwork } from '../testing/own-network.test.ts';
import { createPki, type KeyPair, type TestPki } from '../testing/pki.test.ts';
import { makeRuncFolder, processesOf, type RuncFolder } from '../testing/runc.test.ts';

const PROGRAM = fileURLToPath(new URL('../testing/kubelet-process.test.js', import.meta.url));
const ROUNDS = Number(process.env['MKUBE_TEST_KILLS'] ?? 5);

inOwnNetwork(import.meta.url, 'a kubelet can be killed at any moment', () => {
  describe('a kubelet that is killed', () => {
    let folder: RuncFolder;
    let pki: TestPki;
    let identity: KeyPair;
    let store: Store;
    let server: ApiServer;
    let client: Client;
    let url = '';
    let child: ChildProcess | undefined;

    before(async () => {
      folder = await makeRuncFolder();
      pki = await createPki();
      identity = await pki.client('system:node:victim', 'system:nodes');
      store = await openStore('memory:');
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      server = createApiServer({
        store,
        log: pino({ level: 'silent' }),
        tls: { ...pki.server, clientCa: pki.ca },
        serviceAccounts: { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), issuer: 'test' },
        kubelet: { cert: '', key: '', ca: '' },
        advertise: { host: '127.0.0.1', port: 6443 },
        serviceCidr: '10.96.0.0/16',
        rootCa: '',
      });
      await server.ready();
      const { port } = await server.listen([{ host: '127.0.0.1', port: 0 }]);
      url = `https://127.0.0.1:${port}`;
      const user = { username: 'kubernetes-admin', groups: ['system:masters'] };
      client = createClient(inProcessTransport((request) => server.handle(request), user));
      await client.serviceAccounts
        .create({ metadata: { name: 'default', namespace: 'default' } })
        .catch(() => undefined);
      startKubelet();
      await eventually('the node is there', () => client.nodes.get({ name: 'victim' }));
    });
    after(async () => {
      await kill();
      const runtime = await openRunc(folder.config);
      for (const { id } of await runtime.listPodSandboxes()) await runtime.removePodSandbox(id);
      await runtime.close();
      await server.close();
      await store.close();
      await folder.remove();
    });

    const startKubelet = (): void => {
      const rootDir = path.join(path.dirname(folder.config.root), 'kubelet');
      const config = { nodeName: 'victim', rootDir, server: url, ca: pki.ca, ...identity, runtime: folder.config };
      child = spawn(process.execPath, [PROGRAM, JSON.stringify(config)], { stdio: ['ignore', 'inherit', 'inherit'] });
    };
    const kill = async (): Promise<void> => {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    };
    const create = (name: string, script: string, restartPolicy: 'Always' | 'Never' = 'Always') =>
      client.pods.create({
        metadata: { name, namespace: 'default' },
        spec: {
          nodeName: 'victim',
          restartPolicy,
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 1,
          containers: [shell(script)],
        },
      });
    const get = (name: string): Promise<Pod> => client.pods.get({ name, namespace: 'default' });
    const until = async (name: string, what: string, is: (pod: Pod) => boolean): Promise<Pod> => {
      let last: Pod | undefined;
      try {
        return await eventually(
          `${name} ${what}`,
          async () => {
            last = await get(name);
            return is(last) && last;
          },
          60_000,
        );
      } catch (error) {
        throw new Error(`${(error as Error).message}: ${JSON.stringify(last?.status)}`, { cause: error });
      }
    };

    it('leaves its containers running, and the next one takes them as they are', async () => {
      await create('steady', 'exec sleep 31337');
      const before = await until('steady', 'is Running', ({ status }) => status.phase === 'Running');
      const [process] = await processesOf('sleep 31337');
      await kill();
      assert.deepEqual(await processesOf('sleep 31337'), [process]);
      startKubelet();
      await create('after', 'sleep 1000');
      await until('after', 'is Running', ({ status }) => status.phase === 'Running');
      const now = await get('steady');
      assert.deepEqual(now.status.containerStatuses, before.status.containerStatuses);
      assert.equal(now.status.startTime, before.status.startTime);
      assert.deepEqual(await processesOf('sleep 31337'), [process]);
    });

    it('loses, doubles and forgets nothing, whenever it is killed', { timeout: 175_000 }, async () => {
      const codes = new Map<string, number>();
      for (let round = 0; round < ROUNDS; round++) {
        for (let i = 0; i < 4; i++) {
          const name = `job-${round}-${i}`;
          codes.set(name, (round * 4 + i) % 100);
          await create(name, `sleep 0.${i}; exit ${codes.get(name)}`, 'Never');
        }
        await create(`server-${round}`, 'trap "exit 0" TERM; sleep 10000 & wait');
        if (round > 0) await client.pods.delete({ name: `server-${round - 1}`, namespace: 'default' });
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
        await kill();
        startKubelet();
      }
      for (const [name, code] of codes) {
        const pod = await until(
          name,
          'has ended',
          ({ status }) => status.phase === 'Succeeded' || status.phase === 'Failed',
        );
        const status = statusOf(pod);
        assert.deepEqual(
          [status?.state.terminated?.exitCode, status?.restartCount],
          [code, 0],
          `${name}: ${JSON.stringify(status)}`,
        );
      }
      const last = await until(`server-${ROUNDS - 1}`, 'is Running', ({ status }) => status.phase === 'Running');
      assert.equal(statusOf(last)?.restartCount, 0);
      await eventually(
        'only the pods that are left run',
        async () => {
          const { items } = await client.pods.list({ namespace: 'default' });
          const servers = items.filter(({ metadata }) => metadata.name.startsWith('server-'));
          return (
            servers.length === 1 &&
            (await processesOf('sleep 10000 & wait')).filter((line) => !line.includes('conmon')).length === 1
          );
        },
        30_000,
      );
      await eventually(
        'only their files are left',
        async () => {
          const folders = await fs.readdir(path.join(path.dirname(folder.config.root), 'kubelet', 'pods'));
          const { items } = await client.pods.list({ namespace: 'default' });
          return isDeepStrictEqual(new Set(folders), new Set(items.map(({ metadata }) => metadata.uid)));
        },
        30_000,
      );
    });
  });
});
