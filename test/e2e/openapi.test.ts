// What programs learn of the types from the server's OpenAPI documents, asked with real kubectl: explain in both versions, of
// every kind, and what client-side apply and diff make of the merge keys.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ClientCluster, startClientCluster } from '../lib/embedded.ts';
import { kubectlPath } from '../lib/index.ts';

const kubectl = kubectlPath() ?? '';
const skip = kubectl ? false : 'no real kubectl: node scripts/setup.mjs --tests';
const AT_ONCE = 4;

const service = (port: number, name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's' },
  spec: { selector: { app: 's' }, ports: [{ name, port, protocol: 'TCP' }] },
});

describe('OpenAPI as kubectl reads it', { skip }, () => {
  let cluster: ClientCluster;
  before(async () => {
    cluster = await startClientCluster({ nodes: 0 });
  });
  after(() => cluster.close());

  it('explains out of the v2 document in protobuf', async () => {
    const text = await cluster.must(kubectl, ['explain', 'deployment.spec', '--output=plaintext-openapiv2']);
    assert.match(text, /^KIND: +Deployment\nVERSION: +apps\/v1$/m);
    assert.match(text, /^ +replicas\t<integer>$/m);
    assert.match(text, /^ +selector\t<Object> -required-$/m);
  });

  it('explains every kind that is served, all of it', async () => {
    const listed = await cluster.must(kubectl, ['api-resources', '--no-headers', '--sort-by=name']);
    // Short names and categories may be missing: kind, scope and version stand at the end.
    const kinds = [...listed.matchAll(/^(\S+) .*?(\S+) +(?:true|false) +(\S+) *$/gm)].map(
      ([, name = '', version = '', kind = '']) => ({
        name,
        version,
        kind,
      }),
    );
    assert.ok(kinds.length > 60, `${kinds.length} kinds`);
    const faults: string[] = [];
    const explain = async ({ name, version, kind }: (typeof kinds)[number]): Promise<void> => {
      const { code, stdout, stderr } = await cluster.run(kubectl, [
        'explain',
        name,
        '--recursive',
        `--api-version=${version}`,
      ]);
      const fields =
        /^KIND: +(\S+)$/m.exec(stdout)?.[1] === kind &&
        /^FIELDS:$/m.test(stdout) &&
        /^ {2}apiVersion\t<string>$/m.test(stdout);
      if (code !== 0 || !fields) faults.push(`${name} ${version}: ${stderr || stdout.slice(0, 200)}`);
    };
    const queue = [...kinds];
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next; next = queue.shift()) await explain(next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    assert.deepEqual(faults, []);
  });

  it('merges by the keys that the documents say, in apply and in diff', async () => {
    const apply = (object: object, command = 'apply') =>
      cluster.run(kubectl, [command, '-f', '-'], { input: JSON.stringify(object) });
    assert.equal((await apply(service(80, 'a'))).code, 0);
    const second = await apply(service(80, 'b'));
    assert.equal(second.stdout, 'service/s configured\n');
    const ports = await cluster.must(kubectl, ['get', 'service', 's', '-o', 'jsonpath={.spec.ports[*].name}']);
    assert.equal(ports, 'b', 'one port, merged by its number');
    const diff = await apply(service(80, 'c'), 'diff');
    assert.equal(diff.code, 1);
    assert.match(diff.stdout, /^\+ +- name: c$/m);
  });
});
