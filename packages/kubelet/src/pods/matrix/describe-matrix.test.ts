/**
 * Runs the tables on an engine: every case is a pod of its own, some of them side by side, on one node. Cases that need what
 * the engine does not support are left out, and the count says how many ran.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { Pod } from '@mkube/api';
import { createTestAuthority } from '@mkube/apiserver/testing';
import type { Runtime } from '@mkube/runtime';
import { parseEntry } from '../../logs/log-entries.ts';
import { eventually, openNode, type TestNode } from '../../testing/node.test.ts';
import { tables } from './all.ts';
import { type Case, PLACES, type PodSpecInput, type Seen, shell, statusOf } from './case.ts';

const run = promisify(execFile);
const DEADLINE_MS = Number(process.env['MKUBE_TEST_DEADLINE'] ?? 90_000);
/** Many look on at once: looking must cost less than what is looked at. */
const LOOK_EVERY_MS = 100;

export interface Engine {
  runtime: Runtime;
  cgroupRoot: string;
  close(): Promise<void>;
}

export interface MatrixOptions {
  /** Everything; else without what only the kubelet has a part in. */
  full?: boolean;
  /** Pods of each theme that live at once: most of them only wait for something. */
  atOnce?: number;
}

export function describeMatrix(
  name: string,
  open: () => Promise<Engine>,
  { full = false, atOnce = 4 }: MatrixOptions = {},
): void {
  describe(`what a manifest asks for, on ${name}`, { concurrency: true }, () => {
    let place: Place;
    before(async () => {
      place = await openPlace(await open());
    });
    after(() => place.close());
    for (const [theme, cases] of Object.entries(tables))
      describe(theme, { concurrency: atOnce }, () => {
        for (const [what, of] of Object.entries(cases).filter(([, { alone }]) => full || !alone))
          it(what, async (context) => {
            const { supports } = place.node.runtime;
            const lacking = (of.needs ?? []).filter((need) => !supports[need]);
            if (lacking.length > 0) return context.skip(`${name} does not support ${lacking.join(', ')}`);
            await runCase(place, what, of);
          });
      });
  });
}

interface Place {
  node: TestNode;
  staticPodPath: string;
  sharedRoot: string;
  ports: { https: number; grpc: number };
  close(): Promise<void>;
}

async function openPlace(engine: Engine): Promise<Place> {
  const base = await fs.mkdtemp('/tmp/mkm-');
  const [staticPodPath, sharedRoot] = [path.join(base, 'static'), path.join(base, 'shared')];
  await Promise.all([staticPodPath, sharedRoot].map((folder) => fs.mkdir(folder)));
  // mounts below it are to be seen on both sides
  await run('mount', ['--bind', sharedRoot, sharedRoot]);
  await run('mount', ['--make-shared', sharedRoot]);
  const node = await openNode({
    runtime: engine.runtime,
    kubelet: { cgroupRoot: engine.cgroupRoot, staticPodPath, clusterDns: ['10.96.0.10'], syncPeriodSeconds: 2 },
  });
  await makeObjects(node, base);
  const web = await serveHttps();
  const health = await serveHealth();
  return {
    node,
    staticPodPath,
    sharedRoot,
    ports: { https: web.port, grpc: health.port },
    async close() {
      await node.close();
      web.close();
      health.close();
      await engine.close();
      await run('umount', ['-l', sharedRoot]);
      await fs.rm(base, { recursive: true, force: true });
    },
  };
}

async function runCase(place: Place, what: string, of: Case): Promise<void> {
  const { node } = place;
  const name = what.replaceAll(/[^a-z0-9]+/g, '-');
  const shared = path.join(place.sharedRoot, name);
  await fs.mkdir(shared);
  const spec: PodSpecInput = { restartPolicy: 'Never', ...of.spec, containers: [shell(of.script, of.container)] };
  const [placed, metadata] = [spec, of.metadata ?? {}].map((part) => withPlaces(part, place, shared));
  await node.runPod(name, placed as PodSpecInput, metadata as Case['metadata']);
  const seen = seenBy(place, name, shared);
  if (of.watch) await of.watch(seen);
  const phase = of.phase ?? (of.watch ? undefined : 'Succeeded');
  if (phase) {
    const pod = await seen.until(
      'has ended',
      ({ status }) => status.phase === 'Succeeded' || status.phase === 'Failed',
    );
    const output = await seen.output().catch(() => '');
    assert.equal(pod.status.phase, phase, `${output}\n${JSON.stringify(pod.status.containerStatuses)}`);
    // an engine's log may come a moment after the end
    if (of.prints) await seen.untilPrints(of.prints);
  }
  await node.client.pods.delete({ namespace: 'default', name }, { gracePeriodSeconds: 0 }).catch(() => undefined);
}

function withPlaces(part: object, { node, ports }: Place, shared: string): object {
  const text = JSON.stringify(part)
    .replaceAll(`"${PLACES.root}"`, JSON.stringify(node.rootDir))
    .replaceAll(`"${PLACES.shared}`, `"${shared}`)
    .replaceAll(`"${PLACES.httpsPort}"`, String(ports.https))
    .replaceAll(`"${PLACES.grpcPort}"`, String(ports.grpc));
  return JSON.parse(text) as object;
}

function seenBy({ node, staticPodPath }: Place, own: string, shared: string): Seen {
  const { client, runtime, nodeName } = node;
  const output = async (container = 'main'): Promise<string> => outputOf(node, await node.getPod(own), container);
  const watchFor: Seen['eventually'] = (what, look) => eventually(`${own}: ${what}`, look, DEADLINE_MS, LOOK_EVERY_MS);
  const eventsOf = async (): Promise<{ reason?: string; message?: string }[]> => {
    const { items } = await client.events.list({ namespace: 'default' });
    return items.filter((event) => event.involvedObject.name === own);
  };
  const told = async (): Promise<string> =>
    JSON.stringify((await eventsOf()).map(({ reason, message }) => `${reason}: ${message}`));
  return {
    client,
    runtime,
    nodeName,
    name: own,
    shared,
    staticPodPath,
    eventually: watchFor,
    output,
    pod: (name = own) => node.getPod(name),
    async until(what, is, name = own) {
      let last: Pod | undefined;
      const look = async () => is((last = await node.getPod(name))) && last;
      return watchFor(what, look).catch(async (cause: unknown) => {
        throw new Error(`${name} never ${what}: ${JSON.stringify(last?.status)}; ${await told()}`, { cause });
      });
    },
    async untilPrints(pattern, container) {
      let last = '';
      const look = async () => pattern.test((last = await output(container))) && last;
      return watchFor(`it prints ${pattern}`, look).catch((cause: unknown) => {
        throw new Error(`${own} printed ${JSON.stringify(last.slice(-500))}, not ${pattern}`, { cause });
      });
    },
    async untilEvent(reason, message) {
      const isIt = (event: { reason?: string; message?: string }): boolean =>
        event.reason === reason && message.test(event.message ?? '');
      const look = async (): Promise<boolean> => (await eventsOf()).some(isIt);
      await watchFor(`there is an event ${reason}`, look).catch(async (cause: unknown) => {
        throw new Error(`no ${reason} that says ${message}, but ${await told()}`, { cause });
      });
    },
    async exec(...command) {
      const id = statusOf(await node.getPod(own))?.containerID?.split('//')[1] ?? '';
      const { stdout, stderr, exitCode } = await runtime.execSync(id, command, 30);
      assert.equal(exitCode, 0, `${command.join(' ')}: ${stderr.toString()}`);
      return stdout.toString();
    },
    async remove() {
      const began = Date.now();
      const { metadata } = await node.getPod(own);
      await client.pods.delete({ namespace: 'default', name: own });
      await watchFor('it is gone', async () => {
        const { items } = await client.pods.list({ namespace: 'default' });
        return items.every(({ metadata: of }) => of.uid !== metadata.uid);
      });
      return Date.now() - began;
    },
    lines: (file, count) =>
      watchFor(`there are ${count} lines in ${file}`, async () => {
        const text = await fs.readFile(path.join(shared, file), 'utf8').catch(() => '');
        const lines = text.split('\n').filter(Boolean);
        return lines.length >= count && lines;
      }),
  };
}

async function outputOf(node: TestNode, pod: Pod, container: string): Promise<string> {
  const logs = path.join(node.rootDir, 'pods', pod.metadata.uid, 'logs', container);
  const files = (await fs.readdir(logs).catch(() => [])).toSorted((a, b) => Number.parseInt(b) - Number.parseInt(a));
  const text = await fs.readFile(path.join(logs, files[0] ?? '0.log')).catch(() => Buffer.alloc(0));
  const lines = text.toString('latin1').split('\n');
  const entries = lines.map((line) => parseEntry(Buffer.from(line, 'latin1'))).filter((entry) => entry !== undefined);
  return entries.map(({ text: said, partial }) => said.toString() + (partial ? '' : '\n')).join('');
}

/** What the cases name. There are no controllers here: claims are bound by hand. */
async function makeObjects({ client, rootDir }: TestNode, base: string): Promise<void> {
  const named = (name: string) => ({ metadata: { namespace: 'default', name } });
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
  };
  await fs.mkdir(path.join(rootDir, 'seccomp'), { recursive: true });
  await fs.writeFile(path.join(rootDir, 'seccomp', 'no-mkdir.json'), JSON.stringify(profile));
  await client.configMaps.create({ ...named('cm'), data: { key: 'value' }, binaryData: { raw: 'AP+A' } });
  await client.secrets.create({ ...named('sec'), stringData: { password: 's3cret' } });
  for (const name of ['changing', 'turning']) await client.configMaps.create({ ...named(name), data: { k: 'before' } });
  await client.secrets.create({ ...named('changing'), stringData: { k: 'before' } });
  const service = (name: string, port: object) => client.services.create({ ...named(name), spec: { ports: [port] } });
  await service('data-base', { name: 'sql', port: 5432 });
  await service('kubernetes', { name: 'https', port: 443 });
  for (const kind of ['hostpath', 'local']) {
    const folder = path.join(base, kind);
    await fs.mkdir(folder);
    await fs.writeFile(path.join(folder, 'x'), 'claimed\n');
    await makeClaim(client, `of-${kind}`, kind === 'local' ? localVolume(folder) : { hostPath: { path: folder } });
  }
}

const localVolume = (folder: string) => ({
  local: { path: folder },
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'Exists' as const }] }] },
  },
});

async function makeClaim(client: TestNode['client'], name: string, source: object): Promise<void> {
  const size = { storage: '1Mi' };
  const of = { accessModes: ['ReadWriteOnce' as const], storageClassName: '' };
  await client.persistentVolumes.create({ metadata: { name }, spec: { ...of, capacity: size, ...source } });
  const metadata = { namespace: 'default', name };
  await client.persistentVolumeClaims.create({
    metadata,
    spec: { ...of, volumeName: name, resources: { requests: size } },
  });
  await client.persistentVolumeClaims.patch(
    metadata,
    'merge',
    { status: { phase: 'Bound' } },
    { subresource: 'status' },
  );
}

async function serveHttps(): Promise<{ port: number; close(): void }> {
  const keys = await (await createTestAuthority()).issue({ commonName: 'registry' });
  const server = https.createServer(keys, (request, response) => {
    response.writeHead(request.url === '/ok' ? 200 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.closeAllConnections() ?? server.close() };
}

/** grpc.health.v1.Health/Check: SERVING for the server itself, NOT_SERVING for a service called broken. */
async function serveHealth(): Promise<{ port: number; close(): void }> {
  const server = http2.createServer();
  server.on('stream', (stream) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const status = Buffer.concat(chunks).includes('broken') ? 2 : 1;
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, status]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
