import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createKubeletMetrics } from './kubelet-metrics.ts';

describe('the kubelet’s metrics', () => {
  it('tell of the probes of a pod while it is there', () => {
    const metrics = createKubeletMetrics();
    const probed = (): string[] =>
      metrics.probes.families().flatMap(({ samples }) => samples.map(({ labels }) => labels?.['pod_uid'] ?? ''));
    for (const uid of ['a', 'b'])
      for (const result of ['successful', 'failed'] as const) metrics.probe('liveness', result, { pod_uid: uid });
    assert.deepEqual(probed(), ['a', 'a', 'b', 'b']);
    metrics.forgetProbes('a');
    assert.deepEqual(probed(), ['b', 'b']);
  });
});
