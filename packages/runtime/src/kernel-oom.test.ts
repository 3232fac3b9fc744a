import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { killedIn, openKernelOom } from './kernel-oom.ts';
import type { ContainerStatus } from './runtime.ts';

const ID = 'ab'.repeat(32);
const OTHER = 'cd'.repeat(32);
const recordOf = (cgroup: string): string =>
  `6,155527,11832982089,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,oom_memcg=/kubepods/pod1,task_memcg=${cgroup},task=sh,pid=7,uid=0\n`;

const ended = (more: object = {}): ContainerStatus =>
  ({ id: ID, state: 'exited', exitCode: 137, reason: 'Error', ...more }) as ContainerStatus;

test('a record names the container whose process was killed', () => {
  assert.equal(killedIn(recordOf(`/kubepods/burstable/pod1/${ID}`)), ID);
  assert.equal(killedIn(recordOf(`/kubepods.slice/docker-${ID}.scope`)), ID);
  assert.equal(killedIn(recordOf(`/kubepods/pod1/${ID}/inner`)), ID);
  assert.equal(killedIn(recordOf('/user.slice')), undefined);
  assert.equal(killedIn(`6,1,1,-;something else about ${ID}`), undefined);
});

test('what the engine missed is taken from the log, and nothing else', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mkube-oom-'));
  const log = path.join(folder, 'kmsg');
  writeFileSync(log, recordOf(`/kubepods/pod1/${ID}`));
  const oom = openKernelOom(log);
  try {
    assert.equal(oom.correct(ended()).reason, 'OOMKilled');
    assert.equal(oom.correct(ended({ id: OTHER })).reason, 'Error');
    assert.equal(oom.correct(ended({ exitCode: 1 })).reason, 'Error');
  } finally {
    oom.close();
    rmSync(folder, { recursive: true });
  }
});

test('without a log the engine is believed', () => {
  const oom = openKernelOom('/nowhere/kmsg');
  assert.equal(oom.correct(ended()).reason, 'Error');
  oom.close();
});
