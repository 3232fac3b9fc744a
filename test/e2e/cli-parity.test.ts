/** mkube and real kubectl say the same of the same cluster: every line below is run by both, and output, errors and exit codes are compared. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  assertSame,
  type CommandCluster,
  comparable,
  eventually,
  kubectlPath,
  prepareCluster,
  type Result,
} from '../lib/index.ts';

const skip = kubectlPath() ? false : 'kubectl is not in .cache: npm test fetches it';

const MANIFEST = `apiVersion: v1
kind: Pod
metadata:
  name: two
  labels: { app: two, tier: "1" }
  annotations: { note: "a: b" }
spec:
  containers:
    - { name: a, image: "registry.example/a:1", ports: [{ containerPort: 80, name: http }], env: [{ name: X, value: "true" }] }
    - { name: b, image: "registry.example/b:1", resources: { limits: { memory: 64Mi, cpu: 100m } } }
---
apiVersion: v1
kind: Service
metadata: { name: two }
spec: { selector: { app: two }, ports: [{ port: 80 }] }
`;

/** Read-only lines first: both run them and must agree to the letter. */
const READS = [
  'get pods',
  'get pods -o wide',
  'get pods -A',
  'get po,svc',
  'get pods two one',
  'get pods --show-labels',
  'get pods -L app,tier',
  'get pods -l app=two',
  'get pods -l app=none',
  'get pods --field-selector=metadata.name=one',
  'get pods -o name',
  'get pods,svc,deploy -o name',
  'get deployments.apps',
  'get deployment.v1.apps/web',
  'get pods --no-headers',
  'get ns',
  'get pods --sort-by=.metadata.name',
  'get pods --sort-by=.spec.containers[0].image',
  'get pod two -o json',
  'get pod two -o yaml',
  'get pods -o json',
  'get pods -o yaml',
  'get pod two -o jsonpath={.metadata.labels.app}',
  'get pods -o jsonpath={range\u00a0.items[*]}{.metadata.name}{"\\n"}{end}',
  'get pods -o custom-columns=NAME:.metadata.name,IMAGES:.spec.containers[*].image,NONE:.spec.none',
  'get configmap settings -o yaml',
  'get cm,secret,sa',
  'get all',
  'get nodes',
  'get --raw /version',
  'get pods missing',
  'get pods missing two',
  'get pods missing --ignore-not-found',
  'get nothing',
  'get pod/two service/two',
  'get pod/two svc',
  'get',
  'get pods -n kube-system',
  'get pods --bogus',
  'get -z pods',
  'get pods -l a=b=c',
  'get pods --field-selector=spec.bogus=1',
  'api-resources --api-group=apps',
  'api-resources -o name --namespaced=false',
  'api-resources -o wide --api-group=batch',
  'api-versions',
  'describe pod two',
  'describe pod missing',
  'describe deployment web',
  'describe pods -l app=none',
  'logs two -c a',
  'logs two -c zzz',
  'logs missing',
  'logs deployment/web',
  'get pods --watch-only --request-timeout=1s',
  'expose deployment web --name=w2 --port=80 --dry-run=client -o yaml',
  'patch deployment web -p {"spec":{"replicas":"x"}}',
  'taint nodes none a=b:Nope',
  'scale deployment web',
  'delete pod missing',
  'delete pods',
  'rollout status deployment/none',
  'label pod two app=other',
  'config current-context',
  'config get-contexts -o name',
  'delete pod two --dry-run=client',
  'delete pod two --dry-run=server',
  'label pod two x=y --dry-run=server',
  'create configmap dry --from-literal=a=b --dry-run=client -o yaml',
  'create deployment dry --image=busybox --replicas=2 --dry-run=client -o json',
  'create namespace dry --dry-run=server',
  'create configmap settings --from-literal=a=b',
  'create deployment',
  'create configmap bad --from-literal=nothing',
  'run dry --image=nginx --port=80 --env=A=b --labels=x=y --dry-run=client -o yaml',
  'apply',
];

describe('the CLI beside kubectl', { skip }, () => {
  let cluster: CommandCluster;
  before(async () => {
    cluster = prepareCluster('parity');
    await cluster.must(['up', '--nodes', '0']);
    const file = path.join(cluster.home, 'two.yaml');
    fs.writeFileSync(file, MANIFEST);
    await eventually(
      'the default service account',
      async () => (await cluster.mkube(['get', 'sa', 'default'])).code === 0,
    );
    await cluster.must(['run', 'one', '--image=registry.example/one:1']);
    await cluster.must(['apply', '-f', file]);
    await cluster.must([
      'create',
      'configmap',
      'settings',
      '--from-literal=key=value',
      '--from-literal=multi=a\nb\n',
      '--from-literal=n=123',
    ]);
    await cluster.must(['create', 'deployment', 'web', '--image=registry.example/web:1', '--replicas=2']);
    await eventually(
      'the pods of web',
      async () => (await cluster.mkube(['get', 'pods', '-l', 'app=web', '-o', 'name'])).stdout.split('\n').length === 3,
    );
  });
  after(() => cluster?.close());

  for (const line of READS) test(line.replaceAll('\u00a0', ' '), () => assertSame(cluster, line));

  /** Each pair of lines changes its own object in the same way. */
  const writes: [string, string][] = [
    ['create namespace NAME', 'ns'],
    ['create configmap NAME --from-literal=a=b', 'cm'],
    ['create deployment NAME --image=busybox', 'deploy'],
    ['scale deployment NAME --replicas=3', 'deploy'],
    ['scale deployment NAME --replicas=3 --current-replicas=7', 'deploy'],
    ['rollout restart deployment/NAME', 'deploy'],
    ['rollout pause deployment/NAME', 'deploy'],
    ['rollout history deployment/NAME', 'deploy'],
    ['label deployment NAME a=b', 'deploy'],
    ['label deployment NAME a-', 'deploy'],
    ['annotate deployment NAME note=x', 'deploy'],
    ['expose deployment NAME --port=80', 'svc'],
    ['patch deployment NAME -p {"spec":{"replicas":1}}', 'deploy'],
    ['patch deployment NAME -p {"spec":{"replicas":1}}', 'deploy'],
    ['delete deployment NAME', 'deploy'],
    ['delete svc NAME', 'svc'],
    ['delete cm NAME', 'cm'],
    ['run NAME --image=busybox', 'pod'],
    ['delete pod NAME --grace-period=0 --force', 'pod'],
    ['delete ns NAME', 'ns'],
    ['create serviceaccount NAME', 'sa'],
    ['create secret generic NAME --from-literal=a=b', 'secret'],
    ['create service clusterip NAME --tcp=80:8080', 'svc'],
    ['create job NAME --image=busybox -- date', 'job'],
  ];
  for (const [line] of writes)
    test(`changes: ${line}`, async () => {
      const of = (name: string) => line.split(' ').map((w) => w.replaceAll('NAME', name));
      const [ours, theirs] = [await cluster.mkube(of('w-a')), await cluster.kubectl(of('w-b'))];
      const same = (r: Result) => JSON.parse(JSON.stringify(comparable(r)).replaceAll(/w-[ab]/g, 'w-x')) as Result;
      assert.deepEqual(same(ours), same(theirs));
    });

  test('apply says created, unchanged and configured as kubectl does', async () => {
    const file = path.join(cluster.home, 'apply.yaml');
    const manifest = (name: string, image: string) =>
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: ${name} }\nspec:\n  selector: { matchLabels: { app: ${name} } }\n  template:\n    metadata: { labels: { app: ${name} } }\n    spec: { containers: [{ name: c, image: "${image}", ports: [{ containerPort: 80 }] }] }\n`;
    for (const image of ['a:1', 'a:1', 'a:2']) {
      fs.writeFileSync(file, manifest('ap-a', image));
      const ours = await cluster.mkube(['apply', '-f', file]);
      fs.writeFileSync(file, manifest('ap-b', image));
      const theirs = await cluster.kubectl(['apply', '-f', file]);
      assert.deepEqual(
        { ...ours, stdout: ours.stdout.replace('ap-a', 'ap-x') },
        { ...theirs, stdout: theirs.stdout.replace('ap-b', 'ap-x') },
      );
    }
    // What one has applied, the other finds unchanged: the annotation is kubectl's own.
    fs.writeFileSync(file, manifest('ap-b', 'a:2'));
    assert.match((await cluster.mkube(['apply', '-f', file])).stdout, /unchanged/);
    fs.writeFileSync(file, manifest('ap-a', 'a:2'));
    assert.match((await cluster.kubectl(['apply', '-f', file])).stdout, /unchanged/);
  });
});
