// A pod on mkube's own driver beside bare calls to containerd's CRI and beside `docker run`, and mkube on containerd beside the
// same bare calls, in turns. A peer that this machine has not is said to be missing.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { clusterOf, drive, median, root, show, wait } from './lib.mjs';
import { IMAGE, openPods } from './pods.mjs';

const ROUNDS = 15;
const WARM = 2;
const REST = 150;
const BURST = 30;

export async function measure(cluster) {
  cluster.run('up', '--wait', '--nodes', '1', '--runtime', 'runc');
  const own = await openPods(cluster);
  const other = clusterOf('containerd');
  const cri = await whereItCan(() => openCri(other));
  const docker = await whereItCan(() => openDocker());
  try {
    const took = { own: [], driven: [], bare: [], docker: [] };
    for (let round = 0; round < ROUNDS + WARM; round++) {
      const now = { own: await timedPod(own, round) };
      if (cri.peer) now.driven = await timedPod(cri.peer.pods, round);
      if (cri.peer) now.bare = await cri.peer.bare(round);
      if (docker.peer) now.docker = await docker.peer.run(round);
      if (round >= WARM) for (const [name, ms] of Object.entries(now)) took[name].push(ms);
    }
    const burst = cri.peer && (await burstRow(own, cri.peer));
    return [...rowsOf(took, { cri, docker }), ...(burst ? [burst] : [])];
  } finally {
    await own.close();
    await cri.peer?.close();
    await docker.peer?.close();
    other.reset();
  }
}

async function whereItCan(open) {
  try {
    return { peer: await open() };
  } catch (error) {
    return { why: error.message.split('\n')[0] };
  }
}

async function timedPod(pods, round) {
  const { ms } = await pods.start(`engines-${round}`);
  await wait(REST);
  await pods.end(`engines-${round}`);
  await wait(REST);
  return ms;
}

function rowsOf({ own, driven, bare, docker: run }, { cri, docker }) {
  const row = (what, of) => {
    if (of.why) return { what, figure: show.ms(median(of.mine)), peer: `not measured: ${of.why}` };
    const ratio = median(of.mine) / median(of.peer);
    const figures = { figure: show.ms(median(of.mine)), peer: `${of.name} ${show.ms(median(of.peer))}` };
    return { what, ...figures, ratio, goal: `<= ${of.goal}x`, ok: ratio <= of.goal };
  };
  const calls = { peer: bare, name: 'containerd, bare CRI calls', why: cri.why };
  return [
    row('pod on runc beside CRI', { ...calls, mine: own, goal: 0.5 }),
    row('pod on runc beside Docker', { mine: own, peer: run, name: 'docker run -d', why: docker.why, goal: 0.3 }),
    ...(cri.why ? [] : [row('pod on containerd, driven by mkube', { ...calls, mine: driven, goal: 1.25 })]),
  ];
}

async function burstRow(own, cri) {
  const bare = await cri.burst(BURST);
  await wait(2000);
  const names = Array.from({ length: BURST }, (_, i) => `engines-burst-${i}`);
  const perSecond = (BURST / (await own.startMany(names))) * 1000;
  await own.endMany(names);
  return {
    what: `burst of ${BURST} pods on runc beside CRI`,
    figure: show.perSecond(perSecond),
    peer: `containerd, bare CRI calls, 4 at once ${show.perSecond(bare)}`,
    ratio: perSecond / bare,
    goal: '>= 2x',
    ok: perSecond / bare >= 2,
  };
}

/** A cluster on a containerd of its node's own, and that containerd's CRI without mkube. */
async function openCri(cluster) {
  cluster.run('up', '--wait', '--nodes', '1', '--runtime', 'containerd');
  const { clusterPaths } = await import(path.join(root, 'packages/cluster/dist/state/paths.js'));
  const { openCriClient } = await import(path.join(root, 'packages/runtime/dist/cri/client.js'));
  const client = await openCriClient(clusterPaths(cluster.home, 'mkube').node('node-1').engineSocket);
  const pods = await openPods(cluster);
  const ids = [];
  /** RunPodSandbox, CreateContainer, StartContainer, and no more. */
  const startPod = async (name) => {
    const sandboxConfig = {
      metadata: { name, uid: name, namespace: 'bench', attempt: 0 },
      logDirectory: path.join(cluster.home, 'bench-logs', name),
      linux: { securityContext: { namespaceOptions: { network: 0, pid: 1, ipc: 0 } } },
    };
    const { podSandboxId } = await client.call('RunPodSandbox', { config: sandboxConfig });
    ids.push(podSandboxId);
    const config = {
      metadata: { name: 'c', attempt: 0 },
      image: { image: IMAGE },
      command: ['sleep', '3600'],
      logPath: 'c.log',
      linux: { securityContext: { namespaceOptions: { network: 0, pid: 1, ipc: 0 } } },
    };
    const { containerId } = await client.call('CreateContainer', { podSandboxId, config, sandboxConfig });
    await client.call('StartContainer', { containerId });
  };
  const clear = async () => {
    for (const podSandboxId of ids.splice(0)) {
      await client.call('StopPodSandbox', { podSandboxId });
      await client.call('RemovePodSandbox', { podSandboxId });
    }
  };
  return {
    pods,
    async bare(round) {
      const start = performance.now();
      await startPod(`bare-${round}`);
      const ms = performance.now() - start;
      await clear();
      return ms;
    },
    async burst(count) {
      const { perSecond } = await drive({ count, atOnce: 4 }, (i) => startPod(`burst-${i}`));
      await clear();
      return perSecond;
    },
    async close() {
      await clear();
      await pods.close();
      await client.close();
    },
  };
}

/** A dockerd of our own, with its usual bridge, in a network namespace where nobody else has one. */
async function openDocker() {
  const folder = fs.mkdtempSync('/tmp/mkd-'); // short: sockets live below it
  const at = (name) => path.join(folder, name);
  const host = `unix://${at('d.sock')}`;
  const own = ['--data-root', at('data'), '--exec-root', at('exec'), '--host', host, '--pidfile', at('pid')];
  const script = 'ip link set lo up && exec "$0" "$@"';
  const argv = ['--net', 'sh', '-c', script, 'dockerd', ...own, '--iptables=false', '--ip6tables=false'];
  const log = fs.openSync(at('log'), 'a');
  const dockerd = spawn('unshare', argv, { stdio: ['ignore', log, log] });
  const docker = (...args) => {
    const { status, stdout, stderr, error } = spawnSync('docker', ['--host', host, ...args], { encoding: 'utf8' });
    if (status !== 0) throw error ?? new Error(`docker ${args[0]}: ${stderr.trim()}`);
    return stdout.trim();
  };
  const close = async () => {
    const ended = new Promise((resolve) => dockerd.once('exit', resolve));
    if (dockerd.exitCode === null && dockerd.kill('SIGTERM')) await ended;
    const mounts = fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const points = mounts.map((line) => line.split(' ')[4]).filter((point) => point?.startsWith(folder));
    if (points.length > 0) spawnSync('umount', ['--lazy', ...points.toReversed()]);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilAnswering(dockerd, docker);
    await buildImage(at('image.tar'));
    docker('load', '--input', at('image.tar'));
    docker('rm', '-f', docker('run', '-d', IMAGE, 'sleep', '3600'));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async run() {
      const start = performance.now();
      const id = docker('run', '-d', IMAGE, 'sleep', '3600');
      const ms = performance.now() - start;
      docker('rm', '-f', id);
      return ms;
    },
    close,
  };
}

async function untilAnswering(dockerd, docker) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await wait(200)) {
    if (dockerd.exitCode !== null) break;
    try {
      return docker('version');
    } catch {
      // not yet
    }
  }
  throw new Error('dockerd does not start here');
}

async function buildImage(file) {
  const { buildImageArchive, createExec, findBusybox, readBusyboxFiles } = await import(
    path.join(root, 'packages/runtime/dist/index.js')
  );
  const files = await readBusyboxFiles(createExec(), findBusybox());
  fs.writeFileSync(file, buildImageArchive({ tags: [IMAGE], files }));
}
