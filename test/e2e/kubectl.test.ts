// The real kubectl against a cluster with two nodes and real containers: what a first session does.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, prepareCluster, whyNoKubectl } from '../lib/index.ts';

const IMAGE = 'mkube.local/hello:1.0';

describe('kubectl', { skip: whyNoKubectl() }, () => {
  const cluster = prepareCluster('kubectl');
  const kubectl = (...args: string[]) => cluster.mustKubectl(args);
  const apply = (manifest: object) => cluster.mustKubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  before(() => cluster.must(['up', '--wait']));
  after(() => cluster.close());

  it('lists two Ready nodes with addresses of their own', async () => {
    const table = await kubectl('get', 'nodes', '-o', 'wide');
    assert.match(table, /^node-1 +Ready +<none> +\S+ +v1\.35\.\d+ +\d+\.\d+\.\d+\.11 /m);
    assert.match(table, /^node-2 +Ready .*runc:\/\//m);
  });

  it('runs a pod, watches it become ready, and reads what it says as it says it', async () => {
    const watching = cluster.follow(['get', 'pods', '-w', '--no-headers']);
    try {
      assert.equal(await kubectl('run', 'web', '--image', IMAGE), 'pod/web created\n');
      await kubectl('wait', '--for=condition=Ready', 'pod/web', '--timeout=30s');
      await eventually('the watch shows Running', async () => /^web +1\/1 +Running/m.test(watching.text));
    } finally {
      watching.stop();
    }
    const logs = cluster.follow(['logs', '-f', 'web']);
    try {
      await eventually('the first line', async () => logs.text.includes('Hello from pod web'));
      const address = await cluster.value(['pod', 'web'], '{.status.podIP}');
      const answer = await fetch(`http://${address}:8080/`);
      assert.match(await answer.text(), /Hello from pod web/);
      await eventually('a line for the request', async () => logs.text.includes('response:200'));
    } finally {
      logs.stop();
    }
    assert.equal((await kubectl('logs', 'web', '--tail=1')).split('\n').length, 2);
  });

  it('executes commands, with their exit code and standard input', async () => {
    assert.equal(await kubectl('exec', 'web', '--', 'hostname'), 'web\n');
    assert.equal((await cluster.kubectl(['exec', 'web', '--', 'sh', '-c', 'exit 7'])).code, 7);
    const shell = cluster.follow(['exec', '-i', 'web', '--', 'cat']);
    try {
      shell.write('through and back\n');
      await eventually('the echo', async () => shell.text.includes('through and back'));
    } finally {
      shell.stop();
    }
  });

  it('applies a deployment, waits for its rollout, scales it and applies a change', async () => {
    const manifest = (greeting: string) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'front', labels: { app: 'front' } },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'front' } },
        template: {
          metadata: { labels: { app: 'front' } },
          spec: { containers: [{ name: 'web', image: IMAGE, env: [{ name: 'GREETING', value: greeting }] }] },
        },
      },
    });
    assert.equal(await apply(manifest('one')), 'deployment.apps/front created\n');
    await kubectl('rollout', 'status', 'deployment/front', '--timeout=60s');
    const nodes = await kubectl('get', 'pods', '-l', 'app=front', '-o', 'jsonpath={.items[*].spec.nodeName}');
    assert.deepEqual(nodes.split(' ').toSorted(), ['node-1', 'node-2']);

    assert.equal(await apply(manifest('one')), 'deployment.apps/front unchanged\n');
    assert.equal(await apply(manifest('two')), 'deployment.apps/front configured\n');
    await kubectl('rollout', 'status', 'deployment/front', '--timeout=60s');
    assert.match(await kubectl('scale', 'deployment/front', '--replicas=4'), /scaled/);
    await kubectl('wait', '--for=jsonpath={.status.readyReplicas}=4', 'deployment/front', '--timeout=60s');
    const values = await kubectl(
      'get',
      'pods',
      '-l',
      'app=front',
      '-o',
      'jsonpath={.items[*].spec.containers[0].env[0].value}',
    );
    assert.equal(values, 'two two two two');
  });

  it('says with a Table what it lists, and finds by label and by field', async () => {
    assert.match(await kubectl('get', 'deploy,rs', '-l', 'app=front'), /^deployment\.apps\/front +4\/4 +4 +4 /m);
    const running = await kubectl(
      'get',
      'pods',
      '--field-selector=status.phase=Running,metadata.name=web',
      '-o',
      'name',
    );
    assert.equal(running, 'pod/web\n');
    assert.match(await kubectl('describe', 'pod', 'web'), /Started +\d+s? .*Container started/);
  });

  it('deletes, and waits until what it deleted has gone', async () => {
    assert.match(await kubectl('delete', 'deployment', 'front'), /deleted/);
    await kubectl('wait', '--for=delete', 'pod', '-l', 'app=front', '--timeout=60s');
    assert.match(await kubectl('delete', 'pod', 'web'), /pod "web" deleted/);
    assert.equal((await cluster.kubectl(['get', 'pod', 'web'])).code, 1);
  });
});
