import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normalizeReference, parseReference } from './reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('image references', () => {
  const good: [string, string][] = [
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['user/app', 'docker.io/user/app:latest'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['index.docker.io/library/busybox', 'docker.io/library/busybox:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/a/b/c:v1', 'localhost:5000/a/b/c:v1'],
    ['registry.test/app', 'registry.test/app:latest'],
    ['[::1]:5000/app', '[::1]:5000/app:latest'],
    [`busybox@${digest}`, `docker.io/library/busybox@${digest}`],
    [`busybox:1.36@${digest}`, `docker.io/library/busybox@${digest}`],
  ];
  for (const [text, normal] of good) it(`reads ${text}`, () => assert.equal(normalizeReference(text), normal));

  const bad = [
    '',
    'UPPER',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a:b:c',
    'a@sha256:12',
    'a b',
    '../etc',
    'a/../b',
    'host:port/x',
    `${'a'.repeat(256)}`,
  ];
  for (const text of bad)
    it(`refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.throws(() => parseReference(text), { code: 'InvalidImageName' });
    });
});
