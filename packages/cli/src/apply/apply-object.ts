/** One object applied: the three-way merge of the client, or the server's own apply. For apply, diff. */
import { type KubernetesObject, StatusError } from '@mkube/apimachinery';
import { CommandError, type Io } from '../io.ts';
import { type Mapping, pathOf } from '../mapper.ts';
import type { Rest } from '../rest.ts';
import { dryRunOf, LAST_APPLIED, validationOf, withLastApplied } from '../submit.ts';
import { DEFAULT_MANAGER, migrateToServerSide } from './migrate.ts';
import { patchOf } from './patch-of.ts';

export interface ApplyFlags {
  'dry-run': string;
  validate: string;
  'field-manager': string | undefined;
  'force-conflicts': boolean;
}

export interface Apply {
  flags: ApplyFlags;
  rest: Rest;
  io: Io;
  mapping: Mapping;
  namespace: string;
  object: KubernetesObject;
}

export type Outcome = {
  done: 'created' | 'configured' | 'unchanged' | 'serverside-applied';
  object: KubernetesObject;
};

const dryRunQuery = (flags: ApplyFlags): string | undefined =>
  dryRunOf(flags['dry-run']) === 'server' ? 'All' : undefined;

export async function applyServerSide({ flags, rest, io, mapping, namespace, object }: Apply): Promise<Outcome> {
  const path = pathOf(mapping, namespace, object.metadata.name);
  const dryRun = dryRunQuery(flags);
  const fieldValidation = validationOf(flags.validate);
  const manager = flags['field-manager'] ?? DEFAULT_MANAGER;
  const send = (body: object, contentType: string, query: Record<string, string>) =>
    rest.json<KubernetesObject>({
      method: 'PATCH',
      path,
      contentType,
      query: { ...query, fieldValidation, dryRun },
      body,
    });
  const apply = (intent: KubernetesObject, fieldManager: string): Promise<KubernetesObject> =>
    send(intent, 'application/apply-patch+yaml', { fieldManager, force: String(flags['force-conflicts']) });
  const applied = await apply(object, manager).catch(explainConflict);
  const migrated = await migrateToServerSide(applied, object, {
    manager,
    apply,
    patch: (operations) => send(operations, 'application/json-patch+json', { fieldManager: manager }),
    get: () => rest.json({ path }),
    warn: (text) => io.err(text),
  });
  return { done: 'serverside-applied', object: migrated };
}

function explainConflict(error: unknown): never {
  if (!(error instanceof StatusError) || error.reason !== 'Conflict') throw error;
  throw new CommandError(`${error.message}\n${WAYS_OUT}`, 1, { cause: error });
}

const WAYS_OUT = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`;

export async function applyClientSide(apply: Apply): Promise<Outcome> {
  const { flags, rest, mapping, namespace, object } = apply;
  const isClient = dryRunOf(flags['dry-run']) === 'client';
  const query = {
    fieldManager: flags['field-manager'] ?? 'kubectl-client-side-apply',
    fieldValidation: validationOf(flags.validate),
    dryRun: dryRunQuery(flags),
  };
  const modified = withLastApplied(object);
  const current = await findApplied(apply);
  if (!current) {
    if (isClient) return { done: 'created', object: modified };
    return {
      done: 'created',
      object: await rest.json({ method: 'POST', path: pathOf(mapping, namespace), query, body: modified }),
    };
  }
  const last = current.metadata.annotations?.[LAST_APPLIED];
  if (last === undefined)
    apply.io.err(
      `Warning: resource ${mapping.resource}/${object.metadata.name} is missing the ${LAST_APPLIED} annotation which is required by mkube apply. mkube apply should only be used on resources created declaratively by either mkube create --save-config or mkube apply. The missing annotation will be patched automatically.\n`,
    );
  const { patch, contentType } = await patchOf({ original: parseLast(last), modified, current });
  if (Object.keys(patch).length === 0) return { done: 'unchanged', object: current };
  if (isClient) return { done: 'configured', object: modified };
  const path = pathOf(mapping, namespace, object.metadata.name);
  const patched = await rest.json<KubernetesObject>({ method: 'PATCH', path, query, contentType, body: patch });
  return {
    done: patched.metadata.resourceVersion === current.metadata.resourceVersion ? 'unchanged' : 'configured',
    object: patched,
  };
}

export async function findApplied({
  rest,
  mapping,
  namespace,
  object,
}: Pick<Apply, 'rest' | 'mapping' | 'namespace' | 'object'>): Promise<KubernetesObject | undefined> {
  try {
    return await rest.json<KubernetesObject>({ path: pathOf(mapping, namespace, object.metadata.name) });
  } catch (error) {
    if (error instanceof StatusError && error.reason === 'NotFound') return undefined;
    throw error;
  }
}

function parseLast(last: string | undefined): KubernetesObject | undefined {
  try {
    return last === undefined ? undefined : (JSON.parse(last) as KubernetesObject);
  } catch {
    return undefined;
  }
}
