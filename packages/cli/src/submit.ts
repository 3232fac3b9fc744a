/** Sends a made or read object to the server and says so: what create, run's kin and replace share. */
import { type KubernetesObject, sortKeys, StatusError } from '@mkube/apimachinery';
import { bool, text, textOr } from './command.ts';
import { CommandError, type Io } from './io.ts';
import { nameOf, pathOf } from './mapper.ts';
import { createObjectPrinter, type OutputFlags, outputFlags } from './printers/output.ts';
import type { Session } from './session.ts';

export const submitFlags = {
  ...outputFlags,
  'dry-run': textOr('none', 'Must be "none", "server", or "client".', { optionalValue: 'unchanged' }),
  validate: textOr('true', 'Must be one of: strict (or true), warn, ignore (or false).', { optionalValue: 'strict' }),
  'field-manager': text('Name of the manager used to track field ownership.'),
  'save-config': bool('If true, the configuration of current object will be saved in its annotation.'),
} as const;

export interface SubmitFlags extends OutputFlags {
  'dry-run': string;
  validate: string;
  'field-manager': string | undefined;
  'save-config': boolean;
}

export interface Submission {
  object: KubernetesObject;
  flags: SubmitFlags;
  io: Io;
  session: Session;
  /** Said of the object when it is there; 'created' unless given. */
  past?: string;
  /** Made by a generator: no namespace unless asked for, keys in their own order, and this said before the server's refusal. */
  generated?: { failure?: string };
}

/** Prints `deployment.apps/web created`, or the object with -o. */
export async function createObject({
  object,
  flags,
  io,
  session,
  past = 'created',
  generated,
}: Submission): Promise<void> {
  const mode = dryRunOf(flags['dry-run']);
  const mapper = await session.mapper();
  const mapping = await mapper.byKind(object.apiVersion, object.kind);
  const namespace = await namespaceOf(object, session);
  const printer = await createObjectPrinter(flags, async (o) => nameOf(mapping, o.metadata.name), {
    ordered: generated !== undefined && mode === 'client',
  });
  const body = flags['save-config'] ? withLastApplied(object) : object;
  const send = async (): Promise<KubernetesObject> =>
    (await session.rest()).json<KubernetesObject>({
      method: 'POST',
      path: pathOf(mapping, namespace),
      query: {
        fieldManager: flags['field-manager'] ?? 'kubectl-create',
        fieldValidation: validationOf(flags.validate),
        dryRun: mode === 'server' ? 'All' : undefined,
      },
      body,
    });
  const local = mapping.namespaced && (generated === undefined || session.flags.namespace) ? namespace : undefined;
  const result = mode === 'client' ? withNamespace(body, local) : await send().catch(failing(generated?.failure));
  const suffix = mode === 'client' ? ' (dry run)' : mode === 'server' ? ' (server dry run)' : '';
  io.out(printer ? await printer(result) : `${nameOf(mapping, result.metadata.name)} ${past}${suffix}\n`);
}

/** Generators say what they were making before they say why not. */
const failing =
  (failure: string | undefined) =>
  (error: unknown): never => {
    if (failure === undefined || !(error instanceof StatusError)) throw error;
    throw new CommandError(`${failure} ${error.message}`, 1, { cause: error });
  };

export function dryRunOf(value: string): 'none' | 'client' | 'server' {
  if (value === 'unchanged' || value === 'client') return 'client';
  if (value === 'none' || value === 'server') return value;
  throw new CommandError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

export function validationOf(value: string): string {
  const known: Record<string, string> = {
    true: 'Strict',
    strict: 'Strict',
    warn: 'Warn',
    false: 'Ignore',
    ignore: 'Ignore',
  };
  const found = known[value.toLowerCase()];
  if (!found)
    throw new CommandError(
      `invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`,
    );
  return found;
}

/** The manifest's own namespace, which must be the one asked for when -n was given. */
export async function namespaceOf(object: KubernetesObject, session: Session): Promise<string> {
  const own = object.metadata.namespace;
  const asked = session.flags.namespace;
  if (own && asked && own !== asked)
    throw new CommandError(
      `the namespace from the provided object "${own}" does not match the namespace "${asked}". You must pass '--namespace=${own}' to perform this operation.`,
    );
  return own || session.namespace();
}

export const withNamespace = (object: KubernetesObject, namespace: string | undefined): KubernetesObject =>
  namespace && !object.metadata.namespace ? { ...object, metadata: { ...object.metadata, namespace } } : object;

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The object with its own text in the annotation that client-side apply compares with. */
export function withLastApplied(object: KubernetesObject): KubernetesObject {
  const { [LAST_APPLIED]: _before, ...annotations } = object.metadata.annotations ?? {};
  const bare = { ...object, metadata: { ...object.metadata, annotations } };
  const config = `${JSON.stringify(sortKeys(bare))}\n`;
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [LAST_APPLIED]: config } } };
}
