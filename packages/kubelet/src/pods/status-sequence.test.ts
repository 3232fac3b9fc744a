/**
 * What somebody who watches a pod sees of its status, step by step: phases, conditions and container states come in
 * Kubernetes' order, nothing is shown that Kubernetes would not show in between.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ContainerStatus, Pod } from '@mkube/api';
import { createFakeRuntime } from '@mkube/runtime';
import { eventually, openNode, type PodSpecInput, shell, statusOf, type TestNode } from '../testing/node.test.ts';

const CONDITIONS: Record<string, string> = {
  PodReadyToStartContainers: 'sandbox',
  Initialized: 'initialized',
  Ready: 'ready',
  ContainersReady: 'containers',
};

interface Sequence {
  spec: PodSpecInput;
  /** In order; what begins with '?' may be overtaken by what follows it. Of every container: state, then what it is beside. */
  sees: readonly string[];
  meanwhile?(node: TestNode, name: string): Promise<void>;
}

const UP = 'sandbox,initialized,ready,containers';
const UNREADY = 'sandbox,initialized,!ContainersNotReady';
const CREATING = ['Pending', `?Pending | initialized,!ContainersNotReady | main ContainerCreating`];
const STARTING = [...CREATING, `?Pending | ${UNREADY} | main ContainerCreating`];
const RUNNING = [...STARTING, `Running | ${UP} | main running ready started`];
/** The sandbox goes a moment after the last container. */
const over = (phase: string, conditions: string, containers: string): string[] => [
  `?${phase} | sandbox,${conditions} | ${containers}`,
  `${phase} | ${conditions} | ${containers}`,
];
const WAITING = 'Pending | !ContainersNotReady';
const INIT = 'Pending | sandbox,!ContainersNotReady';
const forever = 'sleep infinity';

const sequences: Record<string, Sequence> = {
  plain: { spec: { containers: [shell(forever)] }, sees: RUNNING },
  completed: {
    spec: { restartPolicy: 'Never', containers: [shell('sleep 2')] },
    sees: [...RUNNING, ...over('Succeeded', 'initialized(PodCompleted),!PodCompleted', 'main Completed:0')],
  },
  failing: {
    spec: { restartPolicy: 'Never', containers: [shell('sleep 2; exit 3')] },
    sees: [...RUNNING, ...over('Failed', 'initialized,!PodFailed', 'main Error:3')],
  },
  crashing: {
    spec: { containers: [shell('sleep 2; exit 3')] },
    sees: [
      ...RUNNING,
      `?Running | ${UNREADY} | main Error:3`,
      `Running | ${UP} | main running ready started again last Error`,
      `?Running | ${UNREADY} | main Error:3 again last Error`,
      `Running | ${UNREADY} | main CrashLoopBackOff again last Error`,
    ],
  },
  init: {
    spec: {
      initContainers: [shell('sleep 2', { name: 'i' }), shell('sleep 2', { name: 'j' })],
      containers: [shell(forever)],
    },
    sees: [
      'Pending',
      `?${WAITING} | i PodInitializing | j PodInitializing | main PodInitializing`,
      `?${INIT} | i PodInitializing | j PodInitializing | main PodInitializing`,
      `${INIT} | i running started | j PodInitializing | main PodInitializing`,
      `?${INIT} | i Completed:0 ready | j PodInitializing | main PodInitializing`,
      `${INIT} | i Completed:0 ready | j running started | main PodInitializing`,
      `?Pending | ${UNREADY} | i Completed:0 ready | j Completed:0 ready | main PodInitializing`,
      `Running | ${UP} | i Completed:0 ready | j Completed:0 ready | main running ready started`,
    ],
  },
  'init that fails': {
    spec: {
      restartPolicy: 'Never',
      initContainers: [shell('sleep 2; exit 1', { name: 'i' })],
      containers: [shell('true')],
    },
    sees: [
      'Pending',
      `?${WAITING} | i PodInitializing | main PodInitializing`,
      `?${INIT} | i PodInitializing | main PodInitializing`,
      `${INIT} | i running started | main PodInitializing`,
      ...over('Failed', '!PodFailed', 'i Error:1 | main PodInitializing'),
    ],
  },
  sidecar: {
    spec: {
      restartPolicy: 'Never',
      initContainers: [shell(forever, { name: 's', restartPolicy: 'Always' })],
      containers: [shell('sleep 2')],
    },
    sees: [
      'Pending',
      `?${WAITING} | s PodInitializing | main PodInitializing`,
      `?${INIT} | s PodInitializing | main PodInitializing`,
      `?Pending | ${UNREADY} | s running ready started | main PodInitializing`,
      `Running | ${UP} | s running ready started | main running ready started`,
      `?Running | ${UNREADY} | s running ready started | main Completed:0`,
      ...over('Succeeded', 'initialized(PodCompleted),!PodCompleted', 's Error:143 | main Completed:0'),
    ],
  },
  'ready later': {
    spec: {
      containers: [
        shell(forever, { readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1, initialDelaySeconds: 1 } }),
      ],
    },
    sees: [...STARTING, `Running | ${UNREADY} | main running started`, `Running | ${UP} | main running ready started`],
  },
  'started later': {
    spec: {
      containers: [
        shell(forever, { startupProbe: { exec: { command: ['true'] }, periodSeconds: 1, initialDelaySeconds: 1 } }),
      ],
    },
    sees: [...STARTING, `Running | ${UNREADY} | main running`, `Running | ${UP} | main running ready started`],
  },
  deleted: {
    spec: { containers: [shell(forever)] },
    async meanwhile(node, name) {
      await eventually('it runs', async () => statusOf(await node.getPod(name))?.ready);
      await node.client.pods.delete({ namespace: 'default', name });
    },
    sees: [
      ...RUNNING,
      `Running | deleting | ${UP} | main running ready started`,
      `?Running | deleting | ${UNREADY} | main Error:143`,
      ...['sandbox,', ''].map((own) => `?Failed | deleting | ${own}initialized,!PodFailed | main Error:143`),
      'gone',
    ],
  },
  'deleted after an init that failed': {
    spec: {
      restartPolicy: 'Never',
      initContainers: [shell('exit 1', { name: 'i' })],
      containers: [shell('true')],
    },
    async meanwhile(node, name) {
      await eventually('it failed', async () => (await node.getPod(name)).status.phase === 'Failed');
      await node.client.pods.delete({ namespace: 'default', name });
    },
    sees: [
      'Pending',
      `?${WAITING} | i PodInitializing | main PodInitializing`,
      `?${INIT} | i PodInitializing | main PodInitializing`,
      `?${INIT} | i running started | main PodInitializing`,
      ...['sandbox,', ''].map((own) => `?Failed | ${own}!PodFailed | i Error:1 | main PodInitializing`),
      ...['sandbox,', ''].map((own) => `?Failed | deleting | ${own}!PodFailed | i Error:1 | main PodInitializing`),
      'gone',
    ],
  },
  'deleted while its image is nowhere': {
    spec: { containers: [shell('true', { image: 'missing', imagePullPolicy: 'Always' })] },
    async meanwhile(node, name) {
      await eventually(
        'it waits',
        async () => statusOf(await node.getPod(name))?.state.waiting?.reason === 'ErrImagePull',
      );
      await node.client.pods.delete({ namespace: 'default', name });
    },
    sees: [
      ...STARTING,
      `Pending | ${UNREADY} | main ErrImagePull`,
      `?Pending | ${UNREADY} | main ImagePullBackOff`,
      ...['ErrImagePull', 'ImagePullBackOff'].map((why) => `?Pending | deleting | ${UNREADY} | main ${why}`),
      `?Pending | deleting | ${UNREADY} | main ContainerCreating`,
      '?Pending | deleting | initialized,!ContainersNotReady | main ContainerCreating',
      'Failed | deleting | initialized,!PodFailed | main ContainerCreating',
      'gone',
    ],
  },
  'with a handler that nobody has configured': {
    spec: { runtimeClassName: 'odd', containers: [shell('true')] },
    async meanwhile(node, name) {
      await eventually('an event says so', async () => {
        const fieldSelector = `involvedObject.name=${name},reason=FailedCreatePodSandBox`;
        const { items } = await node.client.events.list({ namespace: 'default', fieldSelector });
        return items.some(
          ({ message }) => message === 'Failed to create pod sandbox: no runtime for "odd" is configured',
        );
      });
    },
    sees: ['Pending', '?Pending | initialized,!ContainersNotReady | main ContainerCreating'],
  },
  'with an image that is nowhere': {
    spec: { containers: [shell('true', { image: 'missing', imagePullPolicy: 'Always' })] },
    sees: [...STARTING, `Pending | ${UNREADY} | main ErrImagePull`, `Pending | ${UNREADY} | main ImagePullBackOff`],
  },
};

describe('what a watch sees of a pod', { concurrency: true }, () => {
  let node: TestNode;
  before(async () => {
    const runtime = createFakeRuntime({ images: ['busybox'], isMissing: (ref) => ref.includes('missing') });
    node = await openNode({ runtime });
    await node.client.runtimeClasses.create({ metadata: { name: 'odd' }, handler: 'odd' });
  });
  after(() => node.close());
  for (const [what, { spec, sees, meanwhile }] of Object.entries(sequences))
    it(what, async () => {
      const name = what.replaceAll(' ', '-');
      const { seen, close } = watchPod(node, name);
      await node.runPod(name, spec);
      await meanwhile?.(node, name);
      const last = sees.at(-1) ?? '';
      await eventually(`${what} is ${last}`, async () => seen.includes(last), 30_000).catch(() => undefined);
      await close();
      assert.equal(faultOf(seen, sees), undefined, seen.join('\n'));
    });
});

/** Why what was seen is not what is expected. */
function faultOf(seen: readonly string[], sees: readonly string[]): string | undefined {
  const left = [...sees];
  for (const line of seen) {
    for (;;) {
      const next = left.shift();
      if (next === undefined) return `nobody expects ${line}`;
      if (next.replace(/^\?/, '') === line) break;
      if (!next.startsWith('?')) return `there is ${line} where ${next} is expected`;
    }
  }
  const missed = left.find((line) => !line.startsWith('?'));
  return missed && `there is no ${missed}`;
}

function watchPod({ client }: TestNode, name: string): { seen: string[]; close(): Promise<void> } {
  const seen: string[] = [];
  const stop = new AbortController();
  const watching = (async () => {
    const fieldSelector = `metadata.name=${name}`;
    const events = client.pods.watch({ namespace: 'default', fieldSelector, signal: stop.signal });
    for await (const { type, object } of events) {
      const line = type === 'DELETED' ? 'gone' : lineOf(object as Pod);
      if (line !== seen.at(-1)) seen.push(line);
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return {
    seen,
    close() {
      stop.abort();
      return watching;
    },
  };
}

/** 'Running | sandbox,initialized,ready,containers | main running ready started'. */
function lineOf({ status, metadata }: Pod): string {
  const conditions = Object.entries(CONDITIONS).flatMap(([type, short]) => {
    const { status: is, reason } = status.conditions?.find((condition) => condition.type === type) ?? {};
    if (is === 'True') return [reason ? `${short}(${reason})` : short];
    return type === 'Ready' && reason ? [`!${reason}`] : [];
  });
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map(containerOf);
  const parts = [status.phase, metadata.deletionTimestamp && 'deleting', conditions.join(','), ...containers];
  return parts.filter(Boolean).join(' | ');
}

function containerOf({ name, state, lastState, ready, started, restartCount }: ContainerStatus): string {
  const { waiting, running, terminated } = state;
  const is = waiting?.reason ?? (running ? 'running' : `${terminated?.reason}:${terminated?.exitCode}`);
  const last = lastState.terminated && `last ${lastState.terminated.reason}`;
  return [name, is, ready && 'ready', started && 'started', restartCount > 0 && 'again', last]
    .filter(Boolean)
    .join(' ');
}
