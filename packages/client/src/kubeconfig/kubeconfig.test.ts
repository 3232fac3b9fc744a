import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createManualClock } from '../clock.ts';
import { loadKubeconfig } from './load.ts';
import { resolveKubeconfig } from './resolve.ts';
import { removeKubeconfigEntry, setKubeconfigNamespace, useKubeconfigContext, writeKubeconfigEntry } from './write.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), `kubeconfig-${randomBytes(4).toString('hex')}-`));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

const config = (parts: { current?: string; context?: string; server?: string; user?: string }) => `apiVersion: v1
kind: Config
${parts.current ? `current-context: ${parts.current}\n` : ''}clusters:
- name: c
  cluster: {server: "${parts.server ?? 'https://127.0.0.1:6443'}"}
users:
- name: u
  user: ${parts.user ?? '{token: secret}'}
contexts:
- name: ${parts.context ?? 'one'}
  context: {cluster: c, user: u, namespace: team}
`;

describe('loading kubeconfigs', () => {
  it('merges the list of KUBECONFIG, the first file winning, and skips missing ones', async () => {
    const a = await put('a', config({ context: 'one', server: 'https://a' }));
    const b = await put('b', config({ current: 'two', context: 'two', server: 'https://b' }));
    const files = [path.join(folder, 'missing'), a, b].join(':');
    const merged = await loadKubeconfig({ env: { KUBECONFIG: files } });
    assert.equal(merged.currentContext, 'two');
    assert.deepEqual([...merged.contexts.keys()], ['one', 'two']);
    assert.equal(merged.clusters.get('c')?.value.server, 'https://a');
  });

  it('reads the default file of the home folder, and an empty one where there is none', async () => {
    const none = await loadKubeconfig({ env: { HOME: folder } });
    assert.equal(none.contexts.size, 0);
    await assert.rejects(resolveKubeconfig(none), /there is no cluster in .*\.kube\/config/);
  });

  for (const [what, text, message] of [
    ['text that is no YAML', 'a: [', /is no YAML/],
    ['a list', '- a', /holds no mapping/],
    ['clusters that are no list', 'clusters: 7', /clusters is no list/],
    ['an entry without a name', 'users: [{user: {}}]', /users\[0\] has no name/],
    ['an entry that is no mapping', 'users: [{name: a, user: 7}]', /users\[0\]\.user is no mapping/],
  ] as const) {
    it(`refuses ${what} in words`, async () => {
      await assert.rejects(loadKubeconfig({ explicit: await put('x', text), env: {} }), message);
    });
  }

  it('refuses an explicit file that is not there', async () => {
    await assert.rejects(loadKubeconfig({ explicit: path.join(folder, 'no'), env: {} }), /does not exist/);
  });
});

describe('resolving a context', () => {
  const resolve = async (text: string, choice = {}) =>
    resolveKubeconfig(await loadKubeconfig({ explicit: await put('x', text), env: {} }), choice);

  it('gives server, namespace and token', async () => {
    const connection = await resolve(config({ current: 'one' }));
    assert.equal(connection.namespace, 'team');
    assert.deepEqual(connection.options, { server: 'https://127.0.0.1:6443', token: 'secret' });
  });

  it('says which contexts there are when none is chosen or one is unknown', async () => {
    await assert.rejects(resolve(config({})), /choose one of one with --context/);
    await assert.rejects(resolve(config({}), { context: 'x' }), /the context "x" does not exist/);
  });

  it('reads certificates beside the kubeconfig or inside it', async () => {
    await put('me.crt', 'CERT');
    const data = Buffer.from('KEY').toString('base64');
    const user = `{client-certificate: me.crt, client-key-data: ${data}}`;
    const { options } = await resolve(config({ current: 'one', user }));
    assert.deepEqual([options.cert, options.key], ['CERT', 'KEY']);
    await assert.rejects(resolve(config({ current: 'one', user: '{client-key: no.key}' })), /no\.key.* cannot be read/);
  });

  it('reads a token file again after a minute', async () => {
    const clock = createManualClock();
    await put('token', 'first\n');
    const { options } = await resolve(config({ current: 'one', user: '{tokenFile: token}' }), { clock });
    const token = options.token as () => Promise<string>;
    assert.equal(await token(), 'first');
    await put('token', 'second');
    assert.equal(await token(), 'first');
    clock.advance(60_000);
    assert.equal(await token(), 'second');
  });

  const plugin = async (script: string) => {
    const file = await put('plugin', `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o700);
    return `{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never, provideClusterInfo: true, env: [{name: WHO, value: me}]}}`;
  };
  const credential = (status: string) =>
    `cat <<END\n{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":${status}}\nEND`;

  it('asks an exec plugin, and again once its token has expired', async () => {
    const clock = createManualClock();
    const user = await plugin(
      `echo x >> calls; ${credential('{"token":"$WHO-$(wc -l < calls | tr -d " ")","expirationTimestamp":"2025-01-01T01:00:00Z"}')}`.replaceAll(
        'calls',
        path.join(folder, 'calls'),
      ),
    );
    const { options } = await resolve(config({ current: 'one', user }), { clock, env: process.env });
    const token = options.token as () => Promise<string>;
    assert.deepEqual([await token(), await token()], ['me-1', 'me-1']);
    clock.advance(3_600_000);
    assert.equal(await token(), 'me-2');
  });

  it('says what an exec plugin did wrong', async () => {
    const ask = async (script: string) =>
      resolve(config({ current: 'one', user: await plugin(script) }), { env: process.env });
    await assert.rejects(ask('exit 3'), /ended with exit code 3/);
    await assert.rejects(ask('echo nonsense'), /answered no JSON/);
    await assert.rejects(ask(credential('{}')), /neither a token nor a certificate/);
  });
});

describe('writing kubeconfigs', () => {
  const entry = { name: 'mkube', cluster: { server: 'https://127.0.0.1:7443' }, user: { token: 't' } };

  it('makes the file and its folder, for the owner alone', async () => {
    const file = path.join(folder, 'new', 'config');
    assert.equal(await writeKubeconfigEntry(entry, { explicit: file, env: {} }), file);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const { currentContext, contexts } = await loadKubeconfig({ explicit: file, env: {} });
    assert.deepEqual([currentContext, [...contexts.keys()]], ['mkube', ['mkube']]);
  });

  it('keeps comments, unknown fields and other entries, and leaves nothing beside the file', async () => {
    const text = `# mine\n${config({ current: 'one' })}preferences: {colors: true}\n`;
    const file = await put('config', text);
    await writeKubeconfigEntry(entry, { explicit: file, env: {} });
    const written = await readFile(file, 'utf8');
    assert.match(written, /^# mine\n/);
    assert.match(written, /preferences: ?\{ ?colors: true ?\}/);
    await removeKubeconfigEntry('mkube', { explicit: file, env: {} });
    const after = await loadKubeconfig({ explicit: file, env: {} });
    assert.deepEqual([after.currentContext, [...after.contexts.keys()], [...after.users.keys()]], ['', ['one'], ['u']]);
    assert.deepEqual(await readdir(folder), ['config']);
  });

  it('changes an entry where it is, and adds to the last existing file of the list', async () => {
    const a = await put('a', config({ context: 'one' }));
    const b = await put('b', config({ context: 'two', current: 'two' }));
    const env = { KUBECONFIG: [a, b, path.join(folder, 'none')].join(':') };
    assert.equal(await writeKubeconfigEntry(entry, { env }), b);
    await setKubeconfigNamespace('one', 'elsewhere', { env });
    assert.match(await readFile(a, 'utf8'), /elsewhere/);
    await useKubeconfigContext('one', { env });
    assert.equal((await loadKubeconfig({ env })).currentContext, 'one');
    await assert.rejects(useKubeconfigContext('x', { env }), /"x" does not exist/);
  });

  it('loses nothing when several write at once', async () => {
    const file = path.join(folder, 'config');
    const names = Array.from({ length: 8 }, (_, i) => `cluster-${i}`);
    await Promise.all(names.map((name) => writeKubeconfigEntry({ ...entry, name }, { explicit: file, env: {} })));
    const { contexts } = await loadKubeconfig({ explicit: file, env: {} });
    assert.deepEqual([...contexts.keys()].toSorted(), names);
  });

  it('writes through a link', async () => {
    const real = await put('real', config({}));
    const link = path.join(folder, 'link');
    await symlink(real, link);
    await writeKubeconfigEntry(entry, { explicit: link, env: {} });
    assert.match(await readFile(real, 'utf8'), /mkube/);
  });
});
