/** Bodies of requests and responses as the audit log shows them: JSON, whatever they were sent as. */
import { parseBody } from '../encode/body.ts';
import { type Encoding, mediaTypeOf } from '../request/media-types.ts';

/** undefined for what is no object. */
export async function objectOfBody(body: Buffer | undefined, contentType: string | undefined): Promise<unknown> {
  const encoding = encodingOf(mediaTypeOf(contentType));
  if (!body?.length || !encoding) return undefined;
  try {
    return (await parseBody(body, encoding)).value;
  } catch {
    // What cannot be read was refused, which the event says.
    return undefined;
  }
}

/** Patches are logged too: their types end in what they are written in. */
function encodingOf(type: string): Encoding | undefined {
  if (type === '' || /[/+]json$/.test(type)) return 'json';
  if (/[/+]yaml$/.test(type)) return 'yaml';
  return type === 'application/vnd.kubernetes.protobuf' ? 'protobuf' : undefined;
}

/** The object, list or Table without the fields' owners. */
export function withoutManagedFields(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { metadata, items, rows } = value;
  return {
    ...value,
    ...(isObject(metadata) && { metadata: withoutOwners(metadata) }),
    ...(Array.isArray(items) && { items: items.map(withoutManagedFields) }),
    ...(Array.isArray(rows) && { rows: rows.map(withoutOwnersOfRow) }),
  };
}

function withoutOwners({ managedFields: _owners, ...metadata }: Record<string, unknown>): object {
  return metadata;
}

const withoutOwnersOfRow = (row: unknown): unknown =>
  isObject(row) ? { ...row, object: withoutManagedFields(row['object']) } : row;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
