// Resident memory of an idle server and kubelets, and what they use of a core while nothing happens; a kubelet with pods.
import { cpuOf, rssOf, show, wait } from './lib.mjs';
import { openPods } from './pods.mjs';

/** V8 tidies a heap once, some eight seconds after its process has become idle. */
const SETTLE = 15_000;
const IDLE = 20_000;

export async function measure(cluster) {
  cluster.run('up', '--wait', '--nodes', '2');
  cluster.run('run', 'hello');
  await wait(SETTLE);
  const { server, nodes } = cluster.status();
  const pids = [server.pid, ...nodes.map((n) => n.pid)];
  const share = await sharesOf(pids);
  const kubelets = nodes.map((n) => rssOf(n.pid));
  const cpu = share.reduce((a, b) => a + b, 0);
  const rows = [
    { what: 'server, idle RSS', figure: show.mib(rssOf(server.pid)), goal: '<= 110 MiB', ok: rssOf(server.pid) <= 110 },
    {
      what: 'kubelet, idle RSS',
      figure: kubelets.map(show.mib).join(', '),
      goal: '<= 70 MiB',
      ok: kubelets.every((k) => k <= 70),
    },
    {
      what: 'idle CPU of all three, of one core',
      figure: `${cpu.toFixed(2)} % (server ${share[0].toFixed(2)} %)`,
      goal: '<= 1 %',
      ok: cpu <= 1,
    },
  ];
  cluster.run('reset', '--yes');
  return [...rows, ...(await withPods(cluster))];
}

/** One node with no pod, ten and a hundred. */
async function withPods(cluster) {
  cluster.run('up', '--wait', '--nodes', '1');
  const { nodes } = cluster.status();
  const pods = await openPods(cluster);
  const rows = [];
  let have = 0;
  for (const count of [0, 10, 100]) {
    if (count > have) await pods.startMany(Array.from({ length: count - have }, (_, i) => `pod-${have + i}`));
    have = count;
    // what the pods' start has left to do: events, warm sandboxes, garbage
    await wait(count * 80 + SETTLE);
    const [share] = await sharesOf([nodes[0].pid]);
    rows.push({
      what: `kubelet with ${count} pods: RSS, CPU of a core`,
      figure: `${show.mib(rssOf(nodes[0].pid))}, ${share.toFixed(2)} %`,
      goal: '<= 1 %',
      ok: share <= 1,
    });
  }
  await pods.close();
  return rows;
}

/** Percent of a core for each, what they started and waited for included. */
async function sharesOf(pids) {
  const before = pids.map((pid) => cpuOf(pid, { children: true }));
  await wait(IDLE);
  return pids.map((pid, i) => ((cpuOf(pid, { children: true }) - before[i]) / (IDLE / 1000)) * 100);
}
