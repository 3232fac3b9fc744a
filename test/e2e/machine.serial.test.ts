// A cluster leaves the machine as it found it: after `down` all but its folder is gone, after `reset` the folder as well, also when
// its parts were killed before. Compares the whole machine, so it runs alone.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, prepareCluster, run, whyNoContainers } from '../lib/index.ts';
import { leftBehind, readMachine, type Snapshot } from '../lib/machine.ts';

describe('the machine', { skip: whyNoContainers() }, () => {
  const cluster = prepareCluster('machine');
  let untouched: Snapshot;
  const stateFile = path.join(cluster.env['MKUBE_HOME'] ?? '', 'mkube/cluster.json');
  const idOf = () => (JSON.parse(fs.readFileSync(stateFile, 'utf8')) as { id: string }).id;
  let id = '';
  /** Kernel and init take a moment to tidy up after a process. */
  const unchanged = async () => {
    let left: string[] = [];
    const isClean = async () => (left = leftBehind(untouched, await readMachine(), id)).length === 0;
    await eventually('nothing is left behind', isClean, 10_000).catch(() => assert.deepEqual(left, []));
  };
  const manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'busy' },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'busy' } },
      template: {
        metadata: { labels: { app: 'busy' } },
        spec: {
          volumes: [{ name: 'memory', emptyDir: { medium: 'Memory' } }],
          containers: [
            {
              name: 'app',
              image: 'mkube.local/hello:1.0',
              volumeMounts: [{ name: 'memory', mountPath: '/memory' }],
              resources: { limits: { memory: '50Mi', cpu: '200m' } },
            },
          ],
        },
      },
    },
  };

  before(async () => {
    // the folder of named namespaces becomes a mount with the first one, whoever makes it
    await run('ip', ['netns', 'add', 'mkube-warm-up'], process.env, {});
    await run('ip', ['netns', 'del', 'mkube-warm-up'], process.env, {});
    untouched = await readMachine();
    await cluster.must(['up', '--wait']);
    id = idOf();
    await cluster.must(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
    await eventually('four pods run', async () => /^busy +4\/4/m.test(await cluster.must(['get', 'deployments'])));
  });
  after(() => cluster.close());

  it('shows the cluster while it is up', async () => {
    const seen = leftBehind(untouched, await readMachine(), id);
    for (const what of ['link', 'route', 'rule', 'namespace', 'mount', 'cgroup', 'process', 'state'])
      assert.ok(
        seen.some((line) => line.startsWith(`${what} `) && line !== ''),
        `${what} in ${seen.join('\n')}`,
      );
  });

  it('is as before after down, but for the folder and its reservation', async () => {
    await cluster.must(['down']);
    untouched = new Set([...untouched, `state ${id}.reservation`]);
    await unchanged();
    assert.ok(fs.existsSync(stateFile));
  });

  it('is as before after reset, also when everything was killed', async () => {
    await cluster.must(['up', '--wait']);
    await eventually('four pods run again', async () =>
      /^busy +4\/4/m.test(await cluster.must(['get', 'deployments'])),
    );
    for (const part of ['server', 'node-1', 'node-2']) process.kill(cluster.pid(part), 'SIGKILL');
    untouched = new Set([...untouched].filter((line) => line !== `state ${id}.reservation`));
    await cluster.must(['reset', '--yes']);
    await unchanged();
    assert.ok(!fs.existsSync(path.dirname(stateFile)));
  });

  it('is as before after a reset that finds no state file', async () => {
    await cluster.must(['up', '--wait', '--nodes', '1']);
    await cluster.must(['run', 'hello']);
    await eventually('hello runs', async () => /Running/.test(await cluster.must(['get', 'pod', 'hello'])));
    fs.rmSync(stateFile);
    fs.rmSync(path.join(path.dirname(stateFile), 'run'), { recursive: true });
    await cluster.must(['reset', '--yes']);
    await unchanged();
  });
});
