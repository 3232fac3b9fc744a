/** Pods: deletion in two steps. The first sets the grace; the kubelet's delete with none, or a forced one, ends it. */
import type { Pod } from '@mkube/api';
import { bindPod } from './binding.ts';
import { evictPod } from './eviction.ts';
import { attachToPod, execInPod, forwardPort, needsUpgrade } from './connect.ts';
import { readLog } from './log.ts';
import { proxy, proxyUpgrade } from '../../proxy/proxy.ts';
import type { KindHooks } from '../hooks.ts';

export const podHooks: KindHooks<Pod> = {
  subresources: {
    attach: needsUpgrade,
    binding: bindPod,
    eviction: evictPod,
    exec: needsUpgrade,
    log: readLog,
    portforward: needsUpgrade,
    proxy,
  },
  connect: { attach: attachToPod, exec: execInPod, portforward: forwardPort, proxy: proxyUpgrade },
  /** Nobody runs a pod that is not bound or has ended: it goes at once. */
  gracePeriod(pod, { gracePeriodSeconds }) {
    const wanted = gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    const ended = pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
    if (!pod.spec.nodeName || ended) return 0;
    return wanted < 0 ? 1 : wanted;
  },
};
