// What a list of 5,000 pods costs the processor beside making the same JSON anew from objects in memory: in one process with it, and
// the server over TLS, encryption and sockets included.
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { call, connect, cpuOf, drive, median, podOf, root, show } from './lib.mjs';

const PODS = 5000;
const LISTS = 12;
const ROUNDS = 5;
const TARGET = '/api/v1/namespaces/default/pods';

export async function measure(cluster) {
  return [await inProcess(), await overTls(cluster)];
}

async function inProcess() {
  const { createCluster } = await import(path.join(root, 'packages/cluster/dist/index.js'));
  const { client, close } = await createCluster({ scheduler: false, controllers: false });
  const create = () => client.request(TARGET, { method: 'POST', body: podOf() }).then(({ body }) => body.resume());
  await drive({ count: PODS, atOnce: 64 }, create);
  const objects = JSON.parse(await textOf(await client.request(TARGET)));
  const [ours, floor] = [[], []];
  for (let round = 0; round < ROUNDS + 1; round++) {
    const list = await cpuMs(LISTS, async () => {
      const { body } = await client.request(TARGET);
      for await (const chunk of body) if (chunk.length === 0) throw new Error('an empty chunk');
    });
    const anew = await cpuMs(3, async () => Buffer.from(JSON.stringify(objects)));
    if (round === 0) continue; // warms the code
    ours.push(list);
    floor.push(anew);
  }
  await close();
  const ratio = median(ours) / median(floor);
  return {
    what: `list of ${PODS} pods in process, processor time`,
    figure: show.ms(median(ours)),
    peer: `JSON.stringify ${show.ms(median(floor))}`,
    ratio,
    goal: '<= 1/6 of making it anew',
    ok: ratio <= 1 / 6,
  };
}

async function overTls(cluster) {
  cluster.run('up', '--nodes', '0');
  const api = await connect(cluster);
  await untilCreated(api);
  await drive({ count: PODS - 1, atOnce: 64 }, () => call(api, 'POST', TARGET, JSON.stringify(podOf())));
  const { pid } = cluster.status().server;
  const text = await call(api, 'GET', TARGET);
  const objects = JSON.parse(text);
  const [ours, floor] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const before = cpuOf(pid);
    for (let i = 0; i < LISTS; i++) await call(api, 'GET', TARGET);
    ours.push(((cpuOf(pid) - before) / LISTS) * 1000);
    floor.push(await cpuMs(3, async () => Buffer.from(JSON.stringify(objects))));
  }
  await api.dispatcher.close();
  return {
    what: `the same over TLS, ${(text.length / 1e6).toFixed(0)} MB, server`,
    figure: show.ms(median(ours)),
    peer: `JSON.stringify, nothing sent ${show.ms(median(floor))}`,
    ratio: median(ours) / median(floor),
  };
}

/** Processor milliseconds of this process for each of so many, what others left to be collected aside. */
async function cpuMs(count, act) {
  collectGarbage();
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / count;
}

function collectGarbage() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

async function textOf({ body }) {
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) text += chunk;
  return text;
}

async function untilCreated(api) {
  for (let tries = 0; ; tries++) {
    try {
      return await call(api, 'POST', TARGET, JSON.stringify(podOf()));
    } catch (error) {
      if (tries > 50) throw error;
    }
  }
}
