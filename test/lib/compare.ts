/** What mkube and kubectl say of one command line, made comparable: ages are about the same, a program's name is what it is. */
import assert from 'node:assert/strict';
import type { CommandCluster, Result } from './command-cluster.ts';

export async function assertSame(cluster: CommandCluster, line: string): Promise<void> {
  const args = wordsOf(line);
  const compare = async () =>
    (await Promise.all([cluster.mkube(args), cluster.kubectl(args)])).map(comparable) as [Result, Result];
  let [ours, theirs] = await compare();
  // Ages move on between the two runs: look again before saying that they differ.
  for (let again = 0; again < 2 && JSON.stringify(ours) !== JSON.stringify(theirs); again++)
    [ours, theirs] = await compare();
  assert.deepEqual(ours, theirs);
}

/** Words of a line; a no-break space stands for a blank inside of one. */
export const wordsOf = (line: string): string[] => line.split(' ').map((word) => word.replaceAll('\u00a0', ' '));

export function comparable({ code, stdout, stderr }: Result): Result {
  const words = (text: string) =>
    text
      .replaceAll('kubectl', 'mkube')
      .replaceAll(/\b\d+[smh](\d+[sm])?\b/g, 'AGE')
      .replaceAll(/AGE +/g, 'AGE ')
      .replaceAll(/"fieldManager":.*|E\d{4} .*memcache.*\n/g, '');
  return { code, stdout: words(stdout), stderr: words(stderr) };
}
