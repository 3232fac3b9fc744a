/** The body of a server-side apply: YAML, of which JSON is a part, sent by somebody with a name, of the type and place of its URL. */
import {
  BadRequest,
  checkIntent,
  goKindOf,
  invalidObject,
  parseYamlBody,
  required,
  unmarshalErrors,
} from '@mkube/apimachinery';
import type { YamlDocument } from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import type { WriteOptions } from '../request/options.ts';
import { checkNamespace } from './validate-metadata.ts';

export type Intent = Record<string, unknown>;

/** @throws StatusError for a nameless manager, BadRequest for a body that is no object */
export async function readIntent(
  { request, warnings }: ResourceContext,
  { fieldValidation }: WriteOptions,
): Promise<Intent> {
  if (!request.query.get('fieldManager'))
    throw invalidObject({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      required('fieldManager', 'is required for apply patch'),
    ]);
  const { value, duplicates } = await parsed(request.body ?? Buffer.alloc(0));
  if ((typeof value !== 'object' && value !== undefined) || Array.isArray(value))
    throw new BadRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKindOf(value)} into Go value of type map[string]interface {}`,
    );
  if (fieldValidation !== 'Ignore') {
    if (duplicates.length > 0 && fieldValidation === 'Strict')
      throw new BadRequest(`error strict decoding YAML: error converting YAML to JSON: ${unmarshalErrors(duplicates)}`);
    warnings.add(...duplicates);
  }
  return (value ?? {}) as Intent;
}

async function parsed(body: Buffer): Promise<YamlDocument> {
  try {
    return await parseYamlBody(body);
  } catch (cause) {
    if (!(cause instanceof BadRequest)) throw cause;
    throw new BadRequest(`error decoding YAML: ${cause.message}`, { cause });
  }
}

/** @throws BadRequest for an intent that is of another type or namespace than the URL */
export function checkIntentPlace(
  intent: Intent,
  { info, definition }: ResourceContext,
  type: { apiVersion: string; kind: string },
): void {
  checkIntent(intent, type);
  const namespace = (intent['metadata'] as { namespace?: unknown } | undefined)?.namespace;
  if (definition.namespaced && namespace !== undefined && namespace !== '') checkNamespace(namespace, info.namespace);
}
