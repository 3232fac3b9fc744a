// What durability costs creates: the same control plane in this process, whose batches are synced to the disk or are not.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AbstractChainedBatch } from 'abstract-level';
import { drive, median, podOf, root, show } from './lib.mjs';

const ROUNDS = 5;
const CREATES = 1500;
const TARGET = '/api/v1/namespaces/default/pods';

export async function measureDurability(folder) {
  const { createCluster } = await import(path.join(root, 'packages/cluster/dist/index.js'));
  const open = (name) =>
    createCluster({
      store: pathToFileURL(path.join(folder, name)).href.replace('file:', 'leveldb:'),
      scheduler: false,
      controllers: false,
    });
  const { write } = AbstractChainedBatch.prototype;
  const [synced, unsynced] = [await open('synced'), await open('unsynced')];
  const creates = async ({ client }, sync) => {
    AbstractChainedBatch.prototype.write = function (options) {
      return write.call(this, { ...options, sync });
    };
    const create = () => client.request(TARGET, { method: 'POST', body: podOf() }).then(({ body }) => body.resume());
    return (await drive({ count: CREATES, atOnce: 64 }, create)).perSecond;
  };
  const [with_, without] = [[], []];
  for (let round = 0; round < ROUNDS + 1; round++) {
    const got = [await creates(synced, true), await creates(unsynced, false)];
    if (round === 0) continue; // warms the code
    with_.push(got[0]);
    without.push(got[1]);
  }
  AbstractChainedBatch.prototype.write = write;
  await Promise.all([synced.close(), unsynced.close()]);
  const ratio = median(with_) / median(without);
  return {
    what: 'create pod in process, 64 in flight, synced to disk',
    figure: show.perSecond(median(with_)),
    peer: `not synced ${show.perSecond(median(without))}`,
    ratio,
    goal: '>= 0.85x',
    ok: ratio >= 0.85,
  };
}
