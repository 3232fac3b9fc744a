/** kubectl auth reconcile: roles and bindings come to hold at least what a file says; more only goes away when asked. */
import { type KubernetesObject, StatusError } from '@mkube/apimachinery';
import { bool, defineCommand, textOr } from '../../command.ts';
import { allManifests, fileFlags } from '../../files.ts';
import { CommandError } from '../../io.ts';
import { nameOf, pathOf } from '../../mapper.ts';
import { outputFlags } from '../../printers/output.ts';
import { dryRunOf } from '../../submit.ts';

interface Rbac extends KubernetesObject {
  rules?: unknown[];
  subjects?: unknown[];
  roleRef?: unknown;
}

const KINDS = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);

export const command = defineCommand({
  name: 'reconcile',
  usage: '-f FILENAME',
  summary: 'Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects.',
  examples: '  mkube auth reconcile -f my-rbac-rules.yaml',
  flags: {
    ...fileFlags,
    ...outputFlags,
    'remove-extra-permissions': bool('If true, removes extra permissions added to roles'),
    'remove-extra-subjects': bool('If true, removes extra subjects added to rolebindings'),
    'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'unchanged' }),
  },
  async run({ flags, io, session }) {
    const mode = dryRunOf(flags['dry-run']);
    const suffix = mode === 'client' ? ' (dry run)' : mode === 'server' ? ' (server dry run)' : '';
    const [rest, mapper] = [await session.rest(), await session.mapper()];
    for (const { object } of await allManifests(flags, io)) {
      if (!KINDS.has(object.kind))
        throw new CommandError(`only rbac.authorization.k8s.io is supported: not ${object.kind}`);
      const mapping = await mapper.byKind(object.apiVersion, object.kind);
      const namespace = object.metadata.namespace ?? (await session.namespace());
      const path = pathOf(mapping, namespace, object.metadata.name);
      const now = await rest.json<Rbac>({ path }).catch(missing);
      const wanted = wantedOf(object, now, flags['remove-extra-permissions'], flags['remove-extra-subjects']);
      const isSame = now !== undefined && JSON.stringify(wanted) === JSON.stringify(now);
      const query = { dryRun: mode === 'server' ? 'All' : undefined };
      if (!isSame && mode !== 'client') {
        if (now && JSON.stringify(now.roleRef) !== JSON.stringify(wanted.roleRef)) {
          await rest.json({ method: 'DELETE', path, query });
          await rest.json({ method: 'POST', path: pathOf(mapping, namespace), query, body: object });
        } else if (now) await rest.json({ method: 'PUT', path, query, body: wanted });
        else await rest.json({ method: 'POST', path: pathOf(mapping, namespace), query, body: object });
      }
      io.out(`${nameOf(mapping, object.metadata.name)} reconciled${suffix}\n`);
      if (!isSame) io.err(`\treconciliation required ${now ? 'update' : 'create'}\n`);
    }
  },
});

function missing(error: unknown): undefined {
  if (!(error instanceof StatusError && error.reason === 'NotFound')) throw error;
}

/** What is there, with what the file asks for added: order kept, so that nothing to do looks like nothing. */
function wantedOf(object: Rbac, now: Rbac | undefined, exactRules: boolean, exactSubjects: boolean): Rbac {
  if (!now) return object;
  const add = (held: unknown[] = [], asked: unknown[] = [], exact: boolean): unknown[] => {
    const has = (list: unknown[], one: unknown): boolean => list.some((o) => keyOf(o) === keyOf(one));
    return [...(exact ? held.filter((o) => has(asked, o)) : held), ...asked.filter((o) => !has(held, o))];
  };
  return {
    ...now,
    ...((object.rules || now.rules) && { rules: add(now.rules, object.rules, exactRules) }),
    ...((object.subjects || now.subjects) && { subjects: add(now.subjects, object.subjects, exactSubjects) }),
    ...(object.roleRef !== undefined && { roleRef: { ...(now.roleRef as object), ...(object.roleRef as object) } }),
  };
}

/** The same whatever the order of fields, and without the API group that the server fills in. */
const keyOf = (value: unknown): string =>
  JSON.stringify(
    Object.entries(value as object)
      .filter(([k, v]) => !(k === 'apiGroup' && v !== undefined))
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
