// The API server from its start to /readyz on a fresh folder (certificates there, roles bootstrapped) beside etcd's own start.
import fs from 'node:fs';
import path from 'node:path';
import { startEtcd } from './etcd.mjs';
import { endServer, median, serve, show } from './lib.mjs';

const ROUNDS = 7;

export async function measure(cluster) {
  cluster.run('up', '--nodes', '0');
  await endServer(cluster);
  const [ours, theirs] = [[], []];
  for (let round = 0; round < ROUNDS + 1; round++) {
    fs.rmSync(path.join(cluster.home, 'mkube/data'), { recursive: true, force: true });
    const server = await serve(cluster);
    await server.stop();
    const etcd = await startEtcd(cluster);
    etcd.stop();
    if (round > 0) {
      ours.push(server.readyMs);
      theirs.push(etcd.readyMs);
    }
  }
  const ratio = median(ours) / median(theirs);
  return [
    {
      what: 'server, fresh folder, to /readyz',
      figure: show.ms(median(ours)),
      peer: `etcd ${show.ms(median(theirs))}`,
      ratio,
      goal: '<= 1x',
      ok: ratio <= 1,
    },
  ];
}
