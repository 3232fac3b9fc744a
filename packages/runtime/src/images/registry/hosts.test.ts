import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { placesOf } from './hosts.ts';

describe('where images are asked for', () => {
  let root = '';
  before(() => (root = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-certs-'))));
  after(() => fs.rmSync(root, { recursive: true, force: true }));
  const put = (name: string, text: string): void => {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  };
  const basesOf = async (registry: string, ...folders: string[]): Promise<string[]> =>
    (await placesOf(registry, folders.length > 0 ? folders : [root])).map(({ base }) => base);

  it('is the registry itself where nothing is said', async () => {
    assert.deepEqual(await basesOf('docker.io'), ['https://registry-1.docker.io/v2']);
    const [place] = await placesOf('localhost:5000', [root]);
    assert.deepEqual([place?.base, place?.mayBePlain], ['https://localhost:5000/v2', true]);
  });

  it('is the mirrors in their order, then the server', async () => {
    put(
      'docker.io/hosts.toml',
      `
server = "https://docker.test"
[host."https://first.test/cache"]
  capabilities = ["pull"]
  [host."https://first.test/cache".header]
    x-team = ["a", "b"]
[host."http://second.test:5000/exact/v2"]
  override_path = true
  skip_verify = true
`,
    );
    const places = await placesOf('docker.io', [root]);
    assert.deepEqual(
      places.map(({ base, capabilities, namespace, headers, tls }) => [
        base,
        capabilities.join(),
        namespace,
        headers['x-team'],
        tls.skipVerify,
      ]),
      [
        ['https://first.test/cache/v2', 'pull', 'docker.io', 'a, b', false],
        ['http://second.test:5000/exact/v2', 'pull,resolve', 'docker.io', undefined, true],
        ['https://docker.test/v2', 'pull,resolve', 'docker.io', undefined, false],
      ],
    );
  });

  it('is the registry itself after its mirrors where no server is named, with the settings at the top', async () => {
    put('own.test/ca.pem', 'PEM');
    put('own.test/hosts.toml', 'ca = "ca.pem"\n[host."https://m.test"]\n');
    const places = await placesOf('own.test', [root]);
    assert.deepEqual(
      places.map(({ base, tls }) => [base, ...tls.ca]),
      [['https://m.test/v2'], ['https://own.test/v2', 'PEM']],
    );
  });

  it('may be plain HTTP where a configuration says so', async () => {
    put('plain.test/hosts.toml', 'server = "http://plain.test:80"');
    assert.deepEqual(await basesOf('plain.test'), ['http://plain.test/v2']);
  });

  it('takes certificates as Docker keeps them where there is no hosts.toml', async () => {
    put('docker.test_5000_/ca.crt', 'CA');
    put('docker.test_5000_/me.cert', 'CERT');
    put('docker.test_5000_/me.key', 'KEY');
    const [place] = await placesOf('docker.test:5000', [root]);
    assert.deepEqual(place?.tls, { skipVerify: false, ca: ['CA'], client: [{ cert: 'CERT', key: 'KEY' }] });
  });

  it('is what the nearest folder says that knows the host, or its _default', async () => {
    const [near, far] = [path.join(root, 'near'), path.join(root, 'far')];
    put('near/a.test/hosts.toml', 'server = "https://near.test"');
    put('far/a.test/hosts.toml', 'server = "https://far.test"');
    put('far/_default/hosts.toml', '[host."https://cache.test"]\n');
    assert.deepEqual(await basesOf('a.test', near, far), ['https://near.test/v2']);
    assert.deepEqual(await basesOf('b.test', near, far), ['https://cache.test/v2', 'https://b.test/v2']);
  });

  it('tells which file is wrong', async () => {
    put('bad.test/hosts.toml', 'server = [');
    await assert.rejects(placesOf('bad.test', [root]), /bad\.test\/hosts\.toml: /);
    put('worse.test/hosts.toml', 'ca = "missing.pem"');
    await assert.rejects(placesOf('worse.test', [root]), /worse\.test\/hosts\.toml: .*missing\.pem/);
  });
});
