/** Creates, updates, patches and applies: what the server fills in, refuses, warns of and accounts for. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };
const STRATEGIC = { headers: { 'content-type': 'application/strategic-merge-patch+json' } };
const JSON_PATCH = { headers: { 'content-type': 'application/json-patch+json' } };
const APPLY = { headers: { 'content-type': 'application/apply-patch+yaml' } };

const deployment = (name: string, replicas = 2) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          { name: 'a', image: 'one' },
          { name: 'b', image: 'two' },
        ],
      },
    },
  },
});

describe('writes', () => {
  let server: TestServer;
  before(async () => void (server = await startTestServer()));
  after(() => server.close());

  test('a create fills in what the server decides and wipes what the client may not set', async () => {
    const { status, body } = await server.ask('POST', MAPS, {
      metadata: {
        generateName: 'gen-',
        uid: 'mine',
        creationTimestamp: '2001-01-01T00:00:00Z',
        deletionTimestamp: '2001-01-01T00:00:00Z',
        generation: 9,
      },
    });
    assert.equal(status, 201);
    assert.match(body.metadata.name, /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    assert.match(body.metadata.uid, /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    assert.match(body.metadata.creationTimestamp, /^20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(body.metadata.deletionTimestamp, undefined);
    assert.equal(body.metadata.generation, 9, 'config maps have no generation of the server’s');
    assert.match(body.metadata.resourceVersion, /^[1-9][0-9]*$/);
  });

  test('names, labels and namespaces are checked in Kubernetes’ words', async () => {
    const wrong = await server.ask('POST', MAPS, { metadata: { name: 'Not_A_Name' } });
    assert.equal(wrong.status, 422);
    assert.match(
      wrong.body.message,
      /^ConfigMap "Not_A_Name" is invalid: metadata.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain/,
    );
    assert.equal(wrong.body.details.causes[0].field, 'metadata.name');
    const none = await server.ask('POST', MAPS, {});
    assert.match(none.body.message, /metadata.name: Required value: name or generateName is required/);
    const elsewhere = await server.ask('POST', MAPS, { metadata: { name: 'x', namespace: 'other' } });
    assert.equal(elsewhere.status, 400);
    assert.equal(
      elsewhere.body.message,
      'the namespace of the provided object does not match the namespace sent on the request',
    );
    const nowhere = await server.ask('POST', '/api/v1/namespaces/nowhere/configmaps', { metadata: { name: 'x' } });
    assert.equal(nowhere.status, 404);
    assert.equal(nowhere.body.message, 'namespaces "nowhere" not found');
    const kind = await server.ask('POST', MAPS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } });
    assert.equal(kind.status, 400);
    await server.ask('POST', MAPS, { metadata: { name: 'twice' } });
    const twice = await server.ask('POST', MAPS, { metadata: { name: 'twice' } });
    assert.equal(twice.status, 409);
    assert.equal(twice.body.reason, 'AlreadyExists');
    assert.equal(twice.body.message, 'configmaps "twice" already exists');
  });

  test('unknown and repeated fields are refused, warned of or ignored as fieldValidation says', async () => {
    const body = '{"metadata":{"name":"fields"},"foo":1,"data":{"a":"1","a":"2"}}';
    const strict = await server.ask('POST', `${MAPS}?fieldValidation=Strict`, body);
    assert.equal(strict.status, 400);
    assert.equal(
      strict.body.message,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo", duplicate field "data.a"',
    );
    const warned = await server.ask('POST', MAPS, body);
    assert.equal(warned.status, 201);
    assert.deepEqual(warned.headers['warning'], [
      '299 - "unknown field \\"foo\\""',
      '299 - "duplicate field \\"data.a\\""',
    ]);
    assert.equal(warned.body.data.a, '2');
    assert.equal(
      (await server.ask('PUT', `${MAPS}/fields?fieldValidation=Ignore`, body)).headers['warning'],
      undefined,
    );
    assert.equal((await server.ask('POST', `${MAPS}?fieldValidation=Perhaps`, body)).status, 422);
  });

  test('keys that stand twice in YAML are told with their lines', async () => {
    const body = 'metadata:\n  name: lines\nfoo: 1\ndata:\n  a: "1"\n  a: "2"\n  a: "3"\n';
    const yaml = { headers: { 'content-type': 'application/yaml' } };
    const strict = await server.ask('POST', `${MAPS}?fieldValidation=Strict`, body, yaml);
    assert.equal(
      strict.body.message,
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: yaml: unmarshal errors:\n' +
        '  line 6: key "a" already set in map\n  line 7: key "a" already set in map, unknown field "foo"',
    );
    const warned = await server.ask('POST', MAPS, body, yaml);
    assert.deepEqual(warned.headers['warning'], [
      '299 - "unknown field \\"foo\\""',
      '299 - "line 6: key \\"a\\" already set in map"',
      '299 - "line 7: key \\"a\\" already set in map"',
    ]);
  });

  test('dryRun shows what would be and stores nothing', async () => {
    const { status, body } = await server.ask('POST', `${MAPS}?dryRun=All`, { metadata: { name: 'dry' } });
    assert.equal(status, 201);
    assert.ok(body.metadata.uid);
    assert.equal((await server.ask('GET', `${MAPS}/dry`)).status, 404);
  });

  test('__proto__ is a key like any other, and great integers are kept', async () => {
    const odd = await server.ask(
      'POST',
      MAPS,
      '{"metadata":{"name":"odd"},"data":{"__proto__":"x","constructor":"y"}}',
    );
    assert.match(odd.text, /"data":\{"__proto__":"x","constructor":"y"\}/);
    const crd = await server.ask(
      'POST',
      '/api/v1/namespaces/default/events',
      '{"metadata":{"name":"e"},"involvedObject":{"namespace":"default"},"count":5,"series":{"count":3}}',
    );
    assert.equal(crd.status, 201, crd.text);
  });

  test('an update needs the revision it was made of, where it names one', async () => {
    const { body } = await server.ask('POST', MAPS, { metadata: { name: 'raced' }, data: { a: '1' } });
    const next = await server.ask('PUT', `${MAPS}/raced`, { ...body, data: { a: '2' } });
    assert.equal(next.status, 200);
    const late = await server.ask('PUT', `${MAPS}/raced`, { ...body, data: { a: '3' } });
    assert.equal(late.status, 409);
    assert.equal(
      late.body.message,
      'Operation cannot be fulfilled on configmaps "raced": the object has been modified; please apply your changes to the latest version and try again',
    );
    const blind = await server.ask('PUT', `${MAPS}/raced`, { metadata: { name: 'raced' }, data: { a: '4' } });
    assert.equal(blind.status, 200, 'most kinds take an update without one');
    assert.equal(blind.body.metadata.uid, body.metadata.uid);
    const uid = await server.ask('PUT', `${MAPS}/raced`, { metadata: { name: 'raced', uid: 'other' } });
    assert.equal(uid.status, 409);
    const name = await server.ask('PUT', `${MAPS}/raced`, { metadata: { name: 'other' } });
    assert.equal(name.body.message, 'the name of the object (other) does not match the name on the URL (raced)');
    assert.equal((await server.ask('PUT', `${MAPS}/missing`, { metadata: { name: 'missing' } })).status, 404);
    const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    await server.ask('POST', lease, { metadata: { name: 'l' }, spec: {} });
    const unconditional = await server.ask('PUT', `${lease}/l`, {
      metadata: { name: 'l' },
      spec: { holderIdentity: 'x' },
    });
    assert.equal(unconditional.status, 422);
    assert.match(
      unconditional.body.message,
      /metadata.resourceVersion: Invalid value: 0: must be specified for an update/,
    );
  });

  test('status and spec are written apart, and generation counts specs alone', async () => {
    const { body } = await server.ask('POST', DEPLOYMENTS, { ...deployment('gen'), status: { replicas: 7 } });
    assert.equal(body.metadata.generation, 1);
    assert.deepEqual(body.status, {});
    const status = await server.ask('PUT', `${DEPLOYMENTS}/gen/status`, {
      ...body,
      spec: { ...body.spec, replicas: 9 },
      status: { replicas: 2, observedGeneration: 1 },
    });
    assert.equal(status.status, 200, status.text);
    assert.equal(status.body.spec.replicas, 2);
    assert.equal(status.body.status.replicas, 2);
    assert.equal(status.body.metadata.generation, 1);
    const spec = await server.ask('PUT', `${DEPLOYMENTS}/gen`, {
      ...status.body,
      spec: { ...body.spec, replicas: 3 },
      status: {},
    });
    assert.equal(spec.body.metadata.generation, 2);
    assert.equal(spec.body.status.replicas, 2);
    const scale = await server.ask('GET', `${DEPLOYMENTS}/gen/scale`);
    assert.deepEqual(scale.body.spec, { replicas: 3 });
    assert.deepEqual(scale.body.status, { replicas: 2, selector: 'app=gen' });
    const scaled = await server.ask('PATCH', `${DEPLOYMENTS}/gen/scale`, { spec: { replicas: 5 } }, MERGE);
    assert.equal(scaled.status, 200, scaled.text);
    assert.equal((await server.ask('GET', `${DEPLOYMENTS}/gen`)).body.metadata.generation, 3);
  });

  test('annotations of a deployment count as well: its replica sets get them', async () => {
    await server.ask('POST', DEPLOYMENTS, deployment('noted'));
    const patch = (metadata: object) => server.ask('PATCH', `${DEPLOYMENTS}/noted`, { metadata }, MERGE);
    assert.equal((await patch({ labels: { a: 'b' } })).body.metadata.generation, 1);
    assert.equal((await patch({ annotations: { a: 'b' } })).body.metadata.generation, 2);
    assert.equal((await patch({ annotations: null })).body.metadata.generation, 3);
  });

  test('a count of none has no owner, and a scale keeps its name', async () => {
    await server.ask('POST', `${DEPLOYMENTS}?fieldManager=me`, deployment('zero'));
    const scale = (patch: object) => server.ask('PATCH', `${DEPLOYMENTS}/zero/scale?fieldManager=you`, patch, MERGE);
    const owners = async () => {
      const { body } = await server.ask('GET', `${DEPLOYMENTS}/zero`);
      const all = body.metadata.managedFields as { manager: string; fieldsV1: { 'f:spec': object } }[];
      return all.filter(({ fieldsV1 }) => 'f:replicas' in fieldsV1['f:spec']).map(({ manager }) => manager);
    };
    assert.deepEqual(await owners(), ['me']);
    await scale({ spec: { replicas: 0 } });
    assert.deepEqual(await owners(), []);
    await scale({ spec: { replicas: 2 } });
    assert.deepEqual(await owners(), ['you']);
    const renamed = await scale({ metadata: { name: 'other' } });
    assert.equal(renamed.status, 400);
    assert.match(renamed.body.message, /the name of the object \(other\) does not match the name on the URL \(zero\)/);
  });

  test('managers are forgotten when a patch or an update says so', async () => {
    const { body } = await server.ask('POST', DEPLOYMENTS, deployment('forgotten'));
    assert.equal(body.metadata.managedFields.length, 1);
    const patch = [{ op: 'replace', path: '/metadata/managedFields', value: [] }];
    const patched = await server.ask('PATCH', `${DEPLOYMENTS}/forgotten`, patch, {
      headers: { 'content-type': 'application/json-patch+json' },
    });
    assert.equal(patched.body.metadata.managedFields, undefined);
    const again = await server.ask('POST', DEPLOYMENTS, deployment('forgotten-too'));
    const put = { ...again.body, metadata: { ...again.body.metadata, managedFields: [] } };
    const updated = await server.ask('PUT', `${DEPLOYMENTS}/forgotten-too`, put);
    assert.equal(updated.body.metadata.managedFields, undefined);
  });

  test('a node that registers keeps its status, and its CIDR stands in both fields', async () => {
    const status = { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }], capacity: { cpu: '2' } };
    const spec = { podCIDRs: ['10.1.0.0/24'] };
    const { status: code, body } = await server.ask('POST', '/api/v1/nodes', {
      metadata: { name: 'n1' },
      spec,
      status,
    });
    assert.equal(code, 201);
    assert.deepEqual(body.status.addresses, status.addresses);
    assert.equal(body.spec.podCIDR, '10.1.0.0/24');
    const changed = await server.ask('PUT', '/api/v1/nodes/n1', {
      ...body,
      status: {},
      spec: { podCIDR: '10.2.0.0/24' },
    });
    assert.equal(changed.status, 422);
    assert.match(changed.body.message, /node updates may not change podCIDR except from "" to valid/);
    const cordoned = { ...body, status: {}, spec: { ...body.spec, unschedulable: true } };
    const updated = await server.ask('PUT', '/api/v1/nodes/n1', cordoned);
    assert.deepEqual(updated.body.status.addresses, status.addresses, 'but an update leaves the status alone');
  });

  test('each type of patch does what it is for', async () => {
    await server.ask('POST', DEPLOYMENTS, deployment('patched'));
    const path = `${DEPLOYMENTS}/patched`;
    const image = (body: { spec: { template: { spec: { containers: { name: string; image: string }[] } } } }) =>
      body.spec.template.spec.containers.map((c) => `${c.name}=${c.image}`);
    const patch = { spec: { template: { spec: { containers: [{ name: 'b', image: 'three' }] } } } };
    assert.deepEqual(image((await server.ask('PATCH', path, patch, STRATEGIC)).body), ['a=one', 'b=three']);
    assert.deepEqual(image((await server.ask('PATCH', path, patch, MERGE)).body), ['b=three']);
    const replaced = await server.ask(
      'PATCH',
      path,
      [{ op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'four' }],
      JSON_PATCH,
    );
    assert.deepEqual(image(replaced.body), ['b=four']);
    assert.equal(
      (await server.ask('PATCH', path, [{ op: 'test', path: '/spec/replicas', value: 99 }], JSON_PATCH)).status,
      422,
    );
    assert.equal((await server.ask('PATCH', path, { metadata: { resourceVersion: '1' } }, MERGE)).status, 409);
    assert.equal((await server.ask('PATCH', path, {}, { headers: { 'content-type': 'text/plain' } })).status, 415);
    assert.equal((await server.ask('PATCH', `${path}-not`, {}, MERGE)).status, 404);
  });

  test('a patch that leaves nothing of the object is refused', async () => {
    await server.ask('POST', MAPS, { metadata: { name: 'nothing' }, data: { a: 'b' } });
    for (const patch of [
      [{ op: 'copy', from: '/-', path: '' }],
      [{ op: 'replace', path: '', value: null }],
      [{ op: 'replace', path: '', value: 'text' }],
    ]) {
      const { status, text } = await server.ask('PATCH', `${MAPS}/nothing`, patch, JSON_PATCH);
      assert.ok(status >= 400 && status < 500, `${status} ${text}`);
    }
    assert.deepEqual((await server.ask('GET', `${MAPS}/nothing`)).body.data, { a: 'b' });
  });

  test('fifty patches at once all count', async () => {
    await server.ask('POST', MAPS, { metadata: { name: 'busy' } });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => server.ask('PATCH', `${MAPS}/busy`, { data: { [`k${i}`]: 'x' } }, MERGE)),
    );
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(Object.keys((await server.ask('GET', `${MAPS}/busy`)).body.data).length, 50);
  });

  test('an apply creates, changes, conflicts, takes over and gives up fields', async () => {
    const path = `${DEPLOYMENTS}/applied`;
    const put = (manager: string, object: object, query = '') =>
      server.ask('PATCH', `${path}?fieldManager=${manager}${query}`, object, APPLY);
    assert.equal(
      (await server.ask('PATCH', path, deployment('applied'), APPLY)).status,
      422,
      'a field manager is required',
    );
    const created = await put('one', deployment('applied'));
    assert.equal(created.status, 201, created.text);
    assert.deepEqual(
      created.body.metadata.managedFields.map((m: { manager: string; operation: string }) => [m.manager, m.operation]),
      [['one', 'Apply']],
    );
    const again = await put('one', deployment('applied'));
    assert.equal(again.status, 200);
    assert.equal(
      again.body.metadata.resourceVersion,
      created.body.metadata.resourceVersion,
      'an apply that changes nothing writes nothing',
    );
    const conflict = await put('two', deployment('applied', 5));
    assert.equal(conflict.status, 409);
    assert.equal(conflict.body.message, 'Apply failed with 1 conflict: conflict with "one": .spec.replicas');
    assert.deepEqual(conflict.body.details.causes, [
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.replicas' },
    ]);
    const forced = await put('two', deployment('applied', 5), '&force=true');
    assert.equal(forced.body.spec.replicas, 5);
    const { replicas: _replicas, ...spec } = deployment('applied').spec;
    const given = await put('one', { ...deployment('applied'), spec });
    assert.equal(given.body.spec.replicas, 5);
    const yaml = await put(
      'three',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {labels: {by: yaml}}\n' as unknown as object,
    );
    assert.equal(yaml.status, 200, yaml.text);
    assert.equal(yaml.body.metadata.labels.by, 'yaml');
    assert.equal((await put('one', { ...deployment('applied'), apiVersion: 'v1' })).status, 400);
  });

  test('every other writer is accounted for too', async () => {
    await server.ask('POST', `${MAPS}?fieldManager=maker`, { metadata: { name: 'owned' }, data: { a: '1' } });
    const patched = await server.ask(
      'PATCH',
      `${MAPS}/owned`,
      { data: { b: '2' } },
      { headers: { ...MERGE.headers, 'user-agent': 'tool/v1' } },
    );
    const managers = patched.body.metadata.managedFields as { manager: string; fieldsV1: unknown }[];
    assert.deepEqual(
      managers.map(({ manager }) => manager),
      ['maker', 'tool'],
    );
    assert.deepEqual(managers[1]?.fieldsV1, { 'f:data': { 'f:b': {} } });
  });

  test('who writes a kind that nothing acts on is told so', async () => {
    const answer = await server.ask('POST', '/apis/resource.k8s.io/v1/deviceclasses', {
      metadata: { name: 'idle' },
      spec: {},
    });
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.headers['warning'], [
      '299 - "DeviceClass is stored and served, but nothing in this cluster acts on it yet"',
    ]);
    const template = await server.ask('POST', '/api/v1/namespaces/default/podtemplates', {
      metadata: { name: 'nobodys' },
      template: { spec: { containers: [{ name: 'c', image: 'i' }] } },
    });
    assert.equal(template.status, 201);
    assert.equal(template.headers['warning'], undefined, 'nothing in Kubernetes acts on it either');
  });

  test('a server goes on where another one left its store', async () => {
    const { body } = await server.ask('GET', `${MAPS}/odd`);
    const second = await startTestServer({ store: server.store });
    assert.deepEqual((await second.ask('GET', `${MAPS}/odd`)).body, body);
    await second.ask('PATCH', `${MAPS}/odd`, { data: { n: '1' } }, MERGE);
    assert.equal(
      (await server.ask('GET', `${MAPS}/odd`)).body.data.n,
      '1',
      'two servers on one store see each other’s writes',
    );
    await second.close();
  });
});
