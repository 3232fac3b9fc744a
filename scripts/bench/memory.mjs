// Resident memory of an idle server and kubelets, and what they use of a core while nothing happens.
import { cpuOf, rssOf, show, wait } from './lib.mjs';

const SETTLE = 5000;
const IDLE = 20_000;

export async function measure(cluster) {
  cluster.run('up', '--wait', '--nodes', '2');
  cluster.run('run', 'hello');
  await wait(SETTLE);
  const { server, nodes } = cluster.status();
  const pids = [server.pid, ...nodes.map((n) => n.pid)];
  const before = pids.map(cpuOf);
  await wait(IDLE);
  const share = pids.map((pid, i) => ((cpuOf(pid) - before[i]) / (IDLE / 1000)) * 100);
  const kubelets = nodes.map((n) => rssOf(n.pid));
  const cpu = share.reduce((a, b) => a + b, 0);
  return [
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
}
