// What nodes and pods use: `top` of real kubectl and of mkube, the kubelet's own figures through the API, and an autoscaler that goes by them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eventually, prepareCluster, whyNoKubectl } from '../lib/index.ts';

const IMAGE = 'mkube.local/hello:1.0';
const BUSY = ['sh', '-c', 'while :; do :; done'];
const IDLE = ['sleep', '3600'];

describe('metrics', { skip: whyNoKubectl() }, () => {
  const cluster = prepareCluster('metrics');
  const apply = (object: object) => cluster.mustKubectl(['apply', '-f', '-'], { input: JSON.stringify(object) });

  before(async () => {
    await cluster.must(['up', '--wait', '--nodes', '2']);
    await apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pair', labels: { app: 'pair' } },
      spec: {
        containers: [
          { name: 'busy', image: IMAGE, command: BUSY, resources: { limits: { cpu: '100m' } } },
          { name: 'idle', image: IMAGE, command: IDLE },
        ],
      },
    });
    await cluster.mustKubectl(['wait', '--for=condition=Ready', 'pod/pair', '--timeout=60s']);
  });
  after(() => cluster.close());

  it('top nodes shows every node', async () => {
    const lines = (await cluster.mustKubectl(['top', 'nodes'])).trim().split('\n');
    assert.match(lines[0] ?? '', /^NAME +CPU\(cores\) +CPU\(%\) +MEMORY\(bytes\) +MEMORY\(%\)/);
    assert.deepEqual(
      lines.slice(1).map((line) => /^(\S+) +\d+m +\d+% +\d+Mi +\d+%/.exec(line)?.[1]),
      ['node-1', 'node-2'],
    );
  });

  it('top pods shows what is used, container by container, and mkube says the same as kubectl', async () => {
    const row = /^pair +busy +(\d+)m +(\d+)Mi/m;
    const shown = await eventually('the busy container to be seen', async () => {
      const text = await cluster.mustKubectl(['top', 'pods', '--containers']);
      return Number(row.exec(text)?.[1] ?? 0) >= 20 ? text : undefined;
    });
    assert.match(shown, /^POD +NAME +CPU\(cores\) +MEMORY\(bytes\)/);
    assert.match(shown, /^pair +idle +\d+m +\d+Mi/m);
    assert.ok(Number(row.exec(shown)?.[1]) <= 150, shown);
    // answers serve for some seconds: soon after each other both have the same one
    await eventually('both to say the same', async () => {
      for (const args of [
        ['pods'],
        ['pods', '--containers'],
        ['nodes'],
        ['pod', 'pair'],
        ['pods', '-l', 'app=pair', '--no-headers'],
      ]) {
        const own = await cluster.mkube(['top', ...args]);
        if (own.stdout !== (await cluster.kubectl(['top', ...args])).stdout) return undefined;
      }
      return true;
    });
  });

  it('is an API of its own: in lists of services and resources, with a Table', async () => {
    assert.match(await cluster.mustKubectl(['get', 'apiservice', 'v1beta1.metrics.k8s.io']), /Local +True/);
    assert.match(
      await cluster.mustKubectl(['api-resources', '--api-group=metrics.k8s.io']),
      /^pods +metrics.k8s.io\/v1beta1 +true +PodMetrics/m,
    );
    assert.match(
      await cluster.mustKubectl(['get', 'pods.metrics.k8s.io']),
      /^NAME +CPU +MEMORY +WINDOW\npair +\S+ +\S+ +\S+s$/m,
    );
    assert.match(await cluster.mustKubectl(['explain', 'podmetrics.containers']), /usage/);
  });

  it("the kubelet's own figures come through the API's proxy", async () => {
    const node = await cluster.value(['pod', 'pair'], '{.spec.nodeName}');
    const raw = (path: string) => cluster.mustKubectl(['get', '--raw', `/api/v1/nodes/${node}/proxy/${path}`]);
    assert.match(
      await raw('metrics/resource'),
      /^container_cpu_usage_seconds_total\{container="busy",namespace="default",pod="pair"\}/m,
    );
    assert.match(await raw('metrics'), /^kubelet_running_pods \d+/m);
    assert.match(await raw('metrics/cadvisor'), /^container_memory_rss\{container="busy",/m);
    const { pods } = JSON.parse(await raw('stats/summary')) as { pods: { podRef: { name: string } }[] };
    assert.ok(pods.some(({ podRef }) => podRef.name === 'pair'));
  });

  it('a busy deployment grows by its autoscaler', async () => {
    await apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'work' },
      spec: {
        selector: { matchLabels: { app: 'work' } },
        template: {
          metadata: { labels: { app: 'work' } },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [
              {
                name: 'c',
                image: IMAGE,
                command: BUSY,
                resources: { requests: { cpu: '20m' }, limits: { cpu: '60m' } },
              },
            ],
          },
        },
      },
    });
    await cluster.mustKubectl(['autoscale', 'deployment', 'work', '--cpu=50%', '--min=1', '--max=3']);
    const condition = '{.status.conditions[?(@.type=="ScalingActive")].reason}';
    await eventually(
      'three replicas',
      async () => (await cluster.value(['deployment', 'work'], '{.spec.replicas}')) === '3',
      90_000,
    );
    assert.equal(await cluster.value(['hpa', 'work'], condition), 'ValidMetricFound');
    assert.match(await cluster.mustKubectl(['get', 'hpa', 'work']), /cpu: \d+%\/50%/);
  });
});
