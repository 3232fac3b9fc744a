/** What comparing with kubectl cannot hold: watches, files of every kind, errors and where they point, apply that fails in the middle. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CommandCluster, eventually, Following, prepareCluster, repository } from '../lib/index.ts';

const CLI = path.join(repository, 'packages/cli/dist/bundle/mkube.cjs');
const skip = fs.existsSync(CLI) ? false : 'not built: npm run build';

const configMap = (name: string, extra = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { a: b }\n${extra}`;

describe('the CLI by itself', { skip }, () => {
  let cluster: CommandCluster;
  const write = (name: string, content: string): string => {
    const file = path.join(cluster.home, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    return file;
  };
  const follow = (args: readonly string[]): Following => new Following(process.execPath, [CLI, ...args], cluster.env);

  before(async () => {
    cluster = prepareCluster('cli');
    await cluster.must(['up', '--nodes', '0']);
  });
  after(() => cluster?.close());

  test('before there is a cluster, and while it is down, errors say how to start one', async () => {
    const empty = write('empty-kubeconfig', '');
    const without = await cluster.mkube(['get', 'pods', '--kubeconfig', empty]);
    assert.equal(without.code, 1);
    assert.match(without.stderr, /no cluster is configured in the kubeconfig; start one with: mkube up\n$/);
    const down = await cluster.mkube(['get', 'pods', '--server', 'https://127.0.0.1:1']);
    assert.equal(down.code, 1);
    assert.match(
      down.stderr,
      /127\.0\.0\.1:1 was refused.*\nIf the cluster is not running, start it with: mkube up\n$/,
    );
    assert.doesNotMatch(down.stderr, /\bat .*\.[cm]?js/);
  });

  test('an unknown flag or command is named, with where help is', async () => {
    const flag = await cluster.mkube(['get', 'pods', '--bogus']);
    assert.deepEqual(
      [flag.code, flag.stderr],
      [1, "error: unknown flag: --bogus\nSee 'mkube get --help' for usage.\n"],
    );
    const command = await cluster.mkube(['gett']);
    assert.deepEqual(
      [command.code, command.stderr],
      [1, 'error: unknown command "gett" for "mkube"\nSee \'mkube --help\' for usage.\n'],
    );
  });

  test('a watch prints rows as they come, under one heading, with the kind of event when asked', async () => {
    const watch = follow(['get', 'cm', '-w', '--output-watch-events', '-l', 'watched']);
    try {
      await cluster.must(['create', 'cm', 'w1', '--from-literal=a=b']);
      // only what carries the label is seen, and only from when it does
      await eventually('the watch', async () => {
        await cluster.must(['label', 'cm', 'w1', `watched=${Date.now()}`, '--overwrite']);
        return watch.text.includes('w1');
      });
      await cluster.must(['delete', 'cm', 'w1']);
      await eventually('the end of w1', async () => /DELETED +w1/.test(watch.text));
    } finally {
      watch.stop();
    }
    const lines = watch.text.trimEnd().split('\n');
    assert.match(lines[0] ?? '', /^EVENT +NAME +DATA +AGE$/);
    assert.equal(lines.filter((l) => l.startsWith('EVENT')).length, 1);
    assert.match(lines[1] ?? '', /^ADDED +w1 +1 +\S+$/);
    assert.match(lines.at(-1) ?? '', /^DELETED +w1 /);
  });

  test('a watch of objects prints each state as a document, and --watch-only leaves out what was there', async () => {
    await cluster.must(['create', 'cm', 'w2', '--from-literal=a=b']);
    const watch = follow(['get', 'cm', 'w2', '--watch-only', '-o', 'jsonpath={.metadata.labels.n}\n']);
    try {
      await eventually('a change', async () => {
        await cluster.must(['label', 'cm', 'w2', `n=${Date.now()}`, '--overwrite']);
        return /^\d+\n/m.test(watch.text);
      });
    } finally {
      watch.stop();
    }
  });

  test('manifests come from folders, standard input, Lists and URLs', async () => {
    write('many/1.yaml', configMap('from-folder'));
    write(
      'many/2.json',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'from-list' } }],
      }),
    );
    write('many/notes.txt', 'no manifest');
    write('many/below/3.yml', configMap('from-below'));
    assert.equal(
      await cluster.must(['apply', '-f', path.join(cluster.home, 'many')]),
      'configmap/from-folder created\nconfigmap/from-list created\n',
    );
    assert.match(await cluster.must(['apply', '-R', '-f', path.join(cluster.home, 'many')]), /from-below created/);
    assert.equal(
      await cluster.must(['apply', '-f', '-'], { input: configMap('from-stdin') }),
      'configmap/from-stdin created\n',
    );
    const server = http.createServer((request, response) => {
      if (request.url === '/ok.yaml') response.end(configMap('from-url'));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      assert.equal(await cluster.must(['apply', '-f', `${base}/ok.yaml`]), 'configmap/from-url created\n');
      const missing = await cluster.mkube(['apply', '-f', `${base}/none.yaml`]);
      assert.equal(missing.stderr, `error: unable to read URL "${base}/none.yaml", server reported 404 Not Found\n`);
    } finally {
      server.close();
    }
  });

  test('what is wrong with a manifest is said with file and line, and with the field where the server finds it', async () => {
    const broken = write('broken.yaml', `${configMap('fine')}---\na: [\n`);
    const syntax = await cluster.mkube(['apply', '-f', broken]);
    assert.match(syntax.stderr, /^error: error parsing .*broken\.yaml: .*yaml: line \d+: /);
    const kindless = write('kindless.yaml', `${configMap('fine')}---\napiVersion: v1\nmetadata: { name: x }\n`);
    const kind = await cluster.mkube(['apply', '-f', kindless]);
    assert.match(kind.stderr, /^error: error validating ".*kindless\.yaml": line 6: .*: kind not set\n$/);
    // nothing of a file is sent before all of it was read well
    assert.match((await cluster.mkube(['get', 'cm', 'fine'])).stderr, /NotFound/);
    const field = write('field.yaml', configMap('typo', 'datta: {}\n'));
    const unknown = await cluster.mkube(['apply', '-f', field]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /field\.yaml.*unknown field "datta"/);
  });

  test('apply goes on after a document that the server refuses, and fails in the end', async () => {
    const file = write('middle.yaml', [configMap('before'), configMap('Bad_Name'), configMap('behind')].join('---\n'));
    const { code, stdout, stderr } = await cluster.mkube(['apply', '-f', file]);
    assert.equal(code, 1);
    assert.equal(stdout, 'configmap/before created\nconfigmap/behind created\n');
    assert.match(stderr, /^The ConfigMap "Bad_Name" is invalid: metadata\.name: /);
  });

  test('edit patches what the editor changed, and says when nothing did', async () => {
    const editor = write('editor.sh', '#!/bin/sh\nsed -i "s/a: b/a: edited/" "$1"\n');
    fs.chmodSync(editor, 0o755);
    await cluster.must(['apply', '-f', '-'], { input: configMap('edit-me') });
    cluster.env['KUBE_EDITOR'] = editor;
    assert.equal(await cluster.must(['edit', 'cm', 'edit-me']), 'configmap/edit-me edited\n');
    assert.equal((await cluster.mkube(['get', 'cm', 'edit-me', '-o', 'jsonpath={.data.a}'])).stdout, 'edited');
    assert.equal((await cluster.mkube(['edit', 'cm', 'edit-me'])).stderr, 'Edit cancelled, no changes made.\n');
  });

  test('diff shows what apply would change and ends with 1, or with 0 where nothing would', async () => {
    await cluster.must(['apply', '-f', '-'], { input: configMap('differ') });
    const same = await cluster.mkube(['diff', '-f', '-'], { input: configMap('differ') });
    assert.deepEqual([same.code, same.stdout], [0, '']);
    const changed = await cluster.mkube(['diff', '-f', '-'], { input: configMap('differ').replace('a: b', 'a: c') });
    assert.equal(changed.code, 1);
    assert.match(changed.stdout, /^- {2}a: b\n\+ {2}a: c$/m);
  });

  test('the proxy serves those who call this host by its name, and nobody else', async () => {
    const proxy = follow(['proxy', '--port=0']);
    try {
      const port = await eventually(
        'the proxy',
        async () => /Starting to serve on 127\.0\.0\.1:(\d+)/.exec(proxy.text)?.[1],
      );
      const ask = (at: string, host = 'localhost'): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const request = http.get({ host: '127.0.0.1', port, path: at, headers: { host } }, (response) => {
            response.resume();
            resolve(response.statusCode);
          });
          request.once('error', reject);
        });
      assert.equal(await ask('/version'), 200);
      assert.equal(await ask('/version', 'attacker.example'), 403);
      assert.equal(await ask('/api/v1/namespaces/default/pods/x/%65xec'), 403);
    } finally {
      proxy.stop();
    }
  });

  test('the shell is told what may come next', async () => {
    assert.equal(await cluster.must(['__complete', '--', 'describe', 'configm']), 'configmaps\n');
    assert.match(await cluster.must(['__complete', '--', 'get', 'ns', '']), /^default\nkube-node-lease\n/);
    assert.equal(await cluster.must(['__complete', '--', 'set', 'ima']), 'image\n');
    assert.equal(await cluster.must(['__complete', '--', 'get', '--show-l']), '--show-labels\n');
    for (const shell of ['bash', 'zsh', 'fish']) assert.match(await cluster.must(['completion', shell]), /__complete/);
  });

  test('status is a table in plain characters for a pipe, and JSON when asked; its code says whether all runs', async () => {
    const table = await cluster.mkube(['status']);
    assert.equal(table.code, 0);
    assert.match(table.stdout, /^Cluster "mkube" is running \(runtime .*\)\n/);
    assert.match(table.stdout, /│ part +│ state +│ ready │ pid +│ address +│ pods │\n/);
    assert.match(table.stdout, /│ server │ running │/);
    assert.ok(!table.stdout.includes('\u001b'));
    const json = JSON.parse(await cluster.must(['status', '-o', 'json'])) as { state: string };
    assert.equal(json.state, 'running');
  });

  test('progress goes to stderr, a line per finished step, and stdout stays what was asked for', async () => {
    const again = await cluster.mkube(['up', '--nodes', '0']);
    assert.match(again.stdout, /^Cluster "mkube" was up already: .*\nContext "mkube" is current in .*\n$/);
    for (const line of again.stderr.trimEnd().split('\n')) assert.match(line, /^(✓ .+ [\d.]+ m?s|[A-Z].*)?$/);
  });
});
