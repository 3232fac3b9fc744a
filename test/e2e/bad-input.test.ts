// What cannot be done is said clearly, names the way out, shows no stack trace and changes nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  type CommandCluster,
  eventually,
  prepareCluster,
  repository,
  type Result,
  run,
  whyNoContainers,
} from '../lib/index.ts';

function refused(result: Result, pattern: RegExp): void {
  assert.notEqual(result.code, 0);
  assert.match(result.stderr, pattern);
  assert.doesNotMatch(result.stderr + result.stdout, /\n\s+at .*\(.*:\d+:\d+\)/);
}

const clustersIn = (cluster: CommandCluster) => {
  const home = cluster.env['MKUBE_HOME'] ?? '';
  return fs.existsSync(home) ? fs.readdirSync(home).filter((name) => !name.startsWith('.')) : [];
};

describe('before there is a cluster', { skip: whyNoContainers() }, () => {
  const cluster = prepareCluster('refused');
  after(() => cluster.close());

  for (const [what, args, pattern] of [
    ['a name that is none', ['up', '--name', '../x'], /not a name for a cluster/],
    ['an unknown runtime', ['up', '--runtime', 'lxc'], /unknown runtime "lxc": use auto, runc, containerd, docker, /],
    ['a number of nodes that is none', ['up', '--nodes', '-1'], /nodes/],
    ['a port that is none', ['up', '--port', '70000'], /70000 is not a TCP port/],
    ['a store that is unknown', ['up', '--store', 'redis://x'], /store "redis:\/\/x" is not known/],
    ['an unknown flag', ['up', '--nodez', '3'], /nodez/],
    ['down without a cluster', ['down'], /there is no cluster "mkube".*mkube up/],
    ['status without a cluster', ['status'], /there is no cluster "mkube".*mkube up/],
    ['a node without a cluster', ['node', 'stop', 'node-1'], /there is no cluster "mkube".*mkube up/],
    ['an image without a cluster', ['image', 'load', '/nowhere.tar'], /there is no cluster "mkube".*mkube up/],
    ['a question to no cluster', ['get', 'pods'], /mkube up/],
  ] as const)
    it(`${what} is refused`, async () => {
      refused(await cluster.mkube(args), pattern);
      assert.deepEqual(clustersIn(cluster), []);
    });

  it('a port in use is named, and nothing is left behind', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    try {
      refused(await cluster.mkube(['up', '--port', String(port)]), new RegExp(`port ${port} .*in use.*--port`));
      assert.deepEqual(clustersIn(cluster), []);
    } finally {
      server.close();
    }
  });

  it('a home that is a file is refused', async () => {
    const file = path.join(cluster.home, 'file');
    fs.writeFileSync(file, 'mine');
    const env = { ...cluster.env, MKUBE_HOME: file };
    refused(await runMkube(['up'], env), /MKUBE_HOME/);
    assert.equal(fs.readFileSync(file, 'utf8'), 'mine');
  });

  it('a read-only home is refused', async () => {
    const folder = path.join(cluster.home, 'readonly');
    await mountTmpfs(folder, 'size=100m,ro');
    try {
      refused(await runMkube(['up'], { ...cluster.env, MKUBE_HOME: folder }), /read-only.*MKUBE_HOME/);
    } finally {
      await run('umount', [folder], process.env, {});
    }
  });

  it('a home without room is refused, and a cluster that fills it is taken away again', async () => {
    const folder = path.join(cluster.home, 'small');
    await mountTmpfs(folder, 'size=8m');
    try {
      refused(await runMkube(['up'], { ...cluster.env, MKUBE_HOME: folder }), /MiB free.*MKUBE_HOME/);
      assert.deepEqual(fs.readdirSync(folder), []);
    } finally {
      await run('umount', [folder], process.env, {});
    }
  });
});

describe('on a cluster that is up', { skip: whyNoContainers() }, () => {
  const cluster = prepareCluster('refused-up');
  before(() => cluster.must(['up', '--wait', '--nodes', '1']));
  after(() => cluster.close());

  it('a second up while one runs is refused and names the first', async () => {
    const lock = path.join(cluster.env['MKUBE_HOME'] ?? '', '.mkube.lock');
    const stat = fs.readFileSync(`/proc/${process.pid}/stat`, 'utf8');
    const startTime = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    fs.writeFileSync(lock, `${process.pid} ${startTime}\n`);
    try {
      refused(await cluster.mkube(['up']), new RegExp(`at work on cluster "mkube" \\(process ${process.pid}\\)`));
    } finally {
      fs.rmSync(lock);
    }
  });

  it('two ups at the same time leave one cluster that works', async () => {
    await cluster.must(['down']);
    const results = await Promise.all([cluster.mkube(['up', '--wait']), cluster.mkube(['up', '--wait'])]);
    assert.ok(results.some(({ code }) => code === 0));
    for (const { code, stderr } of results) if (code !== 0) assert.match(stderr, /at work on cluster/);
    await cluster.must(['up', '--wait']);
    assert.match(await cluster.must(['get', 'nodes']), /node-1 +Ready/);
  });

  it('what an existing cluster cannot change is refused', async () => {
    refused(await cluster.mkube(['up', '--runtime', 'process']), /made with runtime runc/);
    refused(await cluster.mkube(['up', '--nodes', '0']), /mkube node remove/);
    refused(await cluster.mkube(['node', 'stop', 'node-9']), /no node "node-9": its nodes are node-1/);
    refused(await cluster.mkube(['node', 'add', 'node-1']), /there is a node "node-1" already/);
    refused(await cluster.mkube(['node', 'add', '../x']), /not a name for a node/);
  });

  it('a bad archive is refused, and the image store stays as it was', async () => {
    const before = await cluster.must(['image', 'ls']);
    const file = path.join(cluster.home, 'bad.tar');
    fs.writeFileSync(file, 'this is no archive');
    refused(await cluster.mkube(['image', 'load', file]), /cannot load .*bad\.tar/);
    refused(await cluster.mkube(['image', 'load', '/nowhere.tar']), /\/nowhere\.tar/);
    assert.equal(await cluster.must(['image', 'ls']), before);
  });

  it('a bad manifest is refused with file, line and field', async () => {
    const file = path.join(cluster.home, 'bad.yaml');
    fs.writeFileSync(file, 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  labels: {app: [\n');
    refused(await cluster.mkube(['apply', '-f', file]), /bad\.yaml.*line [56]/);
    fs.writeFileSync(file, 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  containrs: []\n');
    refused(await cluster.mkube(['apply', '-f', file]), /containrs/);
    assert.equal((await cluster.mkube(['get', 'pod', 'x'])).code, 1);
  });

  it('a missing image is told where the user looks', async () => {
    await cluster.must(['run', 'lost', '--image', 'mkube.local/lost:1']);
    await eventually('the reason', async () =>
      /ErrImagePull|ImagePullBackOff/.test(await cluster.must(['get', 'pod', 'lost'])),
    );
    await eventually('the event, which is written after the status', async () =>
      /Failed.*mkube\.local\/lost:1/.test(await cluster.must(['describe', 'pod', 'lost'])),
    );
  });

  it('a damaged or newer state file is refused, and left alone', async () => {
    const file = path.join(cluster.env['MKUBE_HOME'] ?? '', 'mkube/cluster.json');
    const good = fs.readFileSync(file, 'utf8');
    try {
      for (const [text, pattern] of [
        [good.replace('"version": 1', '"version": 99'), /state version 99.*newer mkube/],
        [good.slice(0, 40), /damaged/],
      ] as const) {
        fs.writeFileSync(file, text);
        refused(await cluster.mkube(['up']), pattern);
        assert.equal(fs.readFileSync(file, 'utf8'), text);
      }
    } finally {
      fs.writeFileSync(file, good);
    }
  });

  it('a cluster that is down says so, and names mkube up', async () => {
    await cluster.must(['down']);
    refused(await cluster.mkube(['get', 'pods']), /mkube up/);
    refused(await cluster.mkube(['node', 'add']), /is not up.*mkube up/);
    assert.equal((await cluster.mkube(['status'])).code, 1);
  });
});

const runMkube = (args: string[], env: NodeJS.ProcessEnv) =>
  run(process.execPath, [path.join(repository, 'packages/cli/dist/bundle/mkube.cjs'), ...args], env, {});

async function mountTmpfs(folder: string, options: string): Promise<void> {
  fs.mkdirSync(folder);
  const { code, stderr } = await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], process.env, {});
  assert.equal(code, 0, stderr);
}
