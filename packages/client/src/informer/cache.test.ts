import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConfigMap } from '@mkube/api';
import { keyOf, parseKey } from '@mkube/apimachinery';
import { Cache } from './cache.ts';

const configMap = (key: string, data: Record<string, string>): ConfigMap => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { ...parseKey(key), uid: key, resourceVersion: '1', creationTimestamp: '2025-01-01T00:00:00Z' },
  data,
});

describe('an informer cache', () => {
  it('finds objects by key, namespace and index, and follows changes of what is indexed', () => {
    const cache = new Cache<ConfigMap>();
    cache.set(configMap('a/x', { colour: 'red' }));
    cache.addIndexers({ colour: ({ data }) => [data?.['colour'] ?? ''] });
    cache.set(configMap('a/y', { colour: 'blue' }));
    cache.set(configMap('b/x', { colour: 'red' }));
    const names = (objects: ConfigMap[]) => objects.map(keyOf);
    assert.deepEqual(names(cache.list('a')), ['a/x', 'a/y']);
    assert.deepEqual(names(cache.by('colour', 'red')), ['a/x', 'b/x']);
    cache.set(configMap('a/x', { colour: 'blue' }));
    assert.deepEqual(names(cache.by('colour', 'red')), ['b/x']);
    cache.delete('b/x');
    assert.deepEqual(names(cache.by('colour', 'red')), []);
    assert.equal(cache.get({ name: 'y', namespace: 'a' })?.data?.['colour'], 'blue');
    assert.equal(cache.size, 2);
  });

  it('refuses an index that nobody made', () => {
    assert.throws(() => new Cache().by('colour', 'red'), /no index "colour"/);
  });
});
