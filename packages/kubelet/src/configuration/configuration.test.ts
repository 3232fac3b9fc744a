import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { optionsOfConfiguration } from './configuration.ts';

const configuration = (fields: string): string =>
  `apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n${fields}`;

describe('a KubeletConfiguration', () => {
  it('becomes options, with Kubernetes’ units', async () => {
    const text = configuration(`
imageGCHighThresholdPercent: 85
imageGCLowThresholdPercent: 80
imageMinimumGCAge: 2m0s
evictionHard: { memory.available: 200Mi, nodefs.available: 10% }
evictionSoft: { memory.available: 300Mi }
evictionSoftGracePeriod: { memory.available: 1m30s }
containerLogMaxSize: 1Mi
kubeReserved: { cpu: 100m, memory: 100Mi }
enforceNodeAllocatable: [none]
shutdownGracePeriod: 30s
shutdownGracePeriodCriticalPods: 10s
podPidsLimit: 1024
`);
    assert.deepEqual(await optionsOfConfiguration(text), {
      imageGcHighThresholdPercent: 85,
      imageGcLowThresholdPercent: 80,
      imageMinimumGcAgeSeconds: 120,
      evictionHard: { 'memory.available': '200Mi', 'nodefs.available': '10%' },
      evictionSoft: { 'memory.available': '300Mi' },
      evictionSoftGracePeriodSeconds: { 'memory.available': 90 },
      containerLogMaxBytes: 1024 * 1024,
      kubeReserved: { cpu: '100m', memory: '100Mi' },
      enforceNodeAllocatable: false,
      shutdownGrace: [
        { priority: 0, seconds: 20 },
        { priority: 2_000_000_000, seconds: 10 },
      ],
      podPidsLimit: 1024,
    });
  });

  const faults: [what: string, fields: string, message: RegExp][] = [
    ['a field that does nothing here', 'cpuManagerPolicy: static', /field cpuManagerPolicy is not supported here/],
    ['a word for a number', 'maxPods: many', /maxPods: "many" is not an integer/],
    ['a duration without its unit', 'imageMinimumGCAge: "5"', /imageMinimumGCAge: "5" is not a duration/],
    ['an unknown signal', 'evictionHard: { disk: 1Gi }', /unsupported eviction signal disk/],
    [
      'a low threshold above the high',
      'imageGCLowThresholdPercent: 90\nimageGCHighThresholdPercent: 80',
      /must be less than/,
    ],
    ['a soft threshold without grace', 'evictionSoft: { memory.available: 1Gi }', /grace period must be specified for/],
    [
      'more time for critical pods than for all',
      'shutdownGracePeriod: 10s\nshutdownGracePeriodCriticalPods: 20s',
      /CriticalPods 20s must be <= shutdownGracePeriod 10s/,
    ],
  ];
  for (const [what, fields, message] of faults)
    it(`is refused with ${what}`, () => assert.rejects(optionsOfConfiguration(configuration(fields)), message));

  it('is refused where it is something else', async () => {
    await assert.rejects(optionsOfConfiguration('kind: Pod'), /it needs apiVersion: kubelet\.config\.k8s\.io\/v1beta1/);
  });
});
