/** kubectl rollout status|restart|pause|resume|history|undo. */
import type { Deployment, ReplicaSet } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';
import {
  type AnyCommand,
  type CommandGroup,
  bool,
  defineCommand,
  intOr,
  text,
  textOr,
  subcommandsOf,
} from '../command.ts';
import { fileFlags } from '../files.ts';
import { followObject } from '../follow-object.ts';
import { CommandError } from '../io.ts';
import { nameOf, pathOf } from '../mapper.ts';
import { selectorText } from '../pods.ts';
import { rolloutStatusOf } from '../rollout-status.ts';
import { type Selected, selectByCommandLine } from '../select.ts';
import { durationMillis, type Session } from '../session.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const selectorFlag = { ...fileFlags, selector: text('Selector (label query) to filter on.', { short: 'l' }) } as const;

const status = defineCommand({
  name: 'status',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  summary: 'Show the status of the rollout.',
  flags: {
    ...selectorFlag,
    watch: bool("Watch the status of the rollout until it's done.", { short: 'w', default: true }),
    timeout: textOr('0s', 'The length of time to wait before ending watch, zero means never.'),
    revision: intOr(0, 'Pin to a specific revision for showing its status.'),
  },
  async run({ args, flags, io, session }) {
    const limit = durationMillis(flags.timeout);
    const signal = limit > 0 ? AbortSignal.any([io.signal, AbortSignal.timeout(limit)]) : io.signal;
    for (const { mapping, name, namespace } of await selectByCommandLine({
      args,
      flags,
      io,
      session,
      verb: 'rollout',
    })) {
      let said = '';
      let failure: string | undefined;
      const done = (object: KubernetesObject | undefined): boolean => {
        if (!object) throw new CommandError(`object has been deleted`);
        const now = rolloutStatusOf({ ...object, kind: mapping.kind });
        failure = now.failure;
        if (now.message !== said) io.out(now.message);
        said = now.message;
        return now.done || failure !== undefined || !flags.watch;
      };
      const finished = await followObject({
        rest: await session.rest(),
        path: pathOf(mapping, namespace),
        name,
        signal,
        done,
        mayBeMissing: false,
      });
      if (failure !== undefined) throw new CommandError(failure);
      if (!finished) throw new CommandError('timed out waiting for the condition');
    }
  },
});

/** A strategic or merge patch of each selected object, and what is said of it. */
const patching = (options: { name: string; summary: string; past: string; patch(now: Date): unknown }): AnyCommand =>
  defineCommand({
    name: options.name,
    usage: 'RESOURCE',
    summary: options.summary,
    flags: selectorFlag,
    async run({ args, flags, io, session }) {
      const rest = await session.rest();
      for (const { mapping, name, namespace } of await selectByCommandLine({
        args,
        flags,
        io,
        session,
        verb: 'rollout',
      })) {
        const path = pathOf(mapping, namespace, name);
        await rest.json({
          method: 'PATCH',
          path,
          contentType: 'application/strategic-merge-patch+json',
          query: { fieldManager: 'kubectl-rollout' },
          body: options.patch(io.now()),
        });
        io.out(`${nameOf(mapping, name)} ${options.past}\n`);
      }
    },
  });

const restart = patching({
  name: 'restart',
  summary: 'Restart a resource.',
  past: 'restarted',
  patch: (now) => ({
    spec: {
      template: {
        metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': now.toISOString().replace(/\.\d+Z$/, 'Z') } },
      },
    },
  }),
});
const pause = patching({
  name: 'pause',
  summary: 'Mark the provided resource as paused.',
  past: 'paused',
  patch: () => ({ spec: { paused: true } }),
});
const resume = patching({
  name: 'resume',
  summary: 'Resume a paused resource.',
  past: 'resumed',
  patch: () => ({ spec: { paused: null } }),
});

async function revisionsOf(
  session: Session,
  { namespace, name }: Selected,
): Promise<{ deployment: Deployment; sets: { revision: number; set: ReplicaSet }[] }> {
  const rest = await session.rest();
  const root = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace ?? '')}`;
  const deployment = await rest.json<Deployment>({ path: `${root}/deployments/${encodeURIComponent(name)}` });
  const { items } = await rest.json<{ items: ReplicaSet[] }>({
    path: `${root}/replicasets`,
    query: { labelSelector: selectorText(deployment.spec.selector) },
  });
  const sets = items
    .filter((set) => set.metadata.ownerReferences?.some((o) => o.uid === deployment.metadata.uid))
    .map((set) => ({ revision: Number(set.metadata.annotations?.[REVISION] ?? 0), set }))
    .toSorted((a, b) => a.revision - b.revision);
  return { deployment, sets };
}

const history = defineCommand({
  name: 'history',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  summary: 'View previous rollout revisions and configurations.',
  flags: { ...selectorFlag, revision: intOr(0, 'See the details, including podTemplate of the revision specified') },
  async run({ args, flags, io, session }) {
    for (const target of await selectByCommandLine({ args, flags, io, session, verb: 'rollout' })) {
      if (target.mapping.kind !== 'Deployment')
        throw new CommandError(`no history viewer has been implemented for "${target.mapping.kind}"`);
      const { sets } = await revisionsOf(session, target);
      const { alignTabs } = await import('../printers/tab-writer.ts');
      const rows = sets.map(
        ({ revision, set }) => `${revision}\t${set.metadata.annotations?.['kubernetes.io/change-cause'] ?? '<none>'}\n`,
      );
      io.out(`${nameOf(target.mapping, target.name)} \n${alignTabs(`REVISION\tCHANGE-CAUSE\n${rows.join('')}`)}\n`);
    }
  },
});

const undo = defineCommand({
  name: 'undo',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  summary: 'Roll back to a previous rollout.',
  flags: { ...selectorFlag, 'to-revision': intOr(0, 'The revision to rollback to. Default to 0 (last revision).') },
  async run({ args, flags, io, session }) {
    for (const target of await selectByCommandLine({ args, flags, io, session, verb: 'rollout' })) {
      if (target.mapping.kind !== 'Deployment')
        throw new CommandError(`no rollbacker has been implemented for "${target.mapping.kind}"`);
      const { sets, deployment } = await revisionsOf(session, target);
      if (deployment.spec.paused)
        throw new CommandError(
          `you cannot rollback a paused deployment; resume it first with 'mkube rollout resume' and try again`,
        );
      const wanted = flags['to-revision'] === 0 ? sets.at(-2) : sets.find((s) => s.revision === flags['to-revision']);
      if (!wanted)
        throw new CommandError(
          flags['to-revision'] === 0
            ? 'no rollout history found for deployment "' + target.name + '"'
            : `unable to find specified revision ${flags['to-revision']} in history`,
        );
      const { 'pod-template-hash': _hash, ...labels } = wanted.set.spec.template?.metadata?.labels ?? {};
      const template = { ...wanted.set.spec.template, metadata: { ...wanted.set.spec.template?.metadata, labels } };
      const patch = [{ op: 'replace', path: '/spec/template', value: template }];
      await (
        await session.rest()
      ).json({
        method: 'PATCH',
        path: pathOf(target.mapping, target.namespace, target.name),
        contentType: 'application/json-patch+json',
        body: patch,
      });
      io.out(`${nameOf(target.mapping, target.name)} rolled back\n`);
    }
  },
});

export const command: CommandGroup = {
  name: 'rollout',
  summary: 'Manage the rollout of one or many resources.',
  subcommands: subcommandsOf([history, pause, restart, resume, status, undo]),
};
