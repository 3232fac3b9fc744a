import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod, PodStatus } from '@mkube/api';
import { ago, containerOf, NOW, observedOf, podOf, sandboxOf, statusOf } from '../testing/pods.test.ts';
import { type PodStatusInput, podStatusOf } from './status.ts';
import { isUrgent, mayWait, statusPatchOf } from './status-patch.ts';

const build = (input: Partial<PodStatusInput>): PodStatus =>
  podStatusOf({
    pod: podOf(),
    observed: observedOf(),
    now: NOW,
    runtimeName: 'runc',
    failures: new Map(),
    health: { isStarted: () => true, isReady: () => true },
    terminationMessageOf: () => undefined,
    stopping: false,
    hostIP: '10.0.0.1',
    startTime: ago(100),
    ended: false,
    parting: false,
    told: undefined,
    ...input,
  });

/** 'Running app:running', in one line. */
function summary(status: PodStatus): string {
  const states = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(
    ({ name, state }) => {
      const { waiting, running, terminated } = state;
      return `${name}:${waiting?.reason ?? (running ? 'running' : `${terminated?.reason} ${terminated?.exitCode}`)}`;
    },
  );
  return [status.phase, ...states].join(' ');
}
const conditions = (status: PodStatus): string =>
  (status.conditions ?? [])
    .map(({ type, status: is, reason }) => `${type}=${is}${reason ? ` ${reason}` : ''}`)
    .join(', ');

const twoInits = podOf({ initContainers: [containerOf('i1'), containerOf('i2')] as never });
const exited = (name: string, exitCode: number, rest: object = {}) =>
  statusOf(name, { state: 'exited', exitCode, ...rest });

const cases: [what: string, input: Partial<PodStatusInput>, expected: string][] = [
  ['is pending before its sandbox', { observed: observedOf([], []) }, 'Pending app:ContainerCreating'],
  ['is running with its container', { observed: observedOf([statusOf('app')]) }, 'Running app:running'],
  [
    'is initializing while it has init containers, they themselves too',
    { pod: twoInits },
    'Pending i1:PodInitializing i2:PodInitializing app:PodInitializing',
  ],
  [
    'goes through its init containers',
    { pod: twoInits, observed: observedOf([exited('i1', 0)]) },
    'Pending i1:Completed 0 i2:PodInitializing app:PodInitializing',
  ],
  ['backs off', { observed: observedOf([exited('app', 1, { backOff: 20 })]) }, 'Running app:CrashLoopBackOff'],
  ['shows the end before the restart', { observed: observedOf([exited('app', 1)]) }, 'Running app:Error 1'],
  [
    'stays failed once that was told, whatever is seen later',
    { observed: observedOf([exited('app', 0)]), stopping: true, told: 'Failed' },
    'Failed app:Completed 0',
  ],
  [
    'has failed where it never began and is let go',
    { observed: observedOf([], []), stopping: true, parting: true },
    'Failed app:ContainerCreating',
  ],
  [
    'is still pending before it is let go',
    { observed: observedOf([], []), stopping: true },
    'Pending app:ContainerCreating',
  ],
  [
    'says why it cannot start',
    { failures: new Map([['app', { reason: 'ErrImagePull', message: 'no' }]]) },
    'Pending app:ErrImagePull',
  ],
  [
    'succeeds',
    { pod: podOf({ restartPolicy: 'Never' }), ended: true, stopping: true, observed: observedOf([exited('app', 0)]) },
    'Succeeded app:Completed 0',
  ],
  [
    'fails',
    { pod: podOf({ restartPolicy: 'Never' }), ended: true, stopping: true, observed: observedOf([exited('app', 2)]) },
    'Failed app:Error 2',
  ],
  [
    'tells of memory',
    {
      pod: podOf({ restartPolicy: 'Never' }),
      ended: true,
      stopping: true,
      observed: observedOf([exited('app', 137, { reason: 'OOMKilled' })]),
    },
    'Failed app:OOMKilled 137',
  ],
  ['stays running while it ends', { stopping: true, observed: observedOf([statusOf('app')]) }, 'Running app:running'],
];

describe('the status of a pod', () => {
  for (const [what, input, expected] of cases) it(what, () => assert.equal(summary(build(input)), expected));

  it('is final once it was', () => {
    const pod = podOf({}, { status: { phase: 'Succeeded' } });
    assert.equal(build({ pod, observed: observedOf([], []), ended: true, stopping: true }).phase, 'Succeeded');
  });

  it('keeps what the API knows of a container that is lost, and starts another', () => {
    const known = {
      name: 'app',
      restartCount: 2,
      containerID: 'runc://old',
      state: { running: { startedAt: '2025-06-01T11:00:00Z' } },
      lastState: {},
    };
    const status = { containerStatuses: [known] } as unknown as PodStatus;
    const again = build({ pod: podOf({}, { status }) });
    assert.equal(summary(again), 'Pending app:ContainerCreating'.replace('Pending', 'Running'));
    assert.equal(again.containerStatuses?.[0]?.lastState.terminated?.reason, 'ContainerStatusUnknown');
    const never = build({ pod: podOf({ restartPolicy: 'Never' }, { status }), stopping: true, ended: true });
    assert.equal(summary(never), 'Failed app:ContainerStatusUnknown 137');
  });

  it('has its conditions in order, with the times of their changes', () => {
    const before = build({ observed: observedOf([], []) });
    assert.equal(
      conditions(before),
      'PodReadyToStartContainers=False, Initialized=True, Ready=False ContainersNotReady, ContainersReady=False ContainersNotReady, PodScheduled=True',
    );
    const pod = podOf({}, { status: before });
    const later = build({ pod, observed: observedOf([statusOf('app')]), now: new Date(NOW.getTime() + 5000) });
    assert.equal(
      conditions(later),
      'PodReadyToStartContainers=True, Initialized=True, Ready=True, ContainersReady=True, PodScheduled=True',
    );
    const times = later.conditions?.map(({ lastTransitionTime }) => lastTransitionTime?.slice(17, 19));
    assert.deepEqual(times, ['05', '00', '05', '05', '00']);
  });

  it('waits for readiness gates, and leaves conditions of others alone', () => {
    const gate: Pod['spec']['readinessGates'] = [{ conditionType: 'example.com/lb' }];
    const other = { type: 'example.com/lb', status: 'False' };
    const held = build({
      pod: podOf({ readinessGates: gate } as never, { status: { conditions: [other] } }),
      observed: observedOf([statusOf('app')]),
    });
    assert.match(conditions(held), /Ready=False ReadinessGatesNotReady, ContainersReady=True.*example.com\/lb=False/);
  });

  it('names the addresses of node and pod', () => {
    const { hostIP, podIP, podIPs } = build({
      observed: observedOf([statusOf('app')], [sandboxOf({ ips: ['10.244.0.9'] })]),
    });
    assert.deepEqual(
      { hostIP, podIP, podIPs },
      { hostIP: '10.0.0.1', podIP: '10.244.0.9', podIPs: [{ ip: '10.244.0.9' }] },
    );
    assert.equal(build({ pod: podOf({ hostNetwork: true }) }).podIP, '10.0.0.1');
  });
});

describe('a patch of a status', () => {
  it('holds what differs, and nothing where nothing does', () => {
    const status = build({ observed: observedOf([statusOf('app')]) });
    assert.equal(statusPatchOf(status, status), undefined);
    assert.deepEqual(statusPatchOf(status, { ...status, phase: 'Failed', reason: 'Evicted' }), {
      phase: 'Failed',
      reason: 'Evicted',
    });
    assert.deepEqual(statusPatchOf({ ...status, reason: 'x' }, status), { reason: null });
  });

  it('replaces lists of addresses, and names fields of conditions that have to go', () => {
    const before: PodStatus = {
      podIPs: [{ ip: '1' }],
      conditions: [{ type: 'Ready', status: 'False', reason: 'No', message: 'm' }],
    };
    const patch = statusPatchOf(before, { podIPs: [{ ip: '2' }], conditions: [{ type: 'Ready', status: 'True' }] });
    assert.deepEqual(patch, {
      podIPs: [{ ip: '2' }, { $patch: 'replace' }],
      conditions: [{ type: 'Ready', status: 'True', reason: null, message: null }],
    });
  });

  it('is urgent when somebody may be waiting for it', () => {
    const pending = build({ observed: observedOf([], []) });
    assert.equal(isUrgent({ phase: 'Pending' }, pending), false);
    assert.equal(isUrgent(pending, build({ observed: observedOf() })), false);
    assert.equal(isUrgent(pending, build({ observed: observedOf([statusOf('app')]) })), true);
  });

  it('of a start waits longer beside many others, and not for ever', () => {
    const asked = [
      { others: 0, waitedMs: 100 },
      { others: 9, waitedMs: 100 },
      { others: 9, waitedMs: 5000 },
    ];
    assert.deepEqual(asked.map(mayWait), [false, true, false]);
  });
});
