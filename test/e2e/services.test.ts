/** Services and names on a real cluster of two nodes: what a chart needs to come up. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CommandCluster, eventually, prepareCluster } from '../lib/index.ts';

const skip =
  process.getuid?.() === 0 && process.platform === 'linux' ? false : 'nodes as network namespaces need Linux and root';

const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 4
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: mkube.local/hello:1.0
          ports: [{ containerPort: 8080, name: http }]
          readinessProbe: { exec: { command: [test, -e, /tmp/ready] }, periodSeconds: 1, initialDelaySeconds: 0 }
          lifecycle: { postStart: { exec: { command: [touch, /tmp/ready] } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ name: http, port: 80, targetPort: http }] }
---
apiVersion: v1
kind: Service
metadata: { name: peers }
spec: { clusterIP: None, selector: { app: web }, ports: [{ name: http, port: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: alias }
spec: { type: ExternalName, externalName: web.default.svc.cluster.local }
`;

describe('services and names', { skip }, () => {
  let cluster: CommandCluster;
  let pods: { name: string; node: string; ip: string }[] = [];
  before(async () => {
    cluster = prepareCluster('services');
    await cluster.must(['up', '--wait']);
    const file = path.join(cluster.home, 'web.yaml');
    fs.writeFileSync(file, MANIFEST);
    await cluster.must(['apply', '-f', file]);
    await cluster.must(['rollout', 'status', 'deployment/web', '--timeout=60s']);
    const lines = await cluster.must([
      'get',
      'pods',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName} {.status.podIP}{"\\n"}{end}',
    ]);
    pods = lines
      .trim()
      .split('\n')
      .map((line) => {
        const [name = '', node = '', ip = ''] = line.split(' ');
        return { name, node, ip };
      });
  });
  after(() => cluster?.close());

  const inPod = (pod: string, ...command: string[]) =>
    cluster.mkube(['exec', pod, '--', ...command], { timeoutMs: 20_000 });
  const onePerNode = () => [...new Map(pods.map((pod) => [pod.node, pod])).values()];

  test('a service answers from pods on both nodes, and every one of its pods gets its share', async () => {
    assert.equal(onePerNode().length, 2);
    for (const pod of onePerNode()) {
      const answers = new Set<string>();
      await eventually(`answers of all four pods, asked from ${pod.node}`, async () => {
        const { stdout } = await inPod(
          pod.name,
          'sh',
          '-c',
          'for i in 1 2 3 4 5 6 7 8; do wget -qO- http://web/; done',
        );
        for (const [, name] of stdout.matchAll(/Hello from pod (\S+)/g)) answers.add(name ?? '');
        return answers.size === 4;
      });
    }
  });

  test('the API answers by its service name', async () => {
    for (const pod of onePerNode()) {
      const { stdout } = await inPod(pod.name, 'nslookup', 'kubernetes.default.svc.cluster.local');
      assert.match(stdout, /Address: 10\.96\.0\.1\b/);
      const { code, stderr } = await inPod(pod.name, 'nc', '-w', '3', 'kubernetes.default', '443', '-e', 'true');
      assert.equal(code, 0, stderr);
    }
  });

  test('a headless service names its pods, an external name its target, and what is not there is not', async () => {
    const [pod] = pods;
    const lookup = async (name: string) => inPod(pod?.name ?? '', 'nslookup', name);
    const { stdout } = await lookup('peers.default.svc.cluster.local');
    for (const { ip } of pods) assert.ok(stdout.includes(`Address: ${ip}\n`), `${ip} in ${stdout}`);
    assert.match(
      (await lookup('alias.default.svc.cluster.local')).stdout,
      /canonical name = web\.default\.svc\.cluster\.local/,
    );
    assert.notEqual((await lookup('nothing.default.svc.cluster.local')).code, 0);
  });

  test('a node port answers on every node, from this machine', async () => {
    const port = await cluster.must(['get', 'service', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}']);
    const addresses = await cluster.must([
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[*].status.addresses[?(@.type=="InternalIP")].address}',
    ]);
    for (const address of addresses.split(' ')) {
      const answer = await fetch(`http://${address}:${port}/`, { signal: AbortSignal.timeout(5000) });
      assert.match(await answer.text(), /^Hello from pod web-/);
    }
  });

  test('a pod that is not ready gets nothing, and its share again within a second of being ready', async () => {
    const [pod, asking] = pods;
    if (!pod || !asking) throw new Error('there are no pods');
    const isListed = async () =>
      (await cluster.must(['get', 'endpoints', 'web', '-o', 'jsonpath={.subsets[*].addresses[*].ip}']))
        .split(' ')
        .includes(pod.ip);
    await inPod(pod.name, 'rm', '/tmp/ready');
    await eventually('the pod is no endpoint', async () => !(await isListed()));
    await inPod(pod.name, 'touch', '/tmp/ready');
    await cluster.must(['wait', '--for=condition=Ready', `pod/${pod.name}`]);
    await eventually('the pod is an endpoint again', isListed, 1000);
  });
});
