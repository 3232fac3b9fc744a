// Somebody without root: no runc, so plain processes, with a line that says so; everything else is a cluster like any other.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventually, prepareCluster, repository, type Result, run, whyNoContainers } from '../lib/index.ts';

const NOBODY = 65534;

describe('without root', { skip: whyNoContainers() }, () => {
  const cluster = prepareCluster('nobody');
  const home = path.join(cluster.home, 'home');
  const env = {
    ...cluster.env,
    HOME: home,
    MKUBE_HOME: path.join(home, '.mkube'),
    KUBECONFIG: path.join(home, '.kube/config'),
  };
  const bundle = path.join(repository, 'packages/cli/dist/bundle/mkube.cjs');
  const become = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const mkube = (...args: string[]): Promise<Result> =>
    run('setpriv', [...become, process.execPath, bundle, ...args], env, {});
  const must = async (...args: string[]) => {
    const { code, stdout, stderr } = await mkube(...args);
    assert.equal(code, 0, `mkube ${args.join(' ')}: ${stderr}`);
    return stdout;
  };

  before(() => {
    fs.chmodSync(cluster.home, 0o755);
    fs.mkdirSync(home);
    fs.chownSync(home, NOBODY, NOBODY);
  });
  after(async () => {
    await must('reset', '--yes');
    await cluster.close();
  });

  it('runc, asked for, is refused and leaves nothing', async () => {
    const { code, stderr } = await mkube('up', '--runtime', 'runc');
    assert.notEqual(code, 0);
    assert.match(stderr, /needs root: run 'sudo mkube up'/);
    assert.deepEqual(fs.readdirSync(home), []);
  });

  it('up takes the next best driver and says so', async () => {
    const { code, stdout, stderr } = await mkube('up', '--wait', '--port', '0');
    assert.equal(code, 0, stderr);
    assert.match(stdout + stderr, /no runc: it needs root.*without isolation/);
    assert.match(await must('get', 'nodes', '-o', 'wide'), /node-2 +Ready .*process:\/\//);
  });

  it('the demo pod runs, logs, answers and is deleted', async () => {
    await must('run', 'hello');
    await eventually('hello runs', async () => /Running/.test(await must('get', 'pod', 'hello')));
    const address = await must('get', 'pod', 'hello', '-o', 'jsonpath={.status.podIP}');
    const ask = () =>
      fetch(`http://${address}:8080/`).then(
        (answer) => answer.text(),
        () => undefined,
      );
    assert.match(await eventually('an answer', ask), /Hello from pod hello on node node-\d/);
    await eventually('a line for the request', async () => /response:200/.test(await must('logs', 'hello')));
    assert.match(await must('exec', 'hello', '--', 'id', '-u'), /^65534$/m);
    await must('delete', 'pod', 'hello');
  });

  it('what was written belongs to the caller, keys to the caller alone', () => {
    const state = path.join(home, '.mkube/mkube');
    for (const file of [
      path.join(home, '.kube/config'),
      path.join(state, 'cluster.json'),
      path.join(state, 'pki/ca.key'),
    ])
      assert.equal(fs.statSync(file).uid, NOBODY, file);
    for (const file of [
      path.join(home, '.kube/config'),
      path.join(state, 'pki/ca.key'),
      path.join(state, 'pki/admin.key'),
    ])
      assert.equal(fs.statSync(file).mode & 0o077, 0, file);
  });

  it('down ends every process of it', async () => {
    await must('run', 'hello');
    await eventually('hello runs', async () => /Running/.test(await must('get', 'pod', 'hello')));
    await must('down');
    assert.deepEqual(processesOf(NOBODY, home), []);
  });
});

/** Command lines of a user's processes that speak of a folder. */
function processesOf(uid: number, folder: string): string[] {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      if (fs.statSync(`/proc/${pid}`).uid !== uid) return [];
      const text = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8') + fs.readFileSync(`/proc/${pid}/environ`, 'utf8');
      return text.includes(folder) ? [text.replaceAll('\0', ' ')] : [];
    } catch {
      return [];
    }
  });
}

describe('under sudo', { skip: whyNoContainers() }, () => {
  const cluster = prepareCluster('sudo');
  const home = path.join(cluster.home, 'home');
  const env = {
    ...cluster.env,
    SUDO_UID: String(NOBODY),
    SUDO_GID: String(NOBODY),
    MKUBE_HOME: path.join(home, '.mkube'),
    KUBECONFIG: path.join(home, '.kube/config'),
  };
  const mkube = (...args: string[]) =>
    run(process.execPath, [path.join(repository, 'packages/cli/dist/bundle/mkube.cjs'), ...args], env, {});
  before(() => {
    fs.mkdirSync(home);
    fs.chownSync(home, NOBODY, NOBODY);
  });
  after(async () => {
    const { code, stderr } = await mkube('reset', '--yes');
    assert.equal(code, 0, stderr);
    await cluster.close();
  });

  it('files belong to the caller, who can go on without sudo', async () => {
    const { code, stderr } = await mkube('up', '--wait', '--port', '0', '--nodes', '1');
    assert.equal(code, 0, stderr);
    const files = [
      '.mkube',
      '.mkube/mkube',
      '.mkube/mkube/cluster.json',
      '.mkube/mkube/pki/ca.key',
      '.mkube/mkube/logs/server.log',
      '.kube/config',
    ];
    for (const file of files) assert.equal(fs.statSync(path.join(home, file)).uid, NOBODY, file);
    fs.chmodSync(cluster.home, 0o755);
    const args = [
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      process.execPath,
      path.join(repository, 'packages/cli/dist/bundle/mkube.cjs'),
    ];
    const asCaller = (...more: string[]) => run('setpriv', [...args, ...more], { ...env, HOME: home }, {});
    assert.match((await asCaller('get', 'nodes')).stdout, /node-1 +Ready/);
    assert.equal((await asCaller('status')).code, 0);
    assert.match((await asCaller('down')).stderr, /use sudo/);
  });
});
