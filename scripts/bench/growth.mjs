// What 50,000 objects cost against 500: restart, memory, gets, creates, lists of 500, and lists of 50 in a namespace of their own.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { call, connect, drive, endServer, median, percentile, podOf, root, rssOf, serve, show, wait } from './lib.mjs';
import { startEtcd } from './etcd.mjs';

const [FEW, MANY] = [500, 50_000];

export async function measure(cluster) {
  cluster.run('up', '--nodes', '0');
  const api = await connect(cluster);
  for (const name of ['few', 'crowd']) {
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await call(api, 'POST', '/api/v1/namespaces', body);
  }
  await untilAccounts(api);
  for (let i = 0; i < 50; i++) await create(api, 'few', { name: `pod-${i}` });
  await create(api, 'crowd', { name: 'model' });
  await api.dispatcher.close();
  await endServer(cluster);

  const before = await measureAt(cluster, FEW);
  const etcd = await startEtcd(cluster);
  etcd.stop();
  const after = await measureAt(cluster, MANY);
  const perPod = ((after.rss - before.rss) * 1024) / (MANY - FEW);
  const restart = after.readyMs / etcd.readyMs;
  const at = (ms) => `${FEW}: ${ms}`;
  const row = (what, key, least) => {
    const ratio = after[key].perSecond / before[key].perSecond;
    const tails = `p99 ${show.ms(percentile(before[key].took, 99))} -> ${show.ms(percentile(after[key].took, 99))}`;
    const peer = `${at(show.perSecond(before[key].perSecond))}, ${tails}`;
    return {
      what: `${what}, ${MANY} objects`,
      figure: show.perSecond(after[key].perSecond),
      peer,
      ratio,
      goal: `>= ${least}x`,
      ok: ratio >= least,
    };
  };
  const few = median(after.few.took) / median(before.few.took);
  const worst = Math.max(...after.create.took);
  return [
    {
      what: `restart with ${MANY} objects to /readyz`,
      figure: show.ms(after.readyMs),
      peer: `etcd, empty ${show.ms(etcd.readyMs)}`,
      ratio: restart,
      goal: '<= 2x',
      ok: restart <= 2,
    },
    {
      what: 'memory of the server per stored pod',
      figure: `${perPod.toFixed(1)} KiB`,
      peer: `stored ${(after.bytes / 1024).toFixed(1)} KiB`,
      goal: '<= 12 KiB',
      ok: perPod <= 12,
    },
    row('get, 64 in flight', 'get', 0.8),
    row('create, 64 in flight', 'create', 0.85),
    row('list of 500 (limit)', 'list', 0.7),
    {
      what: `list of 50 in a namespace, ${MANY} objects`,
      figure: show.ms(median(after.few.took)),
      peer: at(show.ms(median(before.few.took))),
      ratio: few,
      goal: '<= 1.3x',
      ok: few <= 1.3,
    },
    {
      what: 'longest create of the burst',
      figure: show.ms(worst),
      peer: `p99.9 ${show.ms(percentile(after.create.took, 99.9))}`,
      goal: '<= 150 ms',
      ok: worst <= 150,
    },
  ];
}

async function measureAt(cluster, count) {
  const bytes = await fill(cluster, count);
  const server = await serve(cluster);
  const api = await connect(cluster);
  try {
    await wait(3000);
    const rss = rssOf(server.pid);
    const pods = '/api/v1/namespaces/crowd/pods';
    const get = () => call(api, 'GET', `${pods}/copy-${Math.floor(Math.random() * (count - 1))}`);
    const list = () => call(api, 'GET', `${pods}?limit=500`);
    const few = () => call(api, 'GET', '/api/v1/namespaces/few/pods');
    const make = () => create(api, 'few', { generateName: 'made-' });
    await drive({ count: 2000, atOnce: 64 }, get); // warms the code
    await drive({ count: 200, atOnce: 8 }, few);
    const result = {
      get: await drive({ count: 4000, atOnce: 64 }, get),
      few: await drive({ count: 200, atOnce: 1 }, few),
      list: await drive({ count: 40, atOnce: 4 }, list),
    };
    await drive({ count: 300, atOnce: 64 }, make);
    result.create = await drive({ count: 1500, atOnce: 64 }, make);
    return { ...result, rss, bytes, readyMs: server.readyMs };
  } finally {
    await api.dispatcher.destroy();
    await server.stop();
  }
}

/** Copies of one pod put into the store itself while no server has it; their size in bytes. */
async function fill(cluster, count) {
  const { openStore } = await import(path.join(root, 'packages/store/dist/index.js'));
  const store = await openStore(`leveldb://${pathToFileURL(path.join(cluster.home, 'mkube/data')).pathname}`);
  const prefix = '/registry/pods/';
  try {
    const model = (await store.get(`${prefix}crowd/model`)).value.toString();
    const { uid } = JSON.parse(model).metadata;
    // the lists of the namespace with few stay at fifty
    for (const { key } of (await store.list({ prefix: `${prefix}few/made-` })).items) await store.delete(key);
    const put = (i) => {
      const own = uid.slice(0, -8) + String(i).padStart(8, '0');
      const text = model.replace('"name":"model"', `"name":"copy-${i}"`).replace(uid, own);
      return store.put(`${prefix}crowd/copy-${i}`, Buffer.from(text));
    };
    for (let i = 0; i < count - 1; i += 500)
      await Promise.all(Array.from({ length: Math.min(500, count - 1 - i) }, (_, n) => put(i + n)));
    return model.length;
  } finally {
    await store.close();
  }
}

const create = (api, namespace, metadata) =>
  call(api, 'POST', `/api/v1/namespaces/${namespace}/pods`, JSON.stringify(podOf(metadata)));

async function untilAccounts(api) {
  for (let tries = 0; ; tries++) {
    try {
      for (const namespace of ['few', 'crowd'])
        await call(api, 'GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
      return;
    } catch (error) {
      if (tries > 200) throw error;
      await wait(20);
    }
  }
}
