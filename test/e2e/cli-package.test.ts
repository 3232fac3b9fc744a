/** `npm pack` makes one package that runs from anywhere: nothing of the checkout is needed. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { repository, run } from '../lib/index.ts';

const CLI = path.join(repository, 'packages/cli');
const built = fs.existsSync(path.join(CLI, 'dist/bundle/mkube.cjs'));

test(
  'the packed CLI installs into a folder of its own and brings up a cluster',
  { skip: built ? false : 'not built: npm run build' },
  async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-package-'));
    t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
    const env = {
      ...process.env,
      MKUBE_HOME: path.join(folder, 'home'),
      KUBECONFIG: path.join(folder, 'kubeconfig'),
      NO_COLOR: '1',
    };
    const npm = async (...args: string[]) => run('npm', ['--prefix', folder, ...args], env, { timeoutMs: 120_000 });
    const packed = await run('npm', ['pack', CLI, '--pack-destination', folder, '--silent'], env, {
      timeoutMs: 60_000,
    });
    assert.equal(packed.code, 0, packed.stderr);
    fs.writeFileSync(path.join(folder, 'package.json'), '{}');
    const installed = await npm(
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      path.join(folder, packed.stdout.trim()),
    );
    if (/ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTCACHED/.test(installed.stderr))
      return t.skip('the natives cannot be fetched here');
    assert.equal(installed.code, 0, installed.stderr);
    const mkube = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await run(path.join(folder, 'node_modules/.bin/mkube'), args, env, {});
      assert.equal(code, 0, stderr);
      return stdout;
    };
    assert.match(await mkube('version', '--client'), /^Client Version: v1\./);
    assert.match(await mkube('up', '--nodes', '0'), /is up: https:\/\/127\.0\.0\.1:/);
    try {
      assert.match(await mkube('get', 'ns'), /kube-system/);
    } finally {
      await mkube('reset', '--yes');
    }
  },
);
