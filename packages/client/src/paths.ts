/** URLs of resources: '/api/v1/namespaces/x/pods/y/status?fieldManager=z'. */
import { BadRequest } from '@mkube/apimachinery';
import type { ObjectName, ResourceRef } from './client.ts';

export const groupPath = ({ group, version }: { group: string; version: string }): string =>
  group ? `/apis/${group}/${version}` : `/api/${version}`;

export function collectionPath(ref: ResourceRef, namespace?: string): string {
  const scope = ref.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${groupPath(ref)}${scope}/${ref.resource}`;
}

export function objectPath(ref: ResourceRef, { name, namespace }: ObjectName, subresource?: string): string {
  if (!name) throw new BadRequest(`${ref.resource}: resource name may not be empty`);
  if (ref.namespaced && !namespace)
    throw new BadRequest(
      `${ref.resource} "${name}": an empty namespace may not be set when a resource name is provided`,
    );
  const end = subresource ? `/${subresource}` : '';
  return `${collectionPath(ref, namespace)}/${encodeURIComponent(name)}${end}`;
}

export type QueryValue = string | number | boolean | undefined;

export function withQuery(path: string, ...parts: (Record<string, QueryValue> | undefined)[]): string {
  const query = new URLSearchParams();
  for (const part of parts)
    for (const [key, value] of Object.entries(part ?? {})) if (value !== undefined) query.set(key, String(value));
  const text = query.toString();
  if (!text) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${text}`;
}
