/**
 * Who may do what, as a table: what the bootstrap roles give is computed from the facts by a small model of its own, and
 * the server has to say the same in reviews, and to let through or refuse the same in real requests.
 */
import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { findDefinition, registry } from '@mkube/api';
import {
  type BootstrapFile,
  type Facts,
  type Identity,
  type ModelBinding,
  type Question,
  factsOf,
  identityOf,
  mayDo,
  questionsAbout,
} from './testing/rbac-model.ts';
import { type TestServer, startTestServer } from './testing/test-server.ts';

const FILE = new URL('../../../../shared/data/rbac-bootstrap.json', import.meta.url);
const skip = fs.existsSync(FILE) ? false : 'the facts (../shared/data/rbac-bootstrap.json) are not here';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const METHODS: Record<string, string> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};
const NAMELESS = new Set(['list', 'watch', 'create', 'deletecollection']);

/** Users of the three roles that people get, in one namespace and everywhere. */
const GIVEN: ModelBinding[] = ['admin', 'edit', 'view'].flatMap((role): ModelBinding[] => {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role };
  return [
    { kind: 'RoleBinding', name: role, namespace: 'dev', roleRef, subjects: [{ kind: 'User', name: `dev-${role}` }] },
    { kind: 'ClusterRoleBinding', name: `all-${role}`, roleRef, subjects: [{ kind: 'Group', name: `all-${role}s` }] },
  ];
});

const PEOPLE: Identity[] = [
  ...GIVEN.flatMap(({ subjects = [] }) => subjects.map(identityOf)),
  { username: 'nobody', groups: ['system:authenticated'] },
  { username: 'system:anonymous', groups: ['system:unauthenticated'] },
  { username: 'root', groups: ['system:masters', 'system:authenticated'] },
  identityOf({ kind: 'User', name: 'system:kube-scheduler' }),
  identityOf({ kind: 'User', name: 'system:kube-controller-manager' }),
  identityOf({ kind: 'ServiceAccount', namespace: 'dev', name: 'default' }),
  identityOf({ kind: 'ServiceAccount', namespace: 'kube-system', name: 'generic-garbage-collector' }),
];

const ASKED: readonly (readonly [group: string, resource: string, subresource?: string])[] = [
  ['', 'pods'],
  ['', 'pods', 'log'],
  ['', 'pods', 'exec'],
  ['', 'pods', 'binding'],
  ['', 'secrets'],
  ['', 'serviceaccounts', 'token'],
  ['', 'nodes'],
  ['', 'resourcequotas'],
  ['apps', 'deployments'],
  ['apps', 'deployments', 'scale'],
  ['rbac.authorization.k8s.io', 'roles'],
  ['rbac.authorization.k8s.io', 'clusterroles'],
  ['coordination.k8s.io', 'leases'],
  ['networking.k8s.io', 'ingresses'],
];

interface Row {
  who: Identity;
  question: Question;
}

const peopleRows: Row[] = PEOPLE.flatMap((who) =>
  ASKED.flatMap(([group, resource, subresource = '']) =>
    ['dev', ''].flatMap((namespace) =>
      VERBS.map((verb) => ({ who, question: { verb, group, resource, subresource, namespace, name: 'x' } })),
    ),
  ),
);

describe('the decision table of the bootstrap roles', { skip }, () => {
  let server: TestServer;
  let facts: Facts;
  let rows: Row[];
  before(async () => {
    facts = factsOf(JSON.parse(fs.readFileSync(FILE, 'utf8')) as BootstrapFile, GIVEN);
    rows = unique([...peopleRows, ...questionsAbout(facts)]);
    server = await startTestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'dev' } });
    for (const { kind, name, namespace, roleRef, subjects } of GIVEN) {
      const path = namespace ? `${RBAC}/namespaces/${namespace}/rolebindings` : `${RBAC}/clusterrolebindings`;
      const { status, text } = await server.ask('POST', path, { kind, metadata: { name }, roleRef, subjects });
      assert.equal(status, 201, text);
    }
  });
  after(() => server.close());

  test('reviews say what the model computes', async () => {
    const wrong: string[] = [];
    let allowed = 0;
    for (const { who, question } of rows) {
      const expected = mayDo(facts, who, question);
      if (expected) allowed++;
      const { status, text, body } = await server.ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        spec: { user: who.username, groups: who.groups, ...attributesOf(question) },
      });
      assert.equal(status, 201, text);
      if (body.status.allowed !== expected) wrong.push(`${shown({ who, question })}: not ${expected}`);
    }
    assert.deepEqual(wrong, []);
    assert.ok(rows.length >= 200, `${rows.length} rows`);
    assert.ok(allowed >= 200 && rows.length - allowed >= 200, `${allowed} of ${rows.length} are allowed`);
  });

  test('requests are let through or refused as the model computes', async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const row of rows) {
      const request = requestOf(row.question);
      if (!request || !row.who.groups.includes('system:authenticated')) continue;
      const { method, path, question } = request;
      const expected = mayDo(facts, row.who, question);
      asked++;
      if ((await isLetThrough(server, { method, path, who: row.who, question })) !== expected)
        wrong.push(`${method} ${path} of ${row.who.username}: not ${expected}`);
    }
    assert.deepEqual(wrong, []);
    assert.ok(asked >= 200, `${asked} requests`);
  });

  test('the rules a user is told of are those that decide', async () => {
    for (const who of PEOPLE.filter(({ groups }) => groups.includes('system:authenticated'))) {
      const { body } = await server.ask(
        'POST',
        '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
        { spec: { namespace: 'dev' } },
        { user: who },
      );
      const told: Facts = {
        roles: [{ kind: 'ClusterRole', name: 'told', rules: body.status.resourceRules }],
        bindings: [
          {
            kind: 'ClusterRoleBinding',
            name: 'told',
            roleRef: { apiGroup: '', kind: 'ClusterRole', name: 'told' },
            subjects: [{ kind: 'User', name: who.username }],
          },
        ],
      };
      for (const { question } of peopleRows.filter((row) => row.who === who && row.question.namespace === 'dev'))
        assert.equal(
          mayDo(told, { ...who, groups: [] }, question),
          mayDo(facts, who, question),
          shown({ who, question }),
        );
    }
  });
});

const attributesOf = ({ path, verb, ...resource }: Question) =>
  path === undefined ? { resourceAttributes: { verb, ...resource } } : { nonResourceAttributes: { verb, path } };

/** The request that asks just this, where the API has one; what it asks may have no name, or the name as its namespace. */
function requestOf(question: Question): { method: string; path: string; question: Question } | undefined {
  const { path, verb, group, resource, subresource, namespace } = question;
  if (path !== undefined) return { method: verb.toUpperCase(), path, question };
  const method = METHODS[verb];
  const version = registry.find((known) => known.group === group && known.resource === resource)?.version;
  const definition = version && findDefinition({ group, version, resource });
  if (!method || !definition || (subresource && NAMELESS.has(verb) && verb !== 'create')) return undefined;
  if (!definition.namespaced && namespace) return undefined;
  const name = !subresource && NAMELESS.has(verb) ? '' : question.name || 'x';
  const parts = [group ? `/apis/${group}/${version}` : `/api/${version}`, namespace && `namespaces/${namespace}`];
  return {
    method,
    path: [...parts, resource, name, subresource].filter(Boolean).join('/'),
    question: { ...question, name, namespace: resource === 'namespaces' ? name : namespace },
  };
}

/** Whether authorization lets it pass: what comes of the request then is not asked here. */
async function isLetThrough(
  server: TestServer,
  { method, path, who, question }: { method: string; path: string; who: Identity; question: Question },
): Promise<boolean> {
  const refusal = new RegExp(`cannot ${question.verb} (resource|path) `);
  if (question.verb === 'watch') {
    const watch = await server.watch(`${path}?watch=true`, { user: who });
    watch.close();
    return watch.status !== 403;
  }
  const body = method === 'GET' || method === 'DELETE' ? undefined : {};
  const answer = await server.ask(method, `${path}?dryRun=All`, body, { user: who });
  assert.ok(answer.status < 500 || answer.status === 503, `${method} ${path}: ${answer.text}`);
  return answer.status !== 403 || !refusal.test(answer.text);
}

const unique = (rows: readonly Row[]): Row[] => [
  ...new Map(rows.map((row) => [JSON.stringify([row.who.username, row.question]), row])).values(),
];

const shown = ({ who, question: { verb, group, resource, subresource, namespace, name, path } }: Row): string =>
  `${who.username} ${verb} ${path ?? `${resource}${subresource && `/${subresource}`}.${group} ${namespace}/${name}`}`;
