// What the benches of pods share: pods started and ended through the API as a watch sees it, and the same by runc alone.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { call, connect } from './lib.mjs';

export const IMAGE = 'mkube.local/hello:1.0';
/** Ends at once when it is asked to. */
const COMMAND = ['sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'];

const podOf = (name) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'c', image: IMAGE, imagePullPolicy: 'IfNotPresent', command: COMMAND }],
  },
});

export const isRunning = ({ object: { status } }) =>
  status?.phase === 'Running' && status.containerStatuses?.every((c) => c.state?.running);

/** One connection that makes and ends pods, and one watch that tells what becomes of them. */
export async function openPods(cluster) {
  const api = await connect(cluster);
  const { dispatcher } = api;
  const { request } = await import('undici');
  const pods = '/api/v1/namespaces/default/pods';
  const { metadata } = JSON.parse(await call(api, 'GET', `${pods}?limit=1`));
  const target = `${api.url}${pods}?watch=true&resourceVersion=${metadata.resourceVersion}`;
  const { body } = await request(target, { dispatcher });
  const waiting = new Set();
  let rest = '';
  body.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines.filter(Boolean)) {
      const event = JSON.parse(line);
      for (const look of waiting) look(event);
    }
  });
  body.on('error', () => {});
  /** The time when each of these pods was first seen so. */
  const until = (names, is) =>
    new Promise((resolve) => {
      const left = new Set(names);
      const look = (event) => {
        if (!left.has(event.object.metadata.name) || !is(event)) return;
        left.delete(event.object.metadata.name);
        if (left.size > 0) return;
        waiting.delete(look);
        resolve({ at: performance.now(), pod: event.object });
      };
      waiting.add(look);
    });
  const create = async (name) => {
    await call(api, 'POST', pods, JSON.stringify(podOf(name)));
    return performance.now();
  };
  const drop = (name, grace = 0) => call(api, 'DELETE', `${pods}/${name}?gracePeriodSeconds=${grace}`);
  return {
    /** Milliseconds from the accepted POST to Running, and how long until it was bound; the pod as it runs. */
    async start(name) {
      const bound = until([name], ({ object }) => object.spec.nodeName);
      const running = until([name], isRunning);
      const start = await create(name);
      const { at, pod } = await running;
      return { ms: at - start, boundMs: (await bound).at - start, acceptedAt: performance.timeOrigin + start, pod };
    },
    /** Milliseconds until the object is gone; with a grace period that is when its containers have ended. */
    async end(name, { grace = 0 } = {}) {
      const gone = until([name], ({ type }) => type === 'DELETED');
      const start = performance.now();
      await drop(name, grace);
      return (await gone).at - start;
    },
    /** Milliseconds until all run. */
    async startMany(names) {
      const running = until(names, isRunning);
      const start = performance.now();
      await Promise.all(names.map(create));
      return (await running).at - start;
    },
    async endMany(names) {
      const gone = until(names, ({ type }) => type === 'DELETED');
      await Promise.all(names.map(drop));
      await gone;
    },
    async close() {
      body.destroy();
      await dispatcher.destroy();
    },
  };
}

/** The same busybox in a bundle of its own, started by runc alone. */
export function bareRunc(cluster) {
  const bundle = path.join(cluster.home, 'bare');
  fs.mkdirSync(path.join(bundle, 'rootfs/bin'), { recursive: true });
  fs.copyFileSync('/bin/busybox', path.join(bundle, 'rootfs/bin/busybox'));
  fs.symlinkSync('busybox', path.join(bundle, 'rootfs/bin/sleep'));
  execFileSync('runc', ['spec'], { cwd: bundle });
  const file = path.join(bundle, 'config.json');
  const config = JSON.parse(fs.readFileSync(file, 'utf8'));
  config.process.terminal = false;
  config.process.args = ['/bin/sleep', '3600'];
  fs.writeFileSync(file, JSON.stringify(config));
  const stateRoot = path.join(cluster.home, 'bare-state');
  const ids = [];
  const argvOf = (name) => {
    const id = `mkube-bench-${process.pid}-${name}`;
    ids.push(id);
    return ['--root', stateRoot, 'run', '-d', '--bundle', bundle, id];
  };
  return {
    run(name) {
      const start = performance.now();
      const { status, error } = spawnSync('runc', argvOf(name), { stdio: 'ignore' });
      if (status !== 0) throw error ?? new Error('runc run failed');
      return performance.now() - start;
    },
    /** Milliseconds for so many, four at once. */
    async burst(count) {
      const start = performance.now();
      let left = count;
      const worker = async () => {
        while (left-- > 0) {
          const argv = argvOf(`burst-${left}`);
          await new Promise((resolve) => spawn('runc', argv, { stdio: 'ignore' }).on('close', resolve));
        }
      };
      await Promise.all(Array.from({ length: 4 }, worker));
      return performance.now() - start;
    },
    clean() {
      for (const id of ids.splice(0)) spawnSync('runc', ['--root', stateRoot, 'delete', '-f', id]);
    },
  };
}
