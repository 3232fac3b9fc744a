// Nodes that join and leave a cluster that is up, images that are brought to all of them, and a server that hangs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, prepareCluster, whyNoKubectl } from '../lib/index.ts';
import { serveImage } from '../lib/registry.ts';

describe('nodes', { skip: whyNoKubectl() }, () => {
  const cluster = prepareCluster('nodes');
  const kubectl = (...args: string[]) => cluster.mustKubectl(args);
  const runOn = async (name: string, node: string, image = 'mkube.local/hello:1.0') => {
    await kubectl('run', name, '--image', image, '--overrides', JSON.stringify({ spec: { nodeName: node } }));
    await kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=30s');
    return cluster.value(['pod', name], '{.status.podIP}');
  };
  /** Out of the demo image. */
  const busybox = () => {
    const layers = path.join(cluster.home, 'mkube/mkube/images/layers');
    const [layer = ''] = fs.readdirSync(layers).filter((name) => fs.existsSync(path.join(layers, name, 'hello')));
    return fs.readFileSync(path.join(layers, layer, 'bin/busybox'));
  };
  before(() => cluster.must(['up', '--wait', '--nodes', '1']));
  after(() => cluster.close());

  it('join by name and by number, and reach what was there before', async () => {
    assert.equal(await cluster.must(['node', 'add', 'extra']), 'node/extra added\n');
    assert.match(await cluster.must(['up', '--wait', '--nodes', '3']), /3 of 3 nodes Ready/);
    assert.deepEqual((await cluster.value(['nodes'], '{.items[*].metadata.name}')).split(' '), [
      'extra',
      'node-1',
      'node-3',
    ]);
    await runOn('old', 'node-1');
    const address = await runOn('new', 'extra');
    assert.match(
      await cluster.must(['exec', 'old', '--', 'wget', '-q', '-O', '-', `http://${address}:8080/`]),
      /pod new/,
    );
  });

  it('run images that were loaded once', async () => {
    const { buildImageArchive } = await import('@mkube/runtime');
    const archive = path.join(cluster.home, 'own.tar');
    fs.writeFileSync(
      archive,
      buildImageArchive({
        tags: ['example.com/own:2'],
        files: [
          { path: 'bin/', directory: true },
          { path: 'bin/sh', content: busybox(), mode: 0o755 },
        ],
        config: { Cmd: ['/bin/sh', '-c', 'echo started; exec sh -c "while :; do sleep 1; done"'] },
      }),
    );
    assert.match(await cluster.must(['image', 'load', archive]), /example\.com\/own:2 loaded/);
    assert.match(await cluster.must(['image', 'ls']), /^example\.com\/own:2 /m);
    for (const node of ['node-1', 'extra']) await runOn(`own-${node}`, node, 'example.com/own:2');
    assert.equal(await cluster.must(['logs', 'own-extra']), 'started\n');
  });

  it('run images of a registry on this machine, pulled once for all', async () => {
    const { buildTar } = await import('@mkube/runtime');
    const registry = await serveImage({
      name: 'own/pulled',
      tag: '1',
      layer: buildTar([
        { path: 'bin/', directory: true },
        { path: 'bin/sh', content: busybox(), mode: 0o755 },
      ]),
      config: { Cmd: ['/bin/sh', '-c', 'echo pulled; exec sh -c "while :; do sleep 1; done"'] },
    });
    try {
      const image = `${registry.host}/own/pulled:1`;
      await Promise.all([runOn('pulled-1', 'node-1', image), runOn('pulled-2', 'extra', image)]);
      assert.equal(await cluster.must(['logs', 'pulled-2']), 'pulled\n');
      await kubectl('run', 'nothing', '--image', `${registry.host}/own/nothing:1`);
      await eventually('the reason', async () =>
        /ErrImagePull|ImagePullBackOff/.test(await cluster.must(['get', 'pod', 'nothing'])),
      );
    } finally {
      registry.close();
    }
  });

  it('leave with everything that was theirs', async () => {
    assert.equal(await cluster.must(['node', 'remove', 'extra']), 'node/extra removed\n');
    assert.equal((await cluster.kubectl(['get', 'node', 'extra'])).code, 1);
    assert.equal((await cluster.kubectl(['get', 'pod', 'new'])).code, 1);
    assert.equal(fs.existsSync(path.join(cluster.home, 'mkube/mkube/nodes/extra')), false);
    assert.doesNotMatch(await cluster.must(['status']), /extra/);
  });

  it('are served again by up when the server hangs', async () => {
    const hung = cluster.pid('server');
    process.kill(hung, 'SIGSTOP');
    assert.match(await cluster.must(['up', '--wait']), /is up again/);
    assert.notEqual(cluster.pid('server'), hung);
    assert.match(await kubectl('get', 'nodes'), /node-1 +Ready/);
  });
});
