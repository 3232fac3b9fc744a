// `mkube get pods` beside real kubectl, warm caches on both sides, 10, 500 and 5,000 rows.
import { connect, kubectl, median, mkube, show, time } from './lib.mjs';

const GOALS = { 0: 2.0, 10: 2.3, 500: 1.6, 5000: 0.65 };

export async function measure(cluster) {
  const peer = kubectl();
  if (!peer) throw new Error('kubectl is not there: npm test fetches it');
  const { request } = await import('undici');
  cluster.run('up', '--nodes', '0');
  const { url, dispatcher } = await connect(cluster);
  const rows = [];
  const compare = (what, args, peerArgs, goal, rounds) => {
    const [ours, theirs] = [[], []];
    for (let round = 0; round < rounds + 2; round++) {
      const pair = [time(mkube, args, cluster.env), time(peer, peerArgs, cluster.env)];
      if (round >= 2) {
        ours.push(pair[0]);
        theirs.push(pair[1]);
      }
    }
    const ratio = median(ours) / median(theirs);
    rows.push({
      what,
      figure: show.ms(median(ours)),
      peer: `kubectl ${show.ms(median(theirs))}`,
      ratio,
      goal: `<= ${goal}x`,
      ok: ratio <= goal,
    });
  };
  compare('CLI version --client', ['version', '--client'], ['version', '--client'], GOALS[0], 15);
  let made = 0;
  for (const count of [10, 500, 5000]) {
    for (; made < count; made += 10)
      await Promise.all(
        Array.from({ length: Math.min(10, count - made) }, (_, i) =>
          create({ request, dispatcher, url, name: `pod-${made + i}` }),
        ),
      );
    compare(`CLI get pods, ${count} rows`, ['get', 'pods'], ['get', 'pods'], GOALS[count], count > 1000 ? 7 : 15);
  }
  await dispatcher.close();
  return rows;
}

async function create({ request, dispatcher, url, name }) {
  const body = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'x' }] },
  });
  for (let tries = 0; ; tries++) {
    const answer = await request(`${url}/api/v1/namespaces/default/pods`, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode === 201) return;
    if (tries > 20) throw new Error(text);
  }
}
