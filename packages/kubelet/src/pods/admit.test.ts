import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerOf, podOf } from '../testing/pods.test.ts';
import { admit, amountsOf, requestsOf } from './admit.ts';

const requests = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory } } });

describe('the room for a pod', () => {
  const allocatable = amountsOf({ cpu: '2', memory: '1Gi', pods: '3' });

  it('is there until a resource or the number of pods is used up', () => {
    const one = amountsOf({ cpu: '1', memory: '100Mi' });
    assert.equal(admit(one, [one], allocatable), undefined);
    assert.deepEqual(admit(amountsOf({ cpu: '1500m' }), [one], allocatable), {
      reason: 'OutOfcpu',
      message: "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
    });
    assert.equal(admit({}, [{}, {}, {}], allocatable)?.reason, 'OutOfpods');
    assert.equal(admit(amountsOf({ 'example.com/gpu': '1' }), [], allocatable)?.reason, 'OutOfexample.com/gpu');
  });

  it('has to hold what runs at the same time', () => {
    const pod = podOf({
      initContainers: [
        containerOf('side', { ...requests('100m', '10Mi'), restartPolicy: 'Always' }),
        containerOf('init', requests('1', '10Mi')),
      ] as never,
      containers: [containerOf('a', requests('200m', '50Mi')), containerOf('b', requests('300m', '50Mi'))] as never,
    });
    assert.deepEqual(requestsOf(pod), { cpu: 1100, memory: 110 * 1024 * 1024 });
  });
});
