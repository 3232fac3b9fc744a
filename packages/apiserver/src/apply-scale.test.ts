/** Server-side apply to /scale: who owns the replicas of an object, whichever of its endpoints they were written through. Recorded from kube-apiserver 1.35. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const APPLY = { headers: { 'content-type': 'application/apply-patch+yaml' } };
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };
const REPLICAS = { 'f:spec': { 'f:replicas': {} } };

const deployment = (name: string) => ({
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
  },
});
const scaleOf = (name: string, replicas?: number) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name },
  ...(replicas !== undefined && { spec: { replicas } }),
});

interface Entry {
  manager: string;
  operation: string;
  apiVersion: string;
  subresource?: string;
  fieldsV1: { 'f:spec'?: Record<string, object> };
}

describe('an apply to a scale', () => {
  let server: TestServer;
  before(async () => void (server = await startTestServer()));
  after(() => server.close());

  const path = (name: string) => `${DEPLOYMENTS}/${name}`;
  const create = async (name: string) => server.ask('POST', `${DEPLOYMENTS}?fieldManager=creator`, deployment(name));
  const apply = (name: string, manager: string, replicas?: number, query = '') =>
    server.ask('PATCH', `${path(name)}/scale?fieldManager=${manager}${query}`, scaleOf(name, replicas), APPLY);
  const ownersOf = async (name: string): Promise<string[]> => {
    const { body } = await server.ask('GET', path(name));
    return (body.metadata.managedFields as Entry[])
      .filter(({ fieldsV1 }) => fieldsV1['f:spec']?.['f:replicas'])
      .map((e) => [e.manager, e.operation, e.apiVersion, e.subresource].filter(Boolean).join(' '));
  };

  test('conflicts with who owns the replicas, shares them where they are equal, and takes them over when told to', async () => {
    await create('shared');
    const refused = await apply('shared', 'm', 2);
    assert.equal(refused.status, 409);
    assert.equal(
      refused.body.message,
      'Apply failed with 1 conflict: conflict with "creator" using autoscaling/v1: .spec.replicas',
    );
    const shared = await apply('shared', 'm', 1);
    assert.deepEqual([shared.status, shared.body.kind, shared.body.spec], [200, 'Scale', { replicas: 1 }]);
    assert.equal(shared.body.metadata.managedFields, undefined);
    assert.deepEqual(await ownersOf('shared'), ['m Apply apps/v1 scale', 'creator Update apps/v1']);
    assert.equal((await apply('shared', 'm', 3, '&force=true')).status, 200);
    assert.deepEqual(await ownersOf('shared'), ['m Apply apps/v1 scale']);
    const { body } = await server.ask('GET', path('shared'));
    assert.deepEqual([body.spec.replicas, body.metadata.generation], [3, 2]);
    const own = (body.metadata.managedFields as Entry[]).find(({ manager }) => manager === 'm');
    assert.deepEqual(own?.fieldsV1, REPLICAS);
    const others = (body.metadata.managedFields as Entry[]).find(({ manager }) => manager === 'creator');
    assert.ok(others?.fieldsV1['f:spec']?.['f:template'], 'the creator keeps the rest');
  });

  test('is known to the other endpoints, and knows them', async () => {
    await create('known');
    await apply('known', 'm', 4, '&force=true');
    const whole = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'known' }, spec: { replicas: 9 } };
    const main = await server.ask('PATCH', `${path('known')}?fieldManager=o`, whole, APPLY);
    assert.equal(
      main.body.message,
      'Apply failed with 1 conflict: conflict with "m" with subresource "scale": .spec.replicas',
    );
    await server.ask('PATCH', `${path('known')}/scale?fieldManager=u`, { spec: { replicas: 6 } }, MERGE);
    assert.deepEqual(await ownersOf('known'), ['u Update apps/v1 scale']);
    assert.equal(
      (await apply('known', 'm', 5)).body.message,
      'Apply failed with 1 conflict: conflict with "u" with subresource "scale" using autoscaling/v1: .spec.replicas',
    );
  });

  test('again stores nothing, and letting go of the replicas leaves none', async () => {
    await create('quiet');
    const first = await apply('quiet', 'm', 3, '&force=true');
    const again = await apply('quiet', 'm', 3);
    assert.deepEqual(again.body, first.body);
    const gone = await apply('quiet', 'm');
    assert.deepEqual([gone.status, gone.body.spec], [200, {}]);
    assert.deepEqual(await ownersOf('quiet'), []);
    assert.equal((await server.ask('GET', path('quiet'))).body.spec.replicas, 0);
    const dry = await apply('quiet', 'm', 7, '&dryRun=All');
    assert.deepEqual(dry.body.spec, { replicas: 7 });
    assert.deepEqual(await ownersOf('quiet'), []);
  });

  test('is asked for its manager, its type and its place', async () => {
    await create('asked');
    const at = `${path('asked')}/scale`;
    const scale = scaleOf('asked', 2);
    const refusals: [query: string, body: object, status: number, message: string][] = [
      [
        '',
        scale,
        422,
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      ],
      [
        'fieldManager=m',
        { ...deployment('asked'), apiVersion: 'apps/v1', kind: 'Deployment' },
        400,
        'invalid object type: apps/v1, Kind=Deployment',
      ],
      ['fieldManager=m', { metadata: { name: 'asked' } }, 400, 'invalid object type: /, Kind='],
      [
        'fieldManager=m&force=1',
        scaleOf('other', 2),
        400,
        'the name of the object (other) does not match the name on the URL (asked)',
      ],
      [
        'fieldManager=m',
        { ...scale, metadata: { name: 'asked', namespace: 'other' } },
        400,
        'the namespace of the provided object does not match the namespace sent on the request',
      ],
      [
        'fieldManager=m',
        { ...scale, metadata: { name: 'asked', managedFields: [] } },
        400,
        'metadata.managedFields must be nil',
      ],
      [
        'fieldManager=m&force=1',
        scaleOf('asked', -1),
        422,
        'Scale.autoscaling "asked" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
      ],
    ];
    for (const [query, body, status, message] of refusals) {
      const answer = await server.ask('PATCH', `${at}?${query}`, body, APPLY);
      assert.deepEqual([answer.status, answer.body.message], [status, message]);
    }
    const forced = await server.ask('PATCH', `${at}?force=true`, { spec: { replicas: 2 } }, MERGE);
    assert.match(forced.body.message, /force: Forbidden: may not be specified for non-apply patch/);
    assert.equal((await apply('none', 'm', 2)).body.message, 'deployments.apps "none" not found');
  });
});
