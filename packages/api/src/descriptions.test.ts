/** Descriptions come from the build; where it made none, there are none. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadDescriptions, typeFacts, typePackages, typesOfPackage } from './index.ts';

test('types and fields of built-in kinds are described', async () => {
  const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../..');
  execFileSync(process.execPath, [path.join(root, 'scripts/generate-descriptions.mjs')]);
  const describe = await loadDescriptions();
  assert.ok(describe);
  assert.match(describe('io.k8s.api.core.v1.Pod') ?? '', /^Pod is a collection of containers/);
  assert.match(describe('io.k8s.api.core.v1.ContainerPort', 'protocol') ?? '', /Defaults to "TCP"\.$/);
  assert.ok(describe('io.k8s.api.core.v1.Pod', 'spec'), 'a field without words of its own has those of its type');
  assert.match(describe('io.k8s.api.core.v1.Pod', 'metadata') ?? '', /^Standard object's metadata\. /);
  assert.equal(describe('io.k8s.api.core.v1.Nothing'), undefined);
  const fields = typePackages()
    .filter((p) => p.startsWith('io.k8s.api.'))
    .flatMap(typesOfPackage)
    .flatMap((type) => Object.keys(typeFacts(type)?.fields ?? {}).map((field) => [type, field] as const));
  const described = fields.filter(([type, field]) => describe(type, field));
  assert.ok(described.length / fields.length > 0.9, `${described.length} of ${fields.length}`);
});
