// A pod from accepted POST to Running as a watch sees it, beside a bare `runc run -d` of the same root file system.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { connect, median, percentile, show } from './lib.mjs';

const ROUNDS = 20;
const IMAGE = 'mkube.local/hello:1.0';

export async function measure(cluster) {
  const { request } = await import('undici');
  cluster.run('up', '--wait', '--nodes', '1');
  const { url, dispatcher } = await connect(cluster);
  const pods = `${url}/api/v1/namespaces/default/pods`;
  const bare = bareRunc(cluster);
  const [mkube, floor] = [[], []];
  for (let round = 0; round < ROUNDS + 3; round++) {
    const took = await startPod({ request, dispatcher, pods, name: `bench-${round}` });
    const plain = bare.run(round);
    if (round >= 3) {
      mkube.push(took);
      floor.push(plain);
    }
  }
  const bareBurst = await bare.burst(50);
  bare.clean();
  const burst = await startBurst({ request, dispatcher, pods, count: 50 });
  await dispatcher.close();
  const ratio = median(mkube) / median(floor);
  const tail = percentile(mkube, 99) / median(floor);
  return [
    {
      what: 'pod: POST accepted to Running, p50',
      figure: show.ms(median(mkube)),
      peer: `runc run -d ${show.ms(median(floor))}`,
      ratio,
      goal: '<= 2x',
      ok: ratio <= 2,
    },
    {
      what: 'pod: POST accepted to Running, p99',
      figure: show.ms(percentile(mkube, 99)),
      peer: `runc run -d ${show.ms(median(floor))}`,
      ratio: tail,
      goal: '<= 4x',
      ok: tail <= 4,
    },
    {
      what: 'burst of 50 pods on one node',
      figure: show.perSecond(50 / (burst / 1000)),
      peer: `runc run -d, 4 at once ${show.perSecond(50 / (bareBurst / 1000))}`,
      ratio: bareBurst / burst,
      goal: '>= 40/s',
      ok: 50 / (burst / 1000) >= 40,
    },
  ];
}

const podOf = (name) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'c', image: IMAGE, imagePullPolicy: 'IfNotPresent', command: ['sleep', '3600'] }],
  },
});

const isRunning = (pod) =>
  pod.status?.phase === 'Running' && pod.status.containerStatuses?.every((c) => c.state?.running);

async function openWatch({ request, dispatcher, pods, onPod }) {
  const { metadata } = await (await request(`${pods}?limit=1`, { dispatcher })).body.json();
  const { body } = await request(`${pods}?watch=true&resourceVersion=${metadata.resourceVersion}`, { dispatcher });
  let rest = '';
  body.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line) onPod(JSON.parse(line).object);
  });
  body.on('error', () => {});
  return () => body.destroy();
}

async function post({ request, dispatcher, pods, name }) {
  const { statusCode, body } = await request(pods, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(podOf(name)),
  });
  const text = await body.text();
  if (statusCode !== 201) throw new Error(`POST pod: ${text}`);
}

async function startPod({ request, dispatcher, pods, name }) {
  let running;
  const seen = new Promise((resolve) => {
    running = resolve;
  });
  const stop = await openWatch({
    request,
    dispatcher,
    pods,
    onPod: (pod) => pod.metadata.name === name && isRunning(pod) && running(),
  });
  await post({ request, dispatcher, pods, name });
  const start = process.hrtime.bigint();
  await seen;
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  stop();
  await (await request(`${pods}/${name}?gracePeriodSeconds=0`, { dispatcher, method: 'DELETE' })).body.dump();
  return ms;
}

async function startBurst({ request, dispatcher, pods, count }) {
  const left = new Set(Array.from({ length: count }, (_, i) => `burst-${i}`));
  let all;
  const done = new Promise((resolve) => {
    all = resolve;
  });
  const onPod = (pod) => {
    if (isRunning(pod)) left.delete(pod.metadata.name);
    if (left.size === 0) all();
  };
  const stop = await openWatch({ request, dispatcher, pods, onPod });
  const start = process.hrtime.bigint();
  await Promise.all([...left].map((name) => post({ request, dispatcher, pods, name })));
  await done;
  stop();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** The same busybox in a bundle of its own, started by runc alone. */
function bareRunc(cluster) {
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
  return {
    run(round) {
      const id = `mkube-bench-${process.pid}-${round}`;
      ids.push(id);
      const start = process.hrtime.bigint();
      const { status, error } = spawnSync('runc', ['--root', stateRoot, 'run', '-d', '--bundle', bundle, id], {
        stdio: 'ignore',
      });
      if (status !== 0) throw error ?? new Error('runc run failed');
      return Number(process.hrtime.bigint() - start) / 1e6;
    },
    async burst(count) {
      const start = process.hrtime.bigint();
      let left = count;
      const worker = async () => {
        while (left-- > 0) {
          const id = `mkube-bench-${process.pid}-burst-${left}`;
          ids.push(id);
          const args = ['--root', stateRoot, 'run', '-d', '--bundle', bundle, id];
          await new Promise((resolve) => spawn('runc', args, { stdio: 'ignore' }).on('close', resolve));
        }
      };
      await Promise.all(Array.from({ length: 4 }, worker));
      return Number(process.hrtime.bigint() - start) / 1e6;
    },
    clean: () => ids.forEach((id) => spawnSync('runc', ['--root', stateRoot, 'delete', '-f', id])),
  };
}
