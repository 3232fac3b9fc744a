/** Every plain row of the facts' defaults is honoured, and the rules with conditions do what Kubernetes does. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defaultImagePullPolicy, schemaOf } from '../index.ts';

const factsFile = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../../../shared/data/defaults.json');
const noFacts = fs.existsSync(factsFile) ? false : `the facts are not here: ${factsFile}`;

interface Row {
  type: string;
  field: string;
  set?: unknown;
  if?: string;
  featureGate?: string;
  declared?: boolean;
}

/** An object that has everything on the way to the field, but not the field. */
function emptyUpTo(field: string): { object: Record<string, unknown>; read: (from: unknown) => unknown } {
  const steps = field.split('.');
  const build = (at: number): unknown => {
    if (at >= steps.length - 1) return {};
    const step = steps[at] ?? '';
    return step.endsWith('[]') ? { [step.slice(0, -2)]: [build(at + 1)] } : { [step]: build(at + 1) };
  };
  const read = (from: unknown): unknown =>
    steps.reduce<unknown>((value, step) => {
      const next = (value as Record<string, unknown> | undefined)?.[step.replace('[]', '')];
      return step.endsWith('[]') ? (next as unknown[] | undefined)?.[0] : next;
    }, from);
  return { object: build(0) as Record<string, unknown>, read };
}

test('every unconditional default of the facts is set', { skip: noFacts }, () => {
  const { defaults } = JSON.parse(fs.readFileSync(factsFile, 'utf8')) as { defaults: Row[] };
  const rows = defaults.filter((r) => 'set' in r && r.if === undefined && !r.declared);
  assert.ok(rows.length > 90);
  for (const { type, field, set } of rows) {
    const { object, read } = emptyUpTo(field);
    const defaulted = schemaOf(type).applyDefaults(schemaOf(type).decode(object).object);
    assert.deepEqual(read(defaulted), set, `${type} ${field}`);
  }
});

/** What stands at a path: 'spec.containers.0.image'. */
const at = (object: unknown, place: string): unknown =>
  place.split('.').reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], object);

const defaulted = (type: string, object: object): unknown => {
  const schema = schemaOf(`io.k8s.api.${type}`);
  return schema.applyDefaults(schema.decode({ metadata: { name: 'a' }, ...object }).object);
};
const pod = (spec: object) => defaulted('core.v1.Pod', { spec });

test('an image is pulled always for tag latest and where neither tag nor digest is given', () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  for (const image of [
    'nginx',
    'nginx:latest',
    'host:5000/nginx',
    'host:5000/a/nginx:latest',
    `nginx:latest@${digest}`,
  ])
    assert.equal(defaultImagePullPolicy(image), 'Always', image);
  for (const image of ['nginx:1.27', 'host:5000/nginx:1', `nginx@${digest}`, `nginx:1@${digest}`, ''])
    assert.equal(defaultImagePullPolicy(image), 'IfNotPresent', image);
});

test('a pod gets requests from limits and host ports under hostNetwork; a template gets neither', () => {
  const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m' } };
  const spec = {
    hostNetwork: true,
    containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }], resources }],
  };
  const own = pod(spec);
  assert.deepEqual(at(own, 'spec.containers.0.ports'), [{ hostPort: 80, containerPort: 80, protocol: 'TCP' }]);
  assert.deepEqual(at(own, 'spec.containers.0.resources.requests'), { cpu: '100m', memory: '1Gi' });
  const deployment = defaulted('apps.v1.Deployment', { spec: { selector: {}, template: { spec } } });
  assert.deepEqual(at(deployment, 'spec.template.spec.containers.0.ports'), [{ containerPort: 80, protocol: 'TCP' }]);
  assert.deepEqual(at(deployment, 'spec.template.spec.containers.0.resources'), resources);
  assert.equal(at(deployment, 'spec.template.spec.enableServiceLinks'), undefined);
});

test('a grace below nothing is one second for a pod, and stays as it is in a template', () => {
  const spec = { containers: [], terminationGracePeriodSeconds: -1 };
  assert.equal(at(pod(spec), 'spec.terminationGracePeriodSeconds'), 1);
  const deployment = defaulted('apps.v1.Deployment', { spec: { selector: {}, template: { spec } } });
  assert.equal(at(deployment, 'spec.template.spec.terminationGracePeriodSeconds'), -1);
});

test('serviceAccountName and its old name mirror each other', () => {
  assert.equal(at(pod({ serviceAccount: 'a' }), 'spec.serviceAccountName'), 'a');
  assert.equal(at(pod({ serviceAccountName: 'a' }), 'spec.serviceAccount'), 'a');
  assert.equal(at(pod({ serviceAccountName: 'a', serviceAccount: 'b' }), 'spec.serviceAccount'), 'a');
});

test('a service gets what its type calls for', () => {
  const spec = (given: object) => at(defaulted('core.v1.Service', { spec: given }), 'spec');
  assert.deepEqual(spec({ ports: [{ port: 80 }], selector: { a: 'b' } }), {
    ports: [{ protocol: 'TCP', port: 80, targetPort: 80 }],
    selector: { a: 'b' },
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
  });
  const balancer = spec({
    type: 'LoadBalancer',
    ports: [{ port: 80, targetPort: 'http' }],
    sessionAffinity: 'ClientIP',
  });
  assert.equal(at(balancer, 'externalTrafficPolicy'), 'Cluster');
  assert.equal(at(balancer, 'allocateLoadBalancerNodePorts'), true);
  assert.equal(at(balancer, 'sessionAffinityConfig.clientIP.timeoutSeconds'), 10800);
  assert.equal(at(spec({ type: 'ExternalName', externalName: 'x' }), 'internalTrafficPolicy'), undefined);
  assert.equal(at(spec({ sessionAffinityConfig: { clientIP: {} } }), 'sessionAffinityConfig'), undefined);
});

test('a job without completions and parallelism runs once, and with a failure policy replaces failed pods only', () => {
  const spec = (given: object) => at(defaulted('batch.v1.Job', { spec: { template: {}, ...given } }), 'spec');
  assert.equal(at(spec({}), 'completions'), 1);
  assert.equal(at(spec({ parallelism: 2 }), 'completions'), undefined);
  assert.equal(at(spec({ backoffLimitPerIndex: 1 }), 'backoffLimit'), 2147483647);
  assert.equal(at(spec({ podFailurePolicy: { rules: [] } }), 'podReplacementPolicy'), 'Failed');
});

test('limit ranges derive defaults from maximum and minimum', () => {
  const limits = [{ type: 'Container', max: { cpu: '2' }, min: { cpu: '1', memory: '1Mi' } }];
  const range = defaulted('core.v1.LimitRange', { spec: { limits } });
  assert.deepEqual(at(range, 'spec.limits.0.default'), { cpu: '2' });
  assert.deepEqual(at(range, 'spec.limits.0.defaultRequest'), { cpu: '2', memory: '1Mi' });
});

test('pod-level requests come from the containers, else from the limit', () => {
  const asking = (name: string, cpu: string) => ({ name, image: 'i', resources: { requests: { cpu } } });
  const object = pod({
    containers: [asking('a', '100m'), asking('b', '1')],
    resources: { limits: { cpu: '4', memory: '1Gi' } },
  });
  assert.deepEqual(at(object, 'spec.resources.requests'), { cpu: '1100m', memory: '1Gi' });
});
