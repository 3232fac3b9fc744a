/**
 * After a server-side apply of what was applied by the client before: the annotation of what was applied last gets an owner of its
 * own, the client's fields go over to the applier, and the apply is sent once more, which takes away what it leaves out. The
 * object is applied by then: what fails here is a warning, and is tried again with the next apply.
 */
import { type KubernetesObject, StatusError, ownersOf, upgradedManagedFields } from '@mkube/apimachinery';
import { LAST_APPLIED } from '../submit.ts';

export interface Migration {
  manager: string;
  /** Sends an apply patch under a manager's name. */
  apply(intent: KubernetesObject, manager: string): Promise<KubernetesObject>;
  /** Sends a JSON patch. */
  patch(operations: object[]): Promise<KubernetesObject>;
  get(): Promise<KubernetesObject>;
  warn(text: string): void;
}

export const DEFAULT_MANAGER = 'kubectl';
const ANNOTATION_MANAGER = 'kubectl-last-applied';
const ANNOTATION_PATH = ['f:metadata', 'f:annotations', `f:${LAST_APPLIED}`];
const TRIES = 5;

export async function migrateToServerSide(
  applied: KubernetesObject,
  intent: KubernetesObject,
  migration: Migration,
): Promise<KubernetesObject> {
  const { warn } = migration;
  const kept = await warned(warn, ANNOTATION_FAILED, () => keepAnnotation(applied, migration));
  if (!kept) return applied;
  const moved = await warned(warn, PATCH_FAILED, () => moveFields(kept, migration));
  if (!moved || moved === kept) return kept;
  return (await warned(warn, REAPPLY_FAILED, () => migration.apply(intent, migration.manager))) ?? moved;
}

const ANNOTATION_FAILED = `failed to migrate ${LAST_APPLIED} for Server-Side Apply`;
const PATCH_FAILED = 'server rejected managed fields migration to Server-Side Apply';
const REAPPLY_FAILED = 'failed to re-apply configuration after performing Server-Side Apply migration';

/** The annotation is kept up to date by the server for the default manager alone. */
async function keepAnnotation(object: KubernetesObject, { manager, apply }: Migration): Promise<KubernetesObject> {
  const { name, namespace, annotations, managedFields } = object.metadata;
  const last = annotations?.[LAST_APPLIED];
  if (manager !== DEFAULT_MANAGER || last === undefined) return object;
  if (ownersOf(managedFields, 'Apply', ANNOTATION_PATH).length > 0) return object;
  const metadata = { name, ...(namespace && { namespace }), annotations: { [LAST_APPLIED]: last } };
  const { apiVersion, kind } = object;
  return apply({ apiVersion, kind, metadata } as unknown as KubernetesObject, ANNOTATION_MANAGER);
}

/** The object itself where nothing is to be moved. */
async function moveFields(applied: KubernetesObject, { manager, patch, get }: Migration): Promise<KubernetesObject> {
  const from = new Set(
    ownersOf(applied.metadata.managedFields, 'Update', ANNOTATION_PATH).map((entry) => entry.manager ?? ''),
  );
  let object = applied;
  for (let tries = 1; ; tries++) {
    const { managedFields = [], resourceVersion } = object.metadata;
    const upgraded = upgradedManagedFields(managedFields, { from, to: manager });
    if (upgraded === managedFields) return object;
    try {
      return await patch([
        { op: 'replace', path: '/metadata/managedFields', value: upgraded },
        { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
      ]);
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 409 || tries === TRIES) throw error;
      object = await get();
    }
  }
}

async function warned<T>(warn: Migration['warn'], what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    warn(`Warning: ${what}. This is non-fatal and will be retried next time you apply. Error: ${error.message}\n`);
    return undefined;
  }
}
