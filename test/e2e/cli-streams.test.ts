/** What goes to and from containers: logs and their options, exec's codes, attach, cp, port-forward, debug, drain. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type CommandCluster,
  eventually,
  Following,
  prepareCluster,
  repository,
  whyNoContainers,
} from '../lib/index.ts';

const CLI = path.join(repository, 'packages/cli/dist/bundle/mkube.cjs');
const IMAGE = 'mkube.local/hello:1.0';

const POD = `apiVersion: v1
kind: Pod
metadata: { name: two }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: a, image: "${IMAGE}", command: [sh, -c, "for n in 1 2 3 4 5; do echo a$n; done; sleep 1000"] }
    - { name: b, image: "${IMAGE}", command: [sh, -c, "echo b1; exec sleep 1000"] }
`;

describe('the CLI with containers', { skip: whyNoContainers() }, () => {
  let cluster: CommandCluster;
  const follow = (args: readonly string[]): Following => new Following(process.execPath, [CLI, ...args], cluster.env);
  before(async () => {
    cluster = prepareCluster('streams');
    await cluster.must(['up', '--nodes', '1']);
    await eventually('the service account', async () => (await cluster.mkube(['get', 'sa', 'default'])).code === 0);
    await cluster.must(['apply', '-f', '-'], { input: POD });
    await cluster.must(['run', 'hello']);
    await cluster.must(['wait', '--for=condition=Ready', 'pod/two', 'pod/hello', '--timeout=60s']);
  });
  after(() => cluster?.close());

  test('logs takes a part of them, by lines and bytes, of one container or all, each line with its source when asked', async () => {
    await eventually('the lines', async () => (await cluster.mkube(['logs', 'two'])).stdout.includes('a5'));
    assert.equal(await cluster.must(['logs', 'two', '-c', 'a', '--tail=2']), 'a4\na5\n');
    assert.equal(await cluster.must(['logs', 'two', '-c', 'a', '--limit-bytes=4']), 'a1\na');
    assert.equal(await cluster.must(['logs', 'two', '-c', 'b', '--prefix']), '[pod/two/b] b1\n');
    assert.match(await cluster.must(['logs', 'two', '--all-containers']), /a5\n[\s\S]*b1\n/);
    assert.match(
      await cluster.must(['logs', 'two', '-c', 'b', '--timestamps']),
      /^\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00) b1\n$/,
    );
    const defaulted = await cluster.mkube(['logs', 'two', '--tail=1']);
    assert.deepEqual([defaulted.stdout, defaulted.stderr], ['a5\n', 'Defaulted container "a" out of: a, b\n']);
    const wrong = await cluster.mkube(['logs', 'two', '-c', 'c']);
    assert.deepEqual([wrong.code, wrong.stderr], [1, 'error: container c is not valid for pod two\n']);
  });

  test('exec ends with the code of the command, and keeps its two outputs apart', async () => {
    const { code, stdout, stderr } = await cluster.mkube([
      'exec',
      'two',
      '-c',
      'a',
      '--',
      'sh',
      '-c',
      'echo out; echo err >&2; exit 7',
    ]);
    assert.deepEqual([code, stdout, stderr], [7, 'out\n', 'err\ncommand terminated with exit code 7\n']);
    const missing = await cluster.mkube(['exec', 'two', '-c', 'a', '--', 'no-such-program']);
    assert.notEqual(missing.code, 0);
    const input = await cluster.mkube(['exec', '-i', 'two', '-c', 'a', '--', 'wc', '-c'], {
      input: 'x'.repeat(300_000),
    });
    assert.equal(input.stdout.trim(), '300000');
  });

  test('attach shows what the process says from now on', async () => {
    const attached = follow(['attach', 'hello']);
    try {
      await eventually('a line of the server', async () => {
        await cluster.must(['exec', 'hello', '--', 'wget', '-qO-', 'http://127.0.0.1:8080/']);
        return attached.text.includes('response:200');
      });
    } finally {
      attached.stop();
    }
  });

  test('cp carries folders into a pod and out again', async () => {
    const source = path.join(cluster.home, 'source');
    fs.mkdirSync(path.join(source, 'below'), { recursive: true });
    fs.writeFileSync(path.join(source, 'below', 'big'), Buffer.alloc(2_000_003, 5));
    fs.writeFileSync(path.join(source, 'small'), 'small');
    await cluster.must(['cp', source, 'two:/tmp/copied', '-c', 'a']);
    await cluster.must(['cp', 'two:/tmp/copied', path.join(cluster.home, 'back'), '-c', 'a']);
    assert.ok(fs.readFileSync(path.join(cluster.home, 'back/below/big')).equals(Buffer.alloc(2_000_003, 5)));
    assert.equal(fs.readFileSync(path.join(cluster.home, 'back/small'), 'utf8'), 'small');
    const missing = await cluster.mkube(['cp', 'two:/nowhere', path.join(cluster.home, 'none'), '-c', 'a']);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /\/nowhere/);
  });

  test('port-forward leads to a pod, through a service too, and says what it did', async () => {
    await cluster.must(['expose', 'pod', 'hello', '--port=80', '--target-port=8080', '--labels=x=y']);
    for (const target of ['pod/hello', 'service/hello']) {
      const forward = follow(['port-forward', target, target.startsWith('pod') ? ':8080' : ':80']);
      try {
        const port = await eventually('a port', async () => /127\.0\.0\.1:(\d+) -> 8080/.exec(forward.text)?.[1]);
        const answer = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(10_000) });
        assert.match(await answer.text(), /Hello from pod hello/);
        assert.match(forward.text, new RegExp(`Handling connection for ${port}\n`));
      } finally {
        forward.stop();
      }
    }
  });

  test('debug puts a container beside those of a pod', async () => {
    const { code, stdout } = await cluster.mkube(
      ['debug', 'two', '-i', `--image=${IMAGE}`, '--container=dbg', '--', 'sh', '-c', 'echo from debug'],
      { timeoutMs: 30_000 },
    );
    assert.equal(code, 0);
    assert.match(stdout, /from debug/);
  });

  test('drain evicts what a controller brings back elsewhere, and waits for a disruption budget', async () => {
    await cluster.must(['create', 'deployment', 'web', `--image=${IMAGE}`]);
    await cluster.must(['wait', '--for=condition=Available', 'deployment/web', '--timeout=60s']);
    const refused = await cluster.mkube(['drain', 'node-1']);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /unable to drain node "node-1" due to error: cannot delete Pods that declare no controller/,
    );
    await cluster.must(['create', 'pdb', 'web', '--selector=app=web', '--min-available=1']);
    const forced = follow(['drain', 'node-1', '--force', '--grace-period=0', '--timeout=60s']);
    try {
      await eventually('the budget to say no', async () => /web-.*will retry after 5s/.test(forced.text));
      await cluster.must(['delete', 'pdb', 'web']);
      await eventually('the end of draining', async () => /node\/node-1 drained\n/.test(forced.text));
    } finally {
      forced.stop();
    }
    assert.match(forced.text, /^node\/node-1 already cordoned\n/);
    assert.match(forced.text, /Warning: deleting Pods that declare no controller: default\/hello, default\/two\n/);
    assert.match(forced.text, /pod\/two evicted\n/);
    assert.match(forced.text, /pod\/web-\S+ evicted\n/);
  });
});
