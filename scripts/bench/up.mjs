// `mkube up` of two nodes on a fresh folder until both are Ready, and again with its state.
import { median, mkube, show, time } from './lib.mjs';

export async function measure(cluster) {
  const [fresh, again] = [[], []];
  for (let round = 0; round < 6; round++) {
    const first = time(mkube, ['up', '--wait'], cluster.env);
    time(mkube, ['down'], cluster.env);
    const second = time(mkube, ['up', '--wait'], cluster.env);
    cluster.run('reset', '--yes');
    // the first round warms the caches of the machine
    if (round > 0) {
      fresh.push(first);
      again.push(second);
    }
  }
  return [
    {
      what: 'mkube up, fresh, two nodes Ready',
      figure: show.ms(median(fresh)),
      goal: '< 1600 ms',
      ok: median(fresh) < 1600,
    },
    {
      what: 'mkube up, with state, two nodes Ready',
      figure: show.ms(median(again)),
      goal: '< 1600 ms',
      ok: median(again) < 1600,
    },
  ];
}
