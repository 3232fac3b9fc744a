// What 50,000 objects cost against 500: restart (and with 150,000), memory, gets, creates, lists of 500, and lists and watches of 50
// that a namespace or a selector picks out.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  call,
  connect,
  drive,
  endServer,
  median,
  percentile,
  podOf,
  root,
  rssOf,
  serve,
  settle,
  show,
  wait,
} from './lib.mjs';
import { startEtcd } from './etcd.mjs';

const [FEW, MANY, MOST] = [500, 50_000, 150_000];
const PICKED = 50;
const RESTARTS = 3;

export async function measure(cluster) {
  cluster.run('up', '--nodes', '0');
  const api = await connect(cluster);
  for (const name of ['few', 'crowd']) {
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await call(api, 'POST', '/api/v1/namespaces', body);
  }
  await untilAccounts(api);
  for (let i = 0; i < PICKED; i++) await create(api, 'few', { name: `pod-${i}` });
  await create(api, 'crowd', { name: 'model' });
  await api.dispatcher.close();
  await endServer(cluster);

  await fill(cluster, FEW);
  const before = await measureAt(cluster, FEW);
  const bytes = await fill(cluster, MANY);
  const after = await measureAt(cluster, MANY);
  const restarts = [await restart(cluster, MANY, 2)];
  await fill(cluster, MOST, MANY);
  restarts.push(await restart(cluster, MOST, 4));
  const perPod = ((after.rss - before.rss) * 1024) / (MANY - FEW);
  const worst = Math.max(...after.create.took);
  return [
    ...restarts,
    {
      what: 'memory of the server per stored pod',
      figure: `${perPod.toFixed(1)} KiB`,
      peer: `stored ${(bytes / 1024).toFixed(1)} KiB`,
      goal: '<= 12 KiB',
      ok: perPod <= 12,
    },
    rateRow('get, 64 in flight', { before, after, key: 'get', least: 0.8, most: 2 }),
    rateRow('create, 64 in flight', { before, after, key: 'create', least: 0.85, most: 2 }),
    rateRow('list of 500 (limit)', { before, after, key: 'list', least: 0.7, most: 3 }),
    timeRow(`list of ${PICKED} in a namespace`, { before, after, key: 'few' }),
    timeRow(`list of ${PICKED} by a label`, { before, after, key: 'labelled' }),
    timeRow(`first ${PICKED} of a watch by a label`, { before, after, key: 'watched' }),
    {
      what: 'longest create of the burst',
      figure: show.ms(worst),
      peer: `p99.9 ${show.ms(percentile(after.create.took, 99.9))}`,
      goal: '<= 150 ms',
      ok: worst <= 150,
    },
  ];
}

function rateRow(what, { before, after, key, least, most }) {
  const ratio = after[key].perSecond / before[key].perSecond;
  const [was, is] = [before, after].map((at) => percentile(at[key].took, 99));
  return {
    what: `${what}, ${MANY} objects`,
    figure: show.perSecond(after[key].perSecond),
    peer: `${FEW}: ${show.perSecond(before[key].perSecond)}, p99 ${show.ms(was)} -> ${show.ms(is)}`,
    ratio,
    goal: `>= ${least}x, p99 <= ${most}x`,
    ok: ratio >= least && is <= most * was,
  };
}

function timeRow(what, { before, after, key }) {
  const [was, is] = [before, after].map((at) => median(at[key].took));
  const ratio = is / was;
  const peer = `${FEW}: ${show.ms(was)}`;
  return { what: `${what}, ${MANY} objects`, figure: show.ms(is), peer, ratio, goal: '<= 1.3x', ok: ratio <= 1.3 };
}

/** Starts interleaved with etcd's own on an empty folder. */
async function restart(cluster, count, most) {
  const [ours, theirs] = [[], []];
  for (let round = 0; round < RESTARTS; round++) {
    const server = await serve(cluster);
    await server.stop();
    const etcd = await startEtcd(cluster);
    etcd.stop();
    ours.push(server.readyMs);
    theirs.push(etcd.readyMs);
  }
  const ratio = median(ours) / median(theirs);
  return {
    what: `restart with ${count} objects to /readyz`,
    figure: show.ms(median(ours)),
    peer: `etcd, empty ${show.ms(median(theirs))}`,
    ratio,
    goal: `<= ${most}x`,
    ok: ratio <= most,
  };
}

async function measureAt(cluster, count) {
  const server = await serve(cluster);
  const api = await connect(cluster);
  try {
    await settle(server.pid);
    const rss = rssOf(server.pid);
    const pods = '/api/v1/namespaces/crowd/pods';
    const get = () => call(api, 'GET', `${pods}/copy-${Math.floor(Math.random() * (count - 1))}`);
    const list = () => call(api, 'GET', `${pods}?limit=500`);
    const few = () => call(api, 'GET', '/api/v1/namespaces/few/pods');
    const selector = 'labelSelector=app%3Dbench-3';
    const labelled = () => call(api, 'GET', `${pods}?${selector}`);
    const initial = 'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watched = () => readUntil(api, `${pods}?${selector}&${initial}`, 'initial-events-end');
    const make = () => create(api, 'few', { generateName: 'made-' });
    await drive({ count: 2000, atOnce: 64 }, get); // warms the code
    for (const warm of [few, labelled, watched]) await drive({ count: 100, atOnce: 4 }, warm);
    const result = {
      get: await drive({ count: 4000, atOnce: 64 }, get),
      few: await drive({ count: 200, atOnce: 1 }, few),
      labelled: await drive({ count: 200, atOnce: 1 }, labelled),
      watched: await drive({ count: 50, atOnce: 1 }, watched),
      list: await drive({ count: 40, atOnce: 4 }, list),
    };
    await drive({ count: 300, atOnce: 64 }, make);
    result.create = await drive({ count: 1500, atOnce: 64 }, make);
    return { ...result, rss };
  } finally {
    await api.dispatcher.destroy();
    await server.stop();
  }
}

/** Copies of one pod put into the store itself while no server has it, each label shared by fifty; their size in bytes. */
async function fill(cluster, count, from = 0) {
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
      const text = model
        .replace('"name":"model"', `"name":"copy-${i}"`)
        .replace('"app":"bench"', `"app":"bench-${i % (count / PICKED)}"`)
        .replace(uid, own);
      return store.put(`${prefix}crowd/copy-${i}`, Buffer.from(text));
    };
    for (let i = from; i < count - 1; i += 500)
      await Promise.all(Array.from({ length: Math.min(500, count - 1 - i) }, (_, n) => put(i + n)));
    return model.length;
  } finally {
    await store.close();
  }
}

/** Reads an answer that does not end until a text has come by. */
async function readUntil({ dispatcher, url }, target, text) {
  const { request } = await import('undici');
  const { body } = await request(url + target, { dispatcher });
  body.on('error', () => {}); // it is left before its end
  let seen = '';
  for await (const chunk of body) {
    seen = seen.slice(-200) + chunk.toString();
    if (seen.includes(text)) break;
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
