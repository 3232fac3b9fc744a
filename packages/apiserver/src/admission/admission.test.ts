/** What admission adds to objects and what it refuses. */
import { strict as assert } from 'node:assert';
import { webcrypto } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { loadX509 } from '@mkube/apimachinery/x509';
import { type TestServer, startTestServer } from '../testing/test-server.ts';

const PODS = '/api/v1/namespaces/default/pods';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };
const container = (resources?: object) => ({ name: 'c', image: 'i', ...(resources && { resources }) });
const node = (name: string) => ({ user: { username: `system:node:${name}`, groups: ['system:nodes'] } });

describe('admission', () => {
  let server: TestServer;
  before(async () => void (server = await startTestServer()));
  after(() => server.close());
  const pod = (name: string, spec: object = {}, namespace = 'default') =>
    server.ask('POST', `/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name },
      spec: { containers: [container()], ...spec },
    });
  const namespace = async (name: string): Promise<void> => {
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name } });
    await server.ask('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  };

  test('a pod gets an account with its token mounted, a priority and tolerations', async () => {
    const { spec } = (await pod('plain', { initContainers: [{ name: 'i', image: 'i' }] })).body;
    assert.equal(spec.serviceAccountName, 'default');
    assert.equal(spec.serviceAccount, 'default');
    const [volume] = spec.volumes;
    assert.match(volume.name, /^kube-api-access-[a-z0-9]{5}$/);
    assert.deepEqual(volume.projected.sources[0], { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } });
    for (const c of [...spec.containers, ...spec.initContainers])
      assert.deepEqual(c.volumeMounts, [
        { name: volume.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
      ]);
    assert.equal(spec.priority, 0);
    assert.equal(spec.preemptionPolicy, 'PreemptLowerPriority');
    assert.deepEqual(
      spec.tolerations.map((t: { key: string; tolerationSeconds: number }) => [t.key, t.tolerationSeconds]),
      [
        ['node.kubernetes.io/not-ready', 300],
        ['node.kubernetes.io/unreachable', 300],
      ],
    );
  });

  test('a pod that says otherwise is taken at its word', async () => {
    const { spec } = (
      await pod('other', {
        automountServiceAccountToken: false,
        priorityClassName: 'system-node-critical',
        tolerations: [{ operator: 'Exists' }],
      })
    ).body;
    assert.equal(spec.volumes, undefined);
    assert.equal(spec.priority, 2_000_001_000);
    assert.equal(spec.tolerations.length, 1);
    assert.match(
      (await pod('x', { serviceAccountName: 'none' })).body.message,
      /error looking up service account default\/none: serviceaccount "none" not found/,
    );
    assert.match(
      (await pod('x', { priorityClassName: 'none' })).body.message,
      /no PriorityClass with name none was found/,
    );
    assert.match(
      (await pod('x', { runtimeClassName: 'none' })).body.message,
      /pod rejected: RuntimeClass "none" not found/,
    );
  });

  test('limit ranges give defaults and hold containers to their bounds', async () => {
    await namespace('limited');
    await server.ask('POST', '/api/v1/namespaces/limited/limitranges', {
      metadata: { name: 'l' },
      spec: {
        limits: [
          {
            type: 'Container',
            default: { cpu: '500m' },
            defaultRequest: { cpu: '100m' },
            max: { cpu: '1' },
            min: { cpu: '50m' },
          },
        ],
      },
    });
    const { body } = await pod('defaulted', {}, 'limited');
    assert.deepEqual(body.spec.containers[0].resources, { limits: { cpu: '500m' }, requests: { cpu: '100m' } });
    assert.equal(
      body.metadata.annotations['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
    );
    const over = await pod('over', { containers: [container({ limits: { cpu: '2' } })] }, 'limited');
    assert.equal(over.status, 403);
    assert.match(over.body.message, /maximum cpu usage per Container is 1, but limit is 2/);
  });

  test('a quota of a class of volume attributes takes in claims of that class, those that come to it later too', async () => {
    await namespace('classed');
    const path = '/api/v1/namespaces/classed';
    const hard = { persistentvolumeclaims: '1', 'requests.storage': '5Gi' };
    for (const name of ['gold', 'silver']) {
      const matchExpressions = [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: [name] }];
      const made = await server.ask('POST', `${path}/resourcequotas`, {
        metadata: { name },
        spec: { hard, scopeSelector: { matchExpressions } },
      });
      assert.equal(made.status, 201, made.text);
      const status = { hard, used: { persistentvolumeclaims: '0', 'requests.storage': '0' } };
      await server.ask('PATCH', `${path}/resourcequotas/${name}/status`, { status }, MERGE);
    }
    const used = async (name: string) =>
      (await server.ask('GET', `${path}/resourcequotas/${name}`)).body.status.used as object;
    const claim = (name: string, volumeAttributesClassName?: string) =>
      server.ask('POST', `${path}/persistentvolumeclaims`, {
        metadata: { name },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: '',
          resources: { requests: { storage: '1Gi' } },
          ...(volumeAttributesClassName && { volumeAttributesClassName }),
        },
      });
    assert.equal((await claim('plain')).status, 201);
    assert.equal((await claim('one', 'gold')).status, 201);
    assert.match(
      (await claim('two', 'gold')).body.message,
      /exceeded quota: gold, requested: persistentvolumeclaims=1/,
    );
    const taken = { persistentvolumeclaims: '1', 'requests.storage': '1Gi' };
    assert.deepEqual(await used('gold'), taken);
    assert.deepEqual(await used('silver'), { persistentvolumeclaims: '0', 'requests.storage': '0' });
    await server.ask('PATCH', `${path}/persistentvolumeclaims/one/status`, { status: { phase: 'Bound' } }, MERGE);
    const moved = await server.ask(
      'PATCH',
      `${path}/persistentvolumeclaims/one`,
      { spec: { volumeAttributesClassName: 'silver' } },
      MERGE,
    );
    assert.equal(moved.status, 200, moved.text);
    assert.deepEqual(await used('silver'), taken);
  });

  test('quotas are taken one by one, however many ask at once', async () => {
    await namespace('quoted');
    const quota = '/api/v1/namespaces/quoted/resourcequotas';
    await server.ask('POST', quota, { metadata: { name: 'q' }, spec: { hard: { pods: '3', 'requests.cpu': '1' } } });
    await server.ask(
      'PATCH',
      `${quota}/q/status`,
      { status: { hard: { pods: '3', 'requests.cpu': '1' }, used: { pods: '0', 'requests.cpu': '0' } } },
      MERGE,
    );
    assert.match((await pod('silent', {}, 'quoted')).body.message, /failed quota: q: must specify requests.cpu for: c/);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        pod(`p${i}`, { containers: [container({ requests: { cpu: '100m' } })] }, 'quoted'),
      ),
    );
    assert.equal(answers.filter(({ status }) => status === 201).length, 3);
    const refused = answers.find(({ status }) => status === 403);
    assert.match(refused?.body.message, /exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3/);
    assert.deepEqual((await server.ask('GET', `${quota}/q`)).body.status.used, { pods: '3', 'requests.cpu': '300m' });
  });

  test('a claim gets the default class and a finalizer', async () => {
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    await server.ask('POST', '/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name: 'fast', annotations },
      provisioner: 'example.com/p',
    });
    const { body } = await server.ask('POST', '/api/v1/namespaces/default/persistentvolumeclaims', {
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    assert.equal(body.spec.storageClassName, 'fast');
    assert.deepEqual(body.metadata.finalizers, ['kubernetes.io/pvc-protection']);
  });

  test('a new node is tainted until it is ready, and may not relabel or untaint itself', async () => {
    const made = await server.ask(
      'POST',
      '/api/v1/nodes',
      { metadata: { name: 'n1', labels: { 'kubernetes.io/hostname': 'n1' } } },
      node('n1'),
    );
    assert.deepEqual(made.body.spec.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
    const label = await server.ask(
      'PATCH',
      '/api/v1/nodes/n1',
      { metadata: { labels: { 'node-restriction.kubernetes.io/x': 'y' } } },
      { ...MERGE, ...node('n1') },
    );
    assert.equal(label.status, 403);
    assert.match(label.body.message, /is not allowed to modify labels: node-restriction.kubernetes.io\/x/);
    const taints = await server.ask(
      'PATCH',
      '/api/v1/nodes/n1',
      { spec: { taints: null } },
      { ...MERGE, ...node('n1') },
    );
    assert.match(taints.body.message, /not allowed to modify taints/);
    assert.equal((await server.ask('POST', '/api/v1/nodes', { metadata: { name: 'n2' } }, node('n1'))).status, 403);
  });

  test('a node writes the status of its own pods, and deletes no others', async () => {
    await pod('on-n1');
    await server.ask('POST', `${PODS}/on-n1/binding`, {
      metadata: { name: 'on-n1' },
      target: { kind: 'Node', name: 'n1' },
    });
    const status = (name: string) =>
      server.ask('PATCH', `${PODS}/on-n1/status`, { status: { phase: 'Running' } }, { ...MERGE, ...node(name) });
    assert.equal((await status('n2')).status, 403);
    assert.equal((await status('n1')).status, 200);
    assert.equal((await server.ask('DELETE', `${PODS}/on-n1`, undefined, node('n2'))).status, 403);
    const token = (name: string) =>
      server.ask(
        'POST',
        '/api/v1/namespaces/default/serviceaccounts/default/token',
        { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'on-n1', uid } } },
        node(name),
      );
    const { uid } = (await server.ask('GET', `${PODS}/on-n1`)).body.metadata as { uid: string };
    assert.equal((await token('n1')).status, 201);
    assert.equal((await token('n2')).status, 403);
  });

  test('nobody gives away rights that they do not have', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1';
    await server.ask('POST', `${rbac}/clusterrolebindings`, {
      metadata: { name: 'carl' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'carl' }],
    });
    const carl = { user: { username: 'carl', groups: ['system:authenticated'] } };
    const role = (verbs: string[], resources: string[]) => ({
      metadata: { name: resources[0] },
      rules: [{ verbs, apiGroups: [''], resources }],
    });
    assert.equal(
      (await server.ask('POST', `${rbac}/namespaces/default/roles`, role(['get'], ['pods']), carl)).status,
      201,
    );
    const over = await server.ask('POST', `${rbac}/namespaces/default/roles`, role(['delete'], ['nodes']), carl);
    assert.equal(over.status, 403);
    assert.match(
      over.body.message,
      /attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["nodes"\], Verbs:\["delete"\]\}/,
    );
    const bind = await server.ask(
      'POST',
      `${rbac}/namespaces/default/rolebindings`,
      {
        metadata: { name: 'b' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'carl' }],
      },
      carl,
    );
    assert.equal(bind.status, 403);
  });

  test('who may impersonate asks as somebody else, and only then', async () => {
    const as = { headers: { 'impersonate-user': 'dana', 'impersonate-group': 'team' } };
    const review = await server.ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, as);
    assert.deepEqual(review.body.status.userInfo, { username: 'dana', groups: ['team', 'system:authenticated'] });
    const refused = await server.ask('GET', '/version', undefined, { ...as, user: { username: 'eve', groups: [] } });
    assert.equal(refused.status, 403);
    assert.equal(
      refused.body.message,
      'users "dana" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
  });

  test('nobody asks for a certificate of the group that has every right', async () => {
    const { Pkcs10CertificateRequestGenerator } = await loadX509();
    const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
    const ask = async (name: string, subject: string) => {
      const csr = await Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm });
      const request = Buffer.from(csr.toString('pem')).toString('base64');
      const spec = { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
      return server.ask('POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', {
        metadata: { name },
        spec,
      });
    };
    const refused = await ask('masters', 'CN=eve,O=dev,O=system:masters');
    assert.equal(refused.status, 403);
    assert.match(
      refused.body.message,
      /use of kubernetes\.io\/kube-apiserver-client signer with system:masters group is not allowed$/,
    );
    assert.equal((await ask('dev', 'CN=eve,O=dev')).status, 201);
  });

  test('an eviction asks the budgets', async () => {
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const labels = { app: 'budgeted' };
    for (const name of ['b1', 'b2']) {
      await server.ask('POST', PODS, {
        metadata: { name, labels },
        spec: { containers: [container()], nodeName: 'n1' },
      });
      await server.ask(
        'PATCH',
        `${PODS}/${name}/status`,
        { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
        MERGE,
      );
    }
    await server.ask('POST', budgets, {
      metadata: { name: 'pdb' },
      spec: { minAvailable: 1, selector: { matchLabels: labels } },
    });
    const evict = (name: string) =>
      server.ask('POST', `${PODS}/${name}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } });
    await server.ask(
      'PATCH',
      `${budgets}/pdb/status`,
      {
        status: { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 },
      },
      MERGE,
    );
    assert.equal((await evict('b1')).status, 201);
    const second = await evict('b2');
    assert.equal(second.status, 429);
    assert.equal(second.body.message, "Cannot evict pod as it would violate the pod's disruption budget.");
    const causes = (message: string) => [
      { reason: 'DisruptionBudget', message: `The disruption budget pdb ${message}` },
    ];
    assert.deepEqual(second.body.details.causes, causes('does not allow evicting pods currently'));
    assert.equal(second.headers['retry-after'], undefined, 'nobody knows when: clients would try again by themselves');
    const say = (status: object) => server.ask('PATCH', `${budgets}/pdb/status`, { status }, MERGE);
    await say({ currentHealthy: 1 });
    const third = await evict('b2');
    assert.deepEqual(third.body.details.causes, causes('needs 1 healthy pods and has 1 currently'));
    await say({ observedGeneration: 0 });
    const early = await evict('b2');
    assert.deepEqual(early.body.details.causes, causes('is still being processed by the server.'));
    assert.equal(early.headers['retry-after'], '10');
  });
});
