import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ago, containerOf, NOW, observedOf, podOf, sandboxOf, statusOf } from '../testing/pods.test.ts';
import { hashOf } from './labels.ts';
import { type Plan, planPod } from './plan.ts';
import type { PlanInput } from './plan-input.ts';
import type { Step } from './steps.ts';
import { hasEnded, type Stop, stopOf } from './stop.ts';

const plan = (input: Partial<PlanInput>): Plan =>
  planPod({
    pod: podOf(),
    observed: observedOf([], []),
    now: NOW,
    busy: new Map(),
    held: new Map(),
    health: { isStarted: () => true, faultOf: () => undefined },
    released: false,
    deletionSent: false,
    ...input,
  });

/** 'startContainer app 1', as a line a step. */
function describeStep(step: Step): string {
  switch (step.action) {
    case 'startContainer':
      return `start ${step.container.spec.name} #${step.attempt}`;
    case 'killContainer':
      return `kill ${step.name} ${step.graceSeconds}s`;
    case 'resizeContainer':
      return `resize ${step.name} ${step.resources.memoryLimit} ${step.resources.cpuQuota}`;
    case 'removeContainer':
      return `remove ${step.id}`;
    case 'createSandbox':
      return `sandbox #${step.attempt}`;
    case 'stopSandbox':
    case 'removeSandbox':
      return `${step.action} ${step.id}`;
    case 'releasePod':
    case 'deletePod':
    case 'cleanUp':
      return step.action;
  }
}
const steps = (input: Partial<PlanInput>): string[] => plan(input).steps.map(describeStep);

describe('planning a pod on its way up', () => {
  it('begins with a sandbox', () => assert.deepEqual(steps({}), ['sandbox #0']));

  it('makes another when the sandbox is lost, after what still runs in it has ended', () => {
    const lost = sandboxOf({ state: 'notready' });
    assert.deepEqual(steps({ observed: observedOf([statusOf('app')], [lost]) }), ['kill app 30s']);
    const ended = observedOf([statusOf('app', { state: 'exited' })], [lost]);
    assert.deepEqual(steps({ observed: ended }), ['sandbox #1']);
  });

  it('starts nothing in a sandbox that is still being made, though it can be seen', () => {
    const busy = new Map([['sandbox', { action: 'createSandbox' as const }]]);
    assert.deepEqual(steps({ observed: observedOf([], [sandboxOf({ ips: [] })]), busy }), []);
  });

  it('starts one container at a time, in order', () => {
    const pod = podOf({ containers: [containerOf('a'), containerOf('b')] as never });
    assert.deepEqual(steps({ pod, observed: observedOf() }), ['start a #0']);
    const busy = new Map([['container/a', { action: 'startContainer' as const }]]);
    assert.deepEqual(steps({ pod, observed: observedOf(), busy }), []);
    assert.deepEqual(steps({ pod, observed: observedOf([statusOf('a')]) }), ['start b #0']);
  });

  it('passes over a container that cannot start yet', () => {
    const pod = podOf({ containers: [containerOf('a'), containerOf('b')] as never });
    const until = new Date(NOW.getTime() + 5000);
    const held = new Map([['startContainer container/a', until]]);
    const planned = plan({ pod, observed: observedOf(), held });
    assert.deepEqual(planned.steps.map(describeStep), ['start b #0']);
    assert.deepEqual(planned.lookAgainAt, until);
  });

  it('runs init containers one after the other, each to its end', () => {
    const pod = podOf({ initContainers: [containerOf('i1'), containerOf('i2')] as never });
    const done = statusOf('i1', { state: 'exited' });
    assert.deepEqual(steps({ pod, observed: observedOf() }), ['start i1 #0']);
    assert.deepEqual(steps({ pod, observed: observedOf([statusOf('i1')]) }), []);
    assert.deepEqual(steps({ pod, observed: observedOf([done]) }), ['start i2 #0']);
    const both = [done, statusOf('i2', { state: 'exited' })];
    assert.deepEqual(steps({ pod, observed: observedOf(both) }), ['start app #0']);
  });

  it('waits for a sidecar to have started, and goes on beside it', () => {
    const pod = podOf({ initContainers: [containerOf('side', { restartPolicy: 'Always' })] as never });
    const observed = observedOf([statusOf('side')]);
    const slow = { isStarted: () => false, faultOf: () => undefined };
    assert.deepEqual(steps({ pod, observed, health: slow }), []);
    assert.deepEqual(steps({ pod, observed }), ['start app #0']);
    const died = observedOf([statusOf('side', { state: 'exited' }), statusOf('app')]);
    assert.deepEqual(steps({ pod, observed: died }), ['start side #1']);
  });

  it('does not run init containers again once the containers have begun', () => {
    const pod = podOf({ initContainers: [containerOf('i1')] as never });
    assert.deepEqual(steps({ pod, observed: observedOf([statusOf('app')]) }), []);
  });

  it('restarts at once, then after 10 s, 20 s …, and from the beginning after ten minutes', () => {
    const ended = (rest: object) =>
      observedOf([statusOf('app', { state: 'exited', exitCode: 1, finishedAt: ago(1), ...rest })]);
    const first = plan({ observed: ended({}) }).steps[0];
    assert.equal(first?.action === 'startContainer' && first.nextBackOffSeconds, 10);
    const waiting = plan({ observed: ended({ backOff: 10 }) });
    assert.deepEqual(waiting.steps, []);
    assert.deepEqual(waiting.lookAgainAt, new Date(NOW.getTime() + 9000));
    const setBack = plan({ observed: ended({ backOff: 10, startedAt: ago(-3599), finishedAt: ago(-3600) }) }).steps[0];
    assert.equal(setBack?.action, 'startContainer', 'who sets the clock back by an hour makes nobody wait for it');
    const over = plan({ observed: ended({ backOff: 10, startedAt: ago(12), finishedAt: ago(11) }) }).steps[0];
    assert.equal(over?.action === 'startContainer' && over.nextBackOffSeconds, 20);
    const forgiven = plan({ observed: ended({ backOff: 300, startedAt: ago(700) }) }).steps[0];
    assert.equal(forgiven?.action === 'startContainer' && forgiven.nextBackOffSeconds, 10);
  });

  it('counts on from what the API knows when the records are lost', () => {
    const status = { name: 'app', containerID: 'runc://gone', restartCount: 4, state: {}, lastState: {} };
    const pod = podOf({}, { status: { containerStatuses: [status] } as never });
    assert.deepEqual(steps({ pod, observed: observedOf() }), ['start app #5']);
  });

  it('kills what is unhealthy or has changed', () => {
    const observed = observedOf([statusOf('app')]);
    const sick = { isStarted: () => true, faultOf: () => ({ message: 'failed' }) };
    assert.deepEqual(steps({ observed, health: sick }), ['kill app 30s']);
    const hurried = { ...sick, faultOf: () => ({ message: 'failed', graceSeconds: 5 }) };
    assert.deepEqual(steps({ observed, health: hurried }), ['kill app 5s'], 'as the probe says');
    const [app] = podOf().spec.containers;
    assert.ok(app);
    const annotations = { 'io.kubernetes.container.hash': hashOf(app) };
    assert.deepEqual(steps({ observed: observedOf([statusOf('app', { annotations })]) }), []);
    const old = { 'io.kubernetes.container.hash': hashOf({ ...app, image: 'other' }) };
    assert.deepEqual(steps({ observed: observedOf([statusOf('app', { annotations: old })]) }), ['kill app 30s']);
  });

  it('gives a running container its new limits, or starts it again where its policy says so', () => {
    const resources = { limits: { memory: '64Mi' } };
    const held = { cpuShares: 2, cpuPeriod: 100_000, memoryLimit: 32 * 1024 * 1024, oomScoreAdj: 3 };
    const observed = observedOf([statusOf('app', { resources: held })]);
    const inPlace = podOf({ containers: [containerOf('app', { resources })] as never });
    assert.deepEqual(steps({ pod: inPlace, observed }), ['resize app 67108864 0']);
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const again = podOf({ containers: [containerOf('app', { resources, resizePolicy } as never)] as never });
    assert.deepEqual(steps({ pod: again, observed }), ['kill app 30s']);
    const same = observedOf([statusOf('app', { resources: { ...held, memoryLimit: 64 * 1024 * 1024 } })]);
    assert.deepEqual(steps({ pod: inPlace, observed: same }), []);
    const startedFor = (memory: string) =>
      observedOf([
        statusOf('app', {
          resources: { ...held, memoryLimit: 64 * 1024 * 1024 },
          annotations: { 'mkube.io/memory-request': memory },
        }),
      ]);
    const asking = podOf({
      containers: [
        containerOf('app', { resources: { ...resources, requests: { memory: '32Mi' } }, resizePolicy } as never),
      ] as never,
    });
    assert.deepEqual(steps({ pod: asking, observed: startedFor('33554432') }), [], 'the same amount');
    assert.deepEqual(steps({ pod: asking, observed: startedFor('16Mi') }), ['kill app 30s'], 'no limit says so');
  });

  it('takes away what was made and never started', () => {
    assert.deepEqual(steps({ observed: observedOf([statusOf('app', { state: 'created' })]) }), ['remove app-0']);
  });

  it('keeps the last two attempts of a container', () => {
    const dead = [0, 1, 2].map((attempt) => statusOf('app', { attempt, state: 'exited', exitCode: 1, backOff: 300 }));
    assert.deepEqual(steps({ observed: observedOf([...dead, statusOf('app', { attempt: 3 })]) }), [
      'remove app-1',
      'remove app-0',
    ]);
  });
});

describe('planning a pod on its way down', () => {
  const stop = (rest: Partial<Stop> = {}): Stop => ({ reason: 'deleted', since: NOW, graceSeconds: 30, ...rest });

  it('gives the containers their grace, then ends the sandbox, then tells the API', () => {
    assert.deepEqual(steps({ observed: observedOf([statusOf('app')]), stop: stop() }), ['kill app 30s']);
    assert.deepEqual(steps({ observed: observedOf([statusOf('app', { state: 'exited' })]), stop: stop() }), [
      'stopSandbox s0',
    ]);
    const down = observedOf([], [sandboxOf({ state: 'notready' })]);
    assert.deepEqual(steps({ observed: down, stop: stop() }), ['deletePod']);
    assert.deepEqual(steps({ observed: down, stop: stop(), deletionSent: true }), []);
    assert.deepEqual(steps({ observed: down, stop: stop({ reason: 'forgotten' }) }), ['cleanUp']);
    assert.deepEqual(steps({ observed: down, stop: stop({ reason: 'ended' }) }), ['releasePod']);
  });

  it('ends sidecars after the others, the last one first', () => {
    const side = (name: string) => containerOf(name, { restartPolicy: 'Always' });
    const pod = podOf({ initContainers: [side('s1'), side('s2')] as never });
    const all = [statusOf('s1'), statusOf('s2'), statusOf('app')];
    assert.deepEqual(steps({ pod, observed: observedOf(all), stop: stop() }), ['kill app 30s']);
    assert.deepEqual(steps({ pod, observed: observedOf(all.slice(0, 2)), stop: stop({ since: ago(10) }) }), [
      'kill s2 20s',
    ]);
  });

  it('cuts a kill short that is under way when the grace shrinks', () => {
    const observed = observedOf([statusOf('app')]);
    const until = new Date(NOW.getTime() + 60_000);
    const busy = new Map([['container/app', { action: 'killContainer' as const, until }]]);
    assert.deepEqual(steps({ observed, busy, stop: stop({ graceSeconds: 60 }) }), []);
    assert.deepEqual(steps({ observed, busy, stop: stop({ graceSeconds: 1 }) }), ['kill app 1s']);
  });

  it('waits for a start that is being called off', () => {
    const busy = new Map([['container/app', { action: 'startContainer' as const }]]);
    assert.deepEqual(steps({ observed: observedOf(), busy, stop: stop() }), []);
  });
});

describe('the end of a pod', () => {
  const ended = (exitCode: number) => observedOf([statusOf('app', { state: 'exited', exitCode })]);

  it('depends on its restart policy', () => {
    assert.equal(hasEnded(podOf({ restartPolicy: 'Never' }), ended(1)), true);
    assert.equal(hasEnded(podOf({ restartPolicy: 'OnFailure' }), ended(1)), false);
    assert.equal(hasEnded(podOf({ restartPolicy: 'OnFailure' }), ended(0)), true);
    assert.equal(hasEnded(podOf({ restartPolicy: 'Always' }), ended(0)), false);
    assert.equal(hasEnded(podOf({ restartPolicy: 'Never' }), observedOf()), false);
  });

  it('comes with an init container that failed for good', () => {
    const init = { initContainers: [containerOf('i1')] as never };
    const failed = observedOf([statusOf('i1', { state: 'exited', exitCode: 1 })]);
    assert.equal(hasEnded(podOf({ ...init, restartPolicy: 'Never' }), failed), true);
    assert.equal(hasEnded(podOf(init), failed), false);
  });

  it('is kept by the API, whatever became of the records', () => {
    assert.equal(hasEnded(podOf({}, { status: { phase: 'Succeeded' } }), observedOf([], [])), true);
  });

  it('is decided by the API first, then by the node', () => {
    const verdict = {
      reason: 'evicted' as const,
      since: NOW,
      graceSeconds: 0,
      status: { reason: 'Evicted', message: '' },
    };
    const deleting = podOf(
      {},
      { metadata: { deletionTimestamp: '2025-06-01T12:00:30Z', deletionGracePeriodSeconds: 30 } },
    );
    const input = { pod: podOf(), observed: observedOf([statusOf('app')]), now: NOW };
    assert.equal(stopOf(input), undefined);
    assert.equal(stopOf({ ...input, verdict })?.reason, 'evicted');
    assert.equal(stopOf({ ...input, verdict, pod: deleting })?.reason, 'deleted');
    assert.equal(stopOf({ ...input, verdict, pod: deleting, forgottenAt: NOW })?.reason, 'forgotten');
  });
});
