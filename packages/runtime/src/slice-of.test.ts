import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sliceOf } from './slice-of.ts';

it('a path of control groups is a slice of systemd, a dash for each level', () => {
  assert.equal(sliceOf('/kubepods/burstable/pod12-ab'), 'kubepods-burstable-pod12_ab.slice');
  assert.equal(sliceOf('/mk123456-n1/kubepods/podx'), 'mk123456_n1-kubepods-podx.slice');
  assert.equal(sliceOf(''), '');
});
