// What a list of 5,000 pods costs the server's processor, beside making the same JSON anew from objects in memory.
import { call, connect, cpuOf, drive, median, podOf, show } from './lib.mjs';

const PODS = 5000;
const LISTS = 12;

export async function measure(cluster) {
  cluster.run('up', '--nodes', '0');
  const api = await connect(cluster);
  const pods = '/api/v1/namespaces/default/pods';
  await untilCreated(api, pods);
  await drive({ count: PODS - 1, atOnce: 64 }, () => call(api, 'POST', pods, JSON.stringify(podOf())));
  const { pid } = cluster.status().server;
  const text = await call(api, 'GET', pods);
  const objects = JSON.parse(text);
  const [ours, floor] = [[], []];
  for (let round = 0; round < 5; round++) {
    const before = cpuOf(pid);
    for (let i = 0; i < LISTS; i++) await call(api, 'GET', pods);
    ours.push(((cpuOf(pid) - before) / LISTS) * 1000);
    const { user, system } = process.cpuUsage();
    for (let i = 0; i < 3; i++) Buffer.from(JSON.stringify(objects));
    const used = process.cpuUsage();
    floor.push((used.user + used.system - user - system) / 3000);
  }
  await api.dispatcher.close();
  const ratio = median(ours) / median(floor);
  return [
    {
      what: `list of ${PODS} pods, ${(text.length / 1e6).toFixed(0)} MB over TLS, processor time`,
      figure: show.ms(median(ours)),
      peer: `JSON.stringify alone ${show.ms(median(floor))}`,
      ratio,
      goal: '<= 1/6 of making it anew',
      ok: ratio <= 1 / 6,
    },
  ];
}

async function untilCreated(api, pods) {
  for (let tries = 0; ; tries++) {
    try {
      return await call(api, 'POST', pods, JSON.stringify(podOf()));
    } catch (error) {
      if (tries > 50) throw error;
    }
  }
}
