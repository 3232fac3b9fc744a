/** kubectl drain: closes nodes to new pods and evicts those that are there. */
import type { Pod } from '@mkube/api';
import { StatusError } from '@mkube/apimachinery';
import { bool, defineCommand, intOr, text, textOr } from '../command.ts';
import { nodesOf, setUnschedulable } from '../cordon-command.ts';
import { evictPods } from '../drain/evict.ts';
import { isOfDaemonSet, planDrain } from '../drain/plan.ts';
import { CommandError } from '../io.ts';
import type { Rest } from '../rest.ts';
import { durationMillis } from '../session.ts';
import { dryRunOf } from '../submit.ts';

export const command = defineCommand({
  name: 'drain',
  usage: 'NODE',
  summary: 'Drain node in preparation for maintenance.',
  examples: '  mkube drain node-1 --ignore-daemonsets --force\n  mkube drain node-1 --grace-period=900',
  flags: {
    selector: text('Selector (label query) to filter on.', { short: 'l' }),
    'pod-selector': text('Label selector to filter pods on the node'),
    force: bool('Continue even if there are pods that do not declare a controller.'),
    'ignore-daemonsets': bool('Ignore DaemonSet-managed pods.'),
    'delete-emptydir-data': bool('Continue even if there are pods using emptyDir (local data will be deleted).'),
    'disable-eviction': bool(
      'Force drain to use delete, even if eviction is supported: disruption budgets do not count.',
    ),
    'grace-period': intOr(-1, "Seconds given to each pod to terminate gracefully. If negative, the pod's own value."),
    timeout: textOr('0s', 'The length of time to wait before giving up, zero means infinite'),
    'skip-wait-for-delete-timeout': intOr(0, 'Skip pods that are being deleted for longer than this many seconds.'),
    'chunk-size': intOr(500, 'Return large lists in chunks rather than all at once. Pass 0 to disable.'),
    'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'unchanged' }),
  },
  async run({ args, flags, io, session }) {
    if (args.length === 0 && !flags.selector)
      throw new CommandError("USAGE: drain NODE [flags]\nSee 'mkube drain -h' for help and examples");
    if (args.length > 0 && flags.selector)
      throw new CommandError('cannot specify both a node name and a --selector option');
    const [rest, mode] = [await session.rest(), dryRunOf(flags['dry-run'])];
    const nodes = await nodesOf({ args, selector: flags.selector, rest, session });
    for (const node of nodes) await setUnschedulable({ rest, io, node, wanted: true, dryRun: mode });
    const limit = durationMillis(flags.timeout);
    const signal = limit > 0 ? AbortSignal.any([io.signal, AbortSignal.timeout(limit)]) : io.signal;
    const failed = new Map<string, string>();
    const suffix = mode === 'client' ? ' (dry run)' : mode === 'server' ? ' (server dry run)' : '';
    for (const node of nodes) {
      const errors = await drain(node);
      if (errors.length === 0) {
        io.out(`node/${node} drained${suffix}\n`);
        continue;
      }
      const all = errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`;
      failed.set(node, all);
      io.err(`error: unable to drain node "${node}" due to error: ${all}, continuing command...\n`);
    }
    if (failed.size === 0) return;
    io.err(`There are pending nodes to be drained:\n${[...failed.keys()].map((n) => ` ${n}\n`).join('')}`);
    const all = [...failed.values()];
    throw new CommandError(all.length === 1 ? (all[0] ?? '') : `[${all.join(', ')}]`);

    async function drain(node: string): Promise<string[]> {
      const pods = await podsOn(rest, node, flags['pod-selector']);
      const { evict, warnings, errors } = planDrain(pods, {
        force: flags.force,
        ignoreDaemonSets: flags['ignore-daemonsets'],
        deleteEmptyDirData: flags['delete-emptydir-data'],
        skipDeletedAfterSeconds: flags['skip-wait-for-delete-timeout'],
        now: io.now(),
        missingDaemonSets: await missingDaemonSets(rest, pods),
      });
      if (errors.length > 0) return errors;
      if (warnings.length > 0) io.err(`Warning: ${warnings.join('; ')}\n`);
      if (mode === 'client') {
        for (const { metadata } of evict) io.out(`evicting pod ${metadata.namespace}/${metadata.name} (dry run)\n`);
        return [];
      }
      const left = await evictPods({
        rest,
        io,
        pods: evict,
        gracePeriod: flags['grace-period'],
        disableEviction: flags['disable-eviction'],
        dryRun: mode === 'server',
        signal,
        timeout: flags.timeout,
      });
      if (left.length > 0) await sayPending(node, left);
      return left;
    }

    async function sayPending(node: string, left: readonly string[]): Promise<void> {
      const pending = (await podsOn(rest, node, flags['pod-selector'])).filter((p) => !isOfDaemonSet(p));
      const all = left.length === 1 ? left[0] : `[${left.join(', ')}]`;
      if (pending.length > 0)
        io.err(
          `There are pending pods in node "${node}" when an error occurred: ${all}\n${pending.map((p) => `pod/${p.metadata.name}\n`).join('')}`,
        );
    }
  },
});

const podsOn = async (rest: Rest, node: string, selector: string | undefined): Promise<Pod[]> =>
  (
    await rest.json<{ items: Pod[] }>({
      path: '/api/v1/pods',
      query: { fieldSelector: `spec.nodeName=${node}`, labelSelector: selector },
    })
  ).items;

async function missingDaemonSets(rest: Rest, pods: readonly Pod[]) {
  const missing = new Map<string, { message: string; notFound: boolean }>();
  for (const { metadata } of pods.filter(isOfDaemonSet)) {
    const name = metadata.ownerReferences?.find((o) => o.controller)?.name ?? '';
    const path = `/apis/apps/v1/namespaces/${encodeURIComponent(metadata.namespace)}/daemonsets/${encodeURIComponent(name)}`;
    try {
      await rest.json({ path });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const notFound = error.reason === 'NotFound';
      missing.set(`${metadata.namespace}/${name}`, { message: error.message, notFound });
    }
  }
  return missing;
}
