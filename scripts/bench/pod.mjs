// A pod from accepted POST to Running as a watch sees it, and to its end, beside a bare `runc run -d` of the same root file
// system; where the time of a start goes; many at once.
import fs from 'node:fs';
import path from 'node:path';
import { median, percentile, show, wait } from './lib.mjs';
import { bareRunc, openPods } from './pods.mjs';

const ROUNDS = 12;
const WARM = 3;
/**
 * What a node clears away after a pod is not to be measured with the next one. Nor does either begin right after the other: a second
 * start finds the kernel ready to move processes between control groups, which the first has waited for.
 */
const REST = 150;

export async function measure(cluster) {
  cluster.run('up', '--wait', '--nodes', '1');
  const pods = await openPods(cluster);
  const bare = bareRunc(cluster);
  const [starts, floor, dropped, ended] = [[], [], [], []];
  for (let round = 0; round < ROUNDS + WARM; round++) {
    const [one, other] = [`bench-${round}-a`, `bench-${round}-b`];
    const started = await pods.start(one);
    const steps = stepsOf(cluster, started);
    await wait(REST);
    const plain = bare.run(round);
    await wait(REST);
    const graceful = await pods.end(one, { grace: 30 });
    await wait(REST);
    const again = await pods.start(other);
    await wait(REST);
    const plainAgain = bare.run(`${round}-b`);
    await wait(REST);
    const forced = await pods.end(other);
    await wait(REST);
    if (round < WARM) continue;
    starts.push({ ...started, steps }, { ...again });
    floor.push(plain, plainAgain);
    dropped.push(forced);
    ended.push(graceful);
  }
  bare.clean();
  const rows = [...startRows(starts, floor), ...endRows({ dropped, ended, floor })];
  for (const { count, goal } of [{ count: 50 }, { count: 100, goal: 40 }])
    rows.push(await burstRow({ pods, bare, count, goal }));
  await pods.close();
  return rows;
}

function startRows(starts, floor) {
  const took = starts.map(({ ms }) => ms);
  const peer = `runc run -d ${show.ms(median(floor))}`;
  const ratio = median(took) / median(floor);
  const tail = percentile(took, 99) / median(floor);
  const what = 'pod: POST accepted to Running';
  return [
    { what: `${what}, p50`, figure: show.ms(median(took)), peer, ratio, goal: '<= 2x', ok: ratio <= 2 },
    { what: `${what}, p99`, figure: show.ms(percentile(took, 99)), peer, ratio: tail, goal: '<= 4x', ok: tail <= 4 },
    ...(starts[0].steps ?? []).map(({ name }, i) => ({
      what: `  of it: ${name}`,
      figure: show.ms(median(starts.flatMap(({ steps }) => steps?.[i].ms ?? []))),
    })),
  ];
}

function endRows({ dropped, ended, floor }) {
  const peer = `runc run -d ${show.ms(median(floor))}`;
  const row = (what, took) => ({ what, figure: show.ms(median(took)), peer, ratio: median(took) / median(floor) });
  const forced = row('pod: delete without grace to gone', dropped);
  return [
    { ...forced, goal: '<= 1x', ok: forced.ratio <= 1 },
    row('pod: delete with grace, its process ends at once, to gone', ended),
  ];
}

async function burstRow({ pods, bare, count, goal }) {
  const alone = await bare.burst(count);
  bare.clean();
  await wait(1000);
  const names = Array.from({ length: count }, (_, i) => `burst-${count}-${i}`);
  const took = await pods.startMany(names);
  await pods.endMany(names);
  await wait(5000);
  const perSecond = (count / took) * 1000;
  return {
    what: `burst of ${count} pods on one node`,
    figure: show.perSecond(perSecond),
    peer: `runc run -d, 4 at once ${show.perSecond((count / alone) * 1000)}`,
    ratio: alone / took,
    ...(goal && { goal: `>= ${goal}/s`, ok: perSecond >= goal }),
  };
}

/** Where the time went, by the times of the files that each step leaves. They are as fine as the kernel's clock: 1 to 4 ms. */
function stepsOf(cluster, { ms, boundMs, acceptedAt, pod }) {
  const node = path.join(cluster.home, 'mkube/nodes', pod.spec.nodeName);
  const [, id] = pod.status.containerStatuses[0].containerID.split('://');
  const container = path.join(node, 'runtime/live/containers', id);
  const config = JSON.parse(fs.readFileSync(path.join(container, 'config.json'), 'utf8'));
  const { path: uts } = config.linux.namespaces.find(({ type }) => type === 'uts');
  const at = (file) => fs.statSync(file).mtimeMs - acceptedAt;
  const volumes = path.join(node, 'kubelet/memory', pod.metadata.uid, 'kubernetes.io~projected');
  const marks = [
    ['bound to its node', boundMs],
    ['sandbox with its address', at(path.join(path.dirname(uts), 'hosts'))],
    ['volumes with its token', Math.max(...fs.readdirSync(volumes).map((name) => at(path.join(volumes, name))))],
    ['root file system, OCI bundle', at(path.join(container, 'config.json'))],
    ['conmon and runc', at(path.join(container, 'started'))],
    ['status written, told by the watch', ms],
  ];
  return marks.map(([name, mark], i) => ({ name, ms: Math.max(0, mark - (marks[i - 1]?.[1] ?? 0)) }));
}
