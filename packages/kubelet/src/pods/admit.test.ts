import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Node } from '@mkube/api';
import { containerOf, podOf } from '../testing/pods.test.ts';
import { admit, amountsOf, extendedOf, refusalForPorts, requestsOf } from './admit.ts';

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
  });

  it('counts extended resources that the node has some of, and no others', () => {
    const wanted = amountsOf({ 'example.com/gpu': '1' });
    assert.equal(admit(wanted, [], allocatable), undefined);
    const node = { status: { allocatable: { cpu: '64', 'example.com/gpu': '1' } } } as unknown as Node;
    const both = { ...extendedOf(node), ...allocatable };
    assert.equal(both['cpu'], 2000, 'the kubelet knows better what it found itself');
    assert.equal(admit(wanted, [], both), undefined);
    assert.equal(admit(wanted, [wanted], both)?.reason, 'OutOfexample.com/gpu');
  });

  it('is not there where another pod has a port of the node', () => {
    const pod = (hostPort: number, more: object = {}) =>
      podOf({
        containers: [containerOf('c', { ports: [{ containerPort: 80, hostPort, ...more }] } as never)] as never,
      });
    const reason = (wanted: ReturnType<typeof pod>, ...present: ReturnType<typeof pod>[]) =>
      refusalForPorts(wanted, present)?.reason;
    assert.equal(reason(pod(8080), pod(8081), podOf({})), undefined);
    assert.equal(reason(pod(8080), pod(8081), pod(8080)), 'NodePorts');
    assert.equal(reason(pod(8080, { protocol: 'UDP' }), pod(8080)), undefined);
    assert.equal(reason(pod(8080, { hostIP: '10.0.0.1' }), pod(8080, { hostIP: '10.0.0.2' })), undefined);
    assert.equal(reason(pod(8080, { hostIP: '10.0.0.1' }), pod(8080)), 'NodePorts');
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
