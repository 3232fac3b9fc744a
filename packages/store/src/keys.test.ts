import assert from 'node:assert/strict';
import { it } from 'node:test';
import { keyOf, parseKey, prefixOf, storagePrefixOf } from './keys.ts';

for (const [resource, group, custom, prefix] of [
  ['pods', '', false, 'pods'],
  ['nodes', '', false, 'minions'],
  ['services', '', false, 'services/specs'],
  ['endpoints', '', false, 'services/endpoints'],
  ['replicationcontrollers', '', false, 'controllers'],
  ['ingresses', 'networking.k8s.io', false, 'ingress'],
  ['ingressclasses', 'networking.k8s.io', false, 'ingressclasses'],
  ['customresourcedefinitions', 'apiextensions.k8s.io', false, 'apiextensions.k8s.io/customresourcedefinitions'],
  ['widgets', 'example.com', true, 'example.com/widgets'],
] as const)
  it(`keeps ${resource}${group && `.${group}`} below ${prefix}`, () =>
    assert.equal(storagePrefixOf({ group, resource, custom }), prefix));

it('makes keys that parse again', () => {
  assert.equal(keyOf('pods', { namespace: 'default', name: 'x' }), '/registry/pods/default/x');
  assert.equal(keyOf('minions', { name: 'node-1' }), '/registry/minions/node-1');
  assert.equal(prefixOf('pods', 'a'), '/registry/pods/a/');
  assert.deepEqual(parseKey('pods', '/registry/pods/default/x', true), { namespace: 'default', name: 'x' });
  assert.deepEqual(parseKey('minions', '/registry/minions/n', false), { namespace: '', name: 'n' });
});

it('takes no key of another resource or shape', () => {
  assert.equal(parseKey('pods', '/registry/podtemplates/default/x', true), undefined);
  assert.equal(parseKey('pods', '/registry/pods/default', true), undefined);
  assert.equal(parseKey('pods', '/registry/pods/default/', true), undefined);
  assert.equal(parseKey('minions', '/registry/minions/a/b', false), undefined);
});
