/**
 * For integration tests: what a kubelet and a scheduler would do to pods, over the API and nothing else. Pods come up ready
 * at once, or end at once where their image is 'succeed' or 'fail', and are gone when they are deleted. Notes when a group of pods breaks the bounds that a test sets.
 */
import type { Pod } from '@mkube/api';
import { NotFound } from '@mkube/apimachinery';
import { createInformer } from '@mkube/client';
import { isPodReady } from '@mkube/api';
import type { TestControllers } from './api.test.ts';

export interface Kubelet {
  readonly faults: readonly string[];
  /** Of the pods labelled app=<app>: at least so many ready, at most so many that are not going. */
  watchBounds(app: string, bounds: { least: number; most: number }): void;
  /** No two images at once. */
  watchImages(app: string): void;
  stop(): Promise<void>;
}

export function runKubelet({ client, namespace }: TestControllers, { nodeName = 'node-1' } = {}): Kubelet {
  const stop = new AbortController();
  const faults: string[] = [];
  const checks: (() => void)[] = [];
  const informer = createInformer({ resource: client.pods, namespace });
  const work = new Set<Promise<void>>();
  const act = (pod: Pod) => {
    for (const check of checks) check();
    const done = bringUpOrDown(pod).catch((error: unknown) => {
      if (!(error instanceof NotFound)) faults.push(String(error));
    });
    work.add(done);
    void done.finally(() => work.delete(done));
  };
  informer.onChange({ add: act, update: act });
  const running = informer.run(stop.signal);

  async function bringUpOrDown(pod: Pod): Promise<void> {
    if (pod.metadata.deletionTimestamp) {
      await client.pods.delete(pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } });
    } else if (!pod.spec.nodeName) {
      const [term] =
        pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
      const name = term?.matchFields?.[0]?.values?.[0] ?? nodeName;
      await client.pods.createSubresource(pod.metadata, 'binding', {
        kind: 'Binding',
        apiVersion: 'v1',
        metadata: { name: pod.metadata.name },
        target: { kind: 'Node', name },
      });
    } else if (pod.status.phase === 'Pending' && /^(succeed|fail)/.test(pod.spec.containers[0]?.image ?? '')) {
      const image = pod.spec.containers[0]?.image;
      const phase = image === 'succeed' ? 'Succeeded' : 'Failed';
      await client.pods.patch(pod.metadata, 'strategic', { status: { phase } }, { subresource: 'status' });
    } else if (pod.status.phase === 'Pending') {
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }];
      const status = {
        phase: 'Running',
        conditions,
        podIP: `10.1.0.${1 + (Number(pod.metadata.resourceVersion) % 250)}`,
      };
      await client.pods.patch(pod.metadata, 'strategic', { status }, { subresource: 'status' });
    }
  }

  const podsOf = (app: string) =>
    informer.lister.list().filter(({ metadata }) => metadata.labels?.['app'] === app && !metadata.deletionTimestamp);
  return {
    faults,
    watchBounds(app, { least, most }) {
      checks.push(() => {
        const pods = podsOf(app);
        const ready = pods.filter(isPodReady).length;
        if (ready < least) faults.push(`${ready} of ${app} are ready, at least ${least} should be`);
        if (pods.length > most) faults.push(`${pods.length} of ${app} are there, at most ${most} should be`);
      });
    },
    watchImages(app) {
      checks.push(() => {
        const images = new Set(
          informer.lister
            .list()
            .filter(({ metadata }) => metadata.labels?.['app'] === app)
            .map(({ spec }) => spec.containers[0]?.image),
        );
        if (images.size > 1) faults.push(`${app} runs ${[...images].join(' and ')} at once`);
      });
    },
    async stop() {
      stop.abort();
      await running;
      await Promise.all(work);
    },
  };
}
