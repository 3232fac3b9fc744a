// What users say of nodes and registries in files of their own: a KubeletConfiguration, a mirror; and nodes that are shut down with grace.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, prepareCluster, whyNoKubectl } from '../lib/index.ts';
import { serveImage } from '../lib/registry.ts';

const CONFIGURATION = `
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 17
kubeReserved: { cpu: 250m }
shutdownGracePeriod: 20s
shutdownGracePeriodCriticalPods: 5s
`;

describe('nodes to their users’ taste', { skip: whyNoKubectl() }, () => {
  const cluster = prepareCluster('configured');
  const kubectl = (...args: string[]) => cluster.mustKubectl(args);
  const file = (name: string): string => path.join(cluster.home, name);
  const value = (name: string, jsonpath: string) => cluster.value(['pod', name], jsonpath);
  before(async () => {
    fs.writeFileSync(file('kubelet.yaml'), CONFIGURATION);
    await cluster.must(['up', '--wait', '--nodes', '1', '--kubelet-config', file('kubelet.yaml')]);
  });
  after(() => cluster.close());

  it('have the capacity that their configuration gives them', async () => {
    assert.equal(await cluster.value(['node', 'node-1'], '{.status.capacity.pods}'), '17');
    const [capacity, allocatable] = (
      await cluster.value(['node', 'node-1'], '{.status.capacity.cpu} {.status.allocatable.cpu}')
    ).split(' ');
    assert.equal(allocatable, `${Number(capacity) * 1000 - 250}m`);
  });

  it('say what is wrong with a configuration', async () => {
    fs.writeFileSync(file('wrong.yaml'), `${CONFIGURATION}imageGCHighThresholdPercent: many\n`);
    const { code, stderr } = await cluster.mkube(['up', '--kubelet-config', file('wrong.yaml')]);
    assert.equal(code, 1);
    assert.match(stderr, /kubelet\.yaml: KubeletConfiguration: imageGCHighThresholdPercent: "many" is not an integer/);
    await cluster.must(['up', '--wait']);
    assert.equal(await cluster.value(['node', 'node-1'], '{.status.capacity.pods}'), '17', 'as it was before');
  });

  it('say what is wrong with an audit policy, and go on with the one before', async () => {
    const policy = (level: string): string =>
      `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: ${level}, verbs: [create] }]\n`;
    fs.writeFileSync(file('policy.yaml'), policy('Metadata'));
    fs.writeFileSync(file('wrong-policy.yaml'), policy('All'));
    await cluster.must(['up', '--wait', '--audit-policy-file', file('policy.yaml')]);
    const { code, stderr } = await cluster.mkube(['up', '--audit-policy-file', file('wrong-policy.yaml')]);
    assert.equal(code, 1);
    assert.match(stderr, /audit-policy\.yaml: rules\[0\]\.level must be one of None, Metadata/);
    await cluster.must(['up', '--wait']);
    await cluster.must(['create', 'configmap', 'audited']);
    const log = fs.readFileSync(file('mkube/mkube/logs/audit.log'), 'utf8');
    assert.match(
      log,
      /"stage":"ResponseComplete".*"objectRef":\{"resource":"configmaps","namespace":"default","name":"audited"/,
    );
  });

  it('take images from a mirror of Docker Hub', async () => {
    const { buildTar } = await import('@mkube/runtime');
    const layers = file('mkube/mkube/images/layers');
    const [demo = ''] = fs.readdirSync(layers).filter((name) => fs.existsSync(path.join(layers, name, 'hello')));
    const content = fs.readFileSync(path.join(layers, demo, 'bin/busybox'));
    const registry = await serveImage({
      name: 'library/mirrored',
      tag: 'latest',
      layer: buildTar([
        { path: 'bin/', directory: true },
        { path: 'bin/sh', content, mode: 0o755 },
      ]),
      config: { Cmd: ['/bin/sh', '-c', 'while :; do sleep 1; done'] },
    });
    try {
      fs.mkdirSync(file('mkube/certs.d/docker.io'), { recursive: true });
      fs.writeFileSync(file('mkube/certs.d/docker.io/hosts.toml'), `[host."http://${registry.host}"]\n`);
      await kubectl('run', 'mirrored', '--image', 'mirrored');
      await kubectl('wait', '--for=condition=Ready', 'pod/mirrored', '--timeout=60s');
    } finally {
      registry.close();
    }
  });

  it('end their pods with grace when they are shut down so, and say why', async () => {
    const volumes = [{ name: 'out', hostPath: { path: cluster.home } }];
    const containers = [
      {
        name: 'main',
        image: 'mkube.local/hello:1.0',
        command: [
          'sh',
          '-c',
          'trap "sleep 1; echo bye > /out/bye; exit 0" TERM; touch /out/ready; while :; do sleep 0.1; done',
        ],
        volumeMounts: [{ name: 'out', mountPath: '/out' }],
      },
    ];
    await kubectl('run', 'polite', '--image', 'none', '--overrides', JSON.stringify({ spec: { volumes, containers } }));
    await eventually('it runs', async () => fs.existsSync(file('ready')));
    assert.equal(await cluster.must(['node', 'stop', '--graceful', 'node-1']), 'node/node-1 stopped\n');
    assert.equal(fs.readFileSync(file('bye'), 'utf8'), 'bye\n');
    assert.equal(
      await value('polite', '{.status.phase} {.status.reason}: {.status.message}'),
      'Failed Terminated: Pod was terminated in response to imminent node shutdown.',
    );
    const ready = '{.status.conditions[?(@.type=="Ready")].status}: {.status.conditions[?(@.type=="Ready")].message}';
    assert.equal(await cluster.value(['node', 'node-1'], ready), 'False: node is shutting down');
  });

  it('are Ready again when they are turned on', async () => {
    await cluster.must(['node', 'start', 'node-1']);
    assert.match(await kubectl('get', 'nodes'), /node-1 +Ready/);
  });
});
