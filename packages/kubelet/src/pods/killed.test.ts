import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '@mkube/api';
import type { Input } from '@mkube/apimachinery';
import {
  type KeyPair,
  type TestAuthority,
  type TestServer,
  createTestAuthority,
  startTestServer,
} from '@mkube/apiserver/testing';
import { type Client, createClient, inProcessTransport } from '@mkube/client';
import { openRunc } from '../testing/kubelet-process.test.ts';
import { eventually, shell, statusOf } from '../testing/node.test.ts';
import { inOwnNetwork } from '../testing/own-network.test.ts';
import { makeRuncFolder, processesOf, type RuncFolder } from '../testing/runc.test.ts';

const PROGRAM = fileURLToPath(new URL('../testing/kubelet-process.test.js', import.meta.url));
const KILLS = Number(process.env['MKUBE_TEST_KILLS'] ?? 30);
/** That start, run and stop at a time. */
const POPULATION = 20;
const SEED = Number(process.env['MKUBE_TEST_SEED'] ?? Date.now() % 1_000_000);

inOwnNetwork(import.meta.url, 'a kubelet can be killed at any moment', describeKills, { timeoutMs: 400_000 });

function describeKills(): void {
  describe('a kubelet that is killed', () => {
    let folder: RuncFolder;
    let authority: TestAuthority;
    let identity: KeyPair;
    let server: TestServer;
    let client: Client;
    let url = '';
    let child: ChildProcess | undefined;

    before(async () => {
      folder = await makeRuncFolder();
      authority = await createTestAuthority();
      identity = await authority.issue({ commonName: 'system:node:victim', groups: ['system:nodes'] });
      server = await startTestServer({
        tls: { ...(await authority.issue({ commonName: 'kube-apiserver' })), clientCa: authority.cert },
      });
      const { port } = await server.api.listen([{ host: '127.0.0.1', port: 0 }]);
      url = `https://127.0.0.1:${port}`;
      const user = { username: 'kubernetes-admin', groups: ['system:masters'] };
      client = createClient(inProcessTransport((request) => server.api.handle(request), user));
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
      await folder.remove();
    });

    const startKubelet = (): void => {
      const rootDir = path.join(path.dirname(folder.config.root), 'kubelet');
      const config = {
        nodeName: 'victim',
        rootDir,
        server: url,
        ca: authority.cert,
        ...identity,
        runtime: folder.config,
      };
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
      const command = `sleep ${String(30_000 + process.pid)}`; // nobody else's on this machine
      await create('steady', `exec ${command}`);
      const before = await until('steady', 'is Running', ({ status }) => status.phase === 'Running');
      const [steady] = await processesOf(command);
      await kill();
      assert.deepEqual(await processesOf(command), [steady]);
      startKubelet();
      await create('after', 'sleep 1000');
      await until('after', 'is Running', ({ status }) => status.phase === 'Running');
      const now = await get('steady');
      assert.deepEqual(now.status.containerStatuses, before.status.containerStatuses);
      assert.equal(now.status.startTime, before.status.startTime);
      assert.deepEqual(await processesOf(command), [steady]);
    });

    it(`loses, doubles and forgets nothing, whenever it is killed (seed ${SEED})`, { timeout: 360_000 }, async () => {
      const random = createRandom(SEED);
      const starts = path.join(path.dirname(folder.config.root), 'starts');
      await fs.mkdir(starts);
      const subjects: Subject[] = [];
      const add = async (): Promise<void> => {
        const subject = subjectOf(subjects.length, random);
        subjects.push(subject);
        await client.pods.create(podOf(subject, starts));
      };
      const isThere = ({ kind, deleted }: Subject): boolean => kind === 'job' || !deleted;
      for (let i = 0; i < POPULATION; i++) await add();
      for (let kills = 0; kills < KILLS; kills++) {
        await moment(random);
        await kill();
        startKubelet();
        await add();
        await add();
        const lasting = subjects.filter((subject) => subject.kind !== 'job' && !subject.deleted);
        const leaving = lasting[Math.floor(random() * lasting.length)];
        if (!leaving || lasting.length < POPULATION / 2) continue;
        leaving.deleted = true;
        await client.pods.delete({ name: leaving.name, namespace: 'default' });
      }
      for (const subject of subjects.filter(isThere)) await becomesTrue(subject, starts);
      await eventually(
        'only the pods that are left run, each once',
        async () => {
          const running = (await processesOf(`${starts}/`)).filter((line) => line.includes(' sh -c '));
          const wanted = subjects.filter(({ kind, deleted }) => kind !== 'job' && !deleted);
          return (
            running.length === wanted.length &&
            wanted.every(({ name }) => running.filter((line) => line.includes(`${starts}/${name} `)).length === 1)
          );
        },
        60_000,
      );
      await eventually(
        'only their files are left',
        async () => {
          const folders = await fs.readdir(path.join(path.dirname(folder.config.root), 'kubelet', 'pods'));
          const { items } = await client.pods.list({ namespace: 'default' });
          return isDeepStrictEqual(new Set(folders), new Set(items.map(({ metadata }) => metadata.uid)));
        },
        60_000,
      );
      await kill();
      const runtime = await openRunc(folder.config);
      const { items } = await client.pods.list({ namespace: 'default' });
      const sandboxes = (await runtime.listPodSandboxes()).map(({ name }) => name);
      await runtime.close();
      assert.deepEqual(sandboxes.toSorted(), items.map(({ metadata }) => metadata.name).toSorted());
    });

    /** Any moment: in the start of a kubelet, or soon after it has done something. */
    const moment = async (random: () => number): Promise<void> => {
      if (random() < 0.5) {
        const { metadata } = await client.pods.list({ namespace: 'default' });
        await eventually(
          'the kubelet writes something',
          async () => {
            const now = await client.pods.list({ namespace: 'default' });
            return now.metadata.resourceVersion !== metadata.resourceVersion || isSettled(now.items);
          },
          60_000,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, random() * 400));
    };
    const isSettled = (pods: readonly Pod[]): boolean =>
      pods.every(({ status, metadata }) => status.phase !== 'Pending' && !metadata.deletionTimestamp);

    /** What the API says of it in the end is what its containers themselves have written down. */
    const becomesTrue = async (subject: Subject, starts: string): Promise<void> => {
      const { name, kind, code } = subject;
      const pod = await until(name, 'is as it should be', (now) => isAsItShould(subject, now));
      const status = statusOf(pod);
      const expected = kind === 'again' ? 2 : 1;
      const linesNow = async (): Promise<number> => (await fs.readFile(path.join(starts, name), 'utf8')).length;
      // a shell that has just been started has its first line still to write
      await eventually(`${name} has written down its start`, async () => (await linesNow()) >= expected, 60_000);
      const begun = await linesNow();
      const ended = kind === 'again' ? status?.lastState.terminated : status?.state.terminated;
      assert.deepEqual(
        { begun, restarts: status?.restartCount, code: ended?.exitCode },
        {
          begun: expected,
          restarts: expected - 1,
          code: kind === 'server' ? undefined : code,
        },
        `${name}: ${JSON.stringify(status)}`,
      );
    };
  });
}

interface Subject {
  name: string;
  /** Ends with its code; runs until it is deleted; ends once with its code and then runs. */
  kind: 'job' | 'server' | 'again';
  code: number;
  deleted: boolean;
}

const KINDS = ['job', 'server', 'again'] as const;

const subjectOf = (index: number, random: () => number): Subject => {
  const kind = KINDS[Math.floor(random() * KINDS.length)] ?? 'job';
  return { name: `${kind}-${index}`, kind, code: 1 + Math.floor(random() * 99), deleted: false };
};

const isAsItShould = ({ kind }: Subject, pod: Pod): boolean => {
  const { phase } = pod.status;
  if (kind === 'job') return phase === 'Succeeded' || phase === 'Failed';
  const status = statusOf(pod);
  return phase === 'Running' && status?.state.running !== undefined && (kind === 'server' || status.restartCount > 0);
};

/** Every start of a container leaves an empty line in a file of the machine, named after its pod. */
function podOf({ name, kind, code }: Subject, starts: string): Input<Pod> {
  const file = `${starts}/${name}`;
  const stay = 'trap "exit 0" TERM; sleep 10000 & wait';
  const scripts = {
    job: `sleep 0.${code % 10}; exit ${code}`,
    server: stay,
    again: `[ $(wc -l < ${file} ) -gt 1 ] || exit ${code}; ${stay}`,
  };
  const volumeMounts = [{ name: 'starts', mountPath: starts }];
  return {
    metadata: { name, namespace: 'default' },
    spec: {
      nodeName: 'victim',
      restartPolicy: kind === 'job' ? 'Never' : 'Always',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [shell(`echo >> ${file} ; ${scripts[kind]}`, { volumeMounts })],
      volumes: [{ name: 'starts', hostPath: { path: starts } }],
    },
  };
}

/** A short generator with a seed (mulberry32): a run that failed can be had again. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
