import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { callerOf, mkubeHomeOf } from './caller.ts';
import { ClusterError } from './cluster-error.ts';
import { parseClusterState } from './cluster-state.ts';
import { makeFolder, writeFileAtomically } from './files.ts';
import { lockHolder, takeLock } from './lock.ts';
import { clusterIdOf, clusterPaths } from './paths.ts';
import { isRunning, parseProcessId, processIdOf } from './process-id.ts';

const owner = { home: os.homedir() };
let home = '';
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-state-'));
});
afterEach(() => fs.rmSync(home, { recursive: true }));

describe('names and paths of a cluster', () => {
  for (const name of ['', '../up', 'A', 'a_b', '-a', 'a-', 'a/b', 'a\0', 'x'.repeat(64)])
    it(`refuses ${JSON.stringify(name)}`, () => assert.throws(() => clusterPaths(home, name), ClusterError));

  it('stay inside the home folder, for nodes as well', () => {
    const paths = clusterPaths(home, 'mkube');
    assert.equal(paths.root, path.join(home, 'mkube'));
    assert.throws(() => paths.node('../x'), ClusterError);
  });

  it('have sockets whose paths are short enough, where none but the cluster’s owner puts one', () => {
    const deep = clusterPaths(path.join(home, 'x'.repeat(120)), 'mkube');
    const sockets = [deep.imageSocket, deep.node('n'.repeat(63)).engineSocket];
    const folder = process.getuid?.() === 0 && process.platform === 'linux' ? '/run' : os.tmpdir();
    for (const socket of sockets) {
      assert.equal(path.dirname(socket), folder);
      assert.ok(Buffer.byteLength(`${socket}.ttrpc`) <= 107 || folder !== '/run', socket);
    }
    assert.equal(path.dirname(clusterPaths('/h', 'mkube').imageSocket), '/h/mkube/run');
  });

  it('have an id of six digits that depends on home and name', () => {
    assert.match(clusterIdOf(home, 'a'), /^\d{6}$/);
    assert.notEqual(clusterIdOf(home, 'a'), clusterIdOf(home, 'b'));
    assert.notEqual(clusterIdOf(home, 'a'), clusterIdOf('/other', 'a'));
  });
});

describe('the caller', () => {
  it('is the user behind sudo', () => {
    const caller = callerOf({ HOME: '/root', SUDO_UID: '65534', SUDO_GID: '65534' }, true);
    assert.deepEqual({ uid: caller.uid, gid: caller.gid }, { uid: 65534, gid: 65534 });
    assert.notEqual(caller.home, '/root');
  });

  it('is the process itself without sudo, and where sudo was called by root', () => {
    assert.deepEqual(callerOf({ HOME: '/h' }, true), { home: '/h' });
    assert.deepEqual(callerOf({ HOME: '/h', SUDO_UID: '1', SUDO_GID: '1' }, false), { home: '/h' });
    assert.deepEqual(callerOf({ HOME: '/h', SUDO_UID: '0', SUDO_GID: '0' }, true), { home: '/h' });
  });

  it('has the home that the machine gives it where the environment names none', () => {
    for (const env of [{}, { HOME: '' }]) assert.equal(callerOf(env, false).home, os.userInfo().homedir);
  });

  it('keeps clusters in ~/.mkube unless MKUBE_HOME says otherwise', () => {
    assert.equal(mkubeHomeOf({ HOME: '/h' }, { home: '/h' }), '/h/.mkube');
    assert.equal(mkubeHomeOf({ MKUBE_HOME: '/other' }), '/other');
  });
});

describe('the state file', () => {
  const refused = (text: string) => () => parseClusterState(text, 'cluster.json');
  it('of a newer version is refused', () => assert.throws(refused('{"version":99}'), /newer mkube/));
  it('that is damaged is refused', () => assert.throws(refused('{"version":'), /damaged/));
  it('that is something else is refused', () => assert.throws(refused('[]'), /not a cluster's state/));

  it('is written whole, with its mode, or leaves the old one as it was', () => {
    const file = path.join(home, 'f');
    writeFileAtomically(file, 'one', { mode: 0o600, owner });
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    assert.throws(() => writeFileAtomically(path.join(file, 'below'), 'two', { mode: 0o600, owner }), /MKUBE_HOME/);
    assert.deepEqual(fs.readdirSync(home), ['f']);
  });

  it('cannot be made where a file is in the way, and the error names MKUBE_HOME', () => {
    fs.writeFileSync(path.join(home, 'file'), '');
    assert.throws(() => makeFolder(path.join(home, 'file', 'mkube'), owner), /MKUBE_HOME/);
  });
});

describe('a lock', () => {
  it('has one holder at a time, and names it', () => {
    const file = path.join(home, 'lock');
    const first = takeLock(file, owner);
    assert.ok(first);
    assert.equal(takeLock(file, owner), undefined);
    assert.equal(lockHolder(file), process.pid);
    first.release();
    assert.equal(lockHolder(file), undefined);
    assert.ok(takeLock(file, owner));
  });

  it('of a dead process is taken over', async () => {
    const file = path.join(home, 'lock');
    const child = spawn('sleep', ['60']);
    fs.writeFileSync(file, `${child.pid} ${processIdOf(child.pid ?? 0)?.startTime}\n`);
    assert.equal(takeLock(file, owner), undefined);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.ok(takeLock(file, owner));
    assert.deepEqual(fs.readdirSync(home), ['lock']);
  });

  it('of a pid that was given to another process since is taken over', () => {
    const file = path.join(home, 'lock');
    fs.writeFileSync(file, `${process.pid} 1\n`);
    assert.ok(takeLock(file, owner));
  });
});

describe('a process id', () => {
  it('is running only with its start time', () => {
    const own = processIdOf(process.pid);
    assert.ok(own && isRunning(own));
    assert.equal(isRunning({ pid: process.pid, startTime: '1' }), false);
  });
  it('is undefined for garbage', () => assert.equal(parseProcessId('x y'), undefined));
});
