import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { containerOf, observedOf, podOf, statusOf } from '../testing/pods.test.ts';
import { shouldRestart } from './restart.ts';
import { initContainersOf, mainContainersOf } from './spec.ts';
import { hasEnded } from './stop.ts';

const on = (operator: 'In' | 'NotIn', ...values: number[]) => ({ action: 'Restart', exitCodes: { operator, values } });
const own = (name: string, restartPolicy: string | undefined, ...restartPolicyRules: object[]) =>
  containerOf(name, {
    ...(restartPolicy && { restartPolicy }),
    ...(restartPolicyRules.length > 0 && { restartPolicyRules }),
  } as never);

describe('whether a container is started again', () => {
  const rows: [what: string, ofPod: string, container: ReturnType<typeof own>, codes: number[], again: number[]][] = [
    ['by the pod', 'OnFailure', own('c', undefined), [0, 1], [1]],
    ['by its own policy, which goes before the pod', 'Never', own('c', 'Always'), [0, 1], [0, 1]],
    ['by its own policy, which may say no', 'Always', own('c', 'Never'), [0, 1], []],
    ['by a rule for its exit code', 'Never', own('c', 'Never', on('In', 42)), [0, 1, 42], [42]],
    ['by a rule for all other codes', 'Never', own('c', 'Never', on('NotIn', 0, 1)), [0, 1, 42], [42]],
    ['by its policy where no rule is for it', 'Never', own('c', 'OnFailure', on('In', 42)), [0, 1], [1]],
  ];
  for (const [what, restartPolicy, spec, codes, again] of rows)
    it(what, () => {
      const pod = podOf({ restartPolicy, containers: [spec] } as never);
      const [container] = mainContainersOf(pod);
      assert.ok(container);
      assert.deepEqual(
        codes.filter((code) => shouldRestart(pod, container, code)),
        again,
      );
    });

  it('never, of an init container that did what it should', () => {
    const pod = podOf({ restartPolicy: 'Never', initContainers: [own('i', 'OnFailure')] } as never);
    const [init] = initContainersOf(pod);
    assert.ok(init);
    assert.deepEqual([shouldRestart(pod, init, 0), shouldRestart(pod, init, 1)], [false, true]);
  });
});

describe('a pod has ended', () => {
  const ended = (name: string, exitCode: number) => statusOf(name, { state: 'exited', exitCode });
  const never = podOf({ restartPolicy: 'Always', containers: [own('a', 'Never'), own('b', 'Never')] } as never);

  it('when none of its containers comes again, whatever its own policy says', () => {
    assert.equal(hasEnded(never, observedOf([ended('a', 0), ended('b', 1)])), true);
    assert.equal(hasEnded(never, observedOf([ended('a', 0), statusOf('b')])), false);
  });

  it('but not while one of them does', () => {
    const ruled = podOf({ restartPolicy: 'Never', containers: [own('a', 'Never', on('In', 42))] } as never);
    assert.equal(hasEnded(ruled, observedOf([ended('a', 42)])), false);
    assert.equal(hasEnded(ruled, observedOf([ended('a', 1)])), true);
  });
});
