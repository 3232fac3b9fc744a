/**
 * The files that a configMap, secret, downwardAPI or projected volume holds, from the objects they come from.
 * Pure, but for nothing: missing keys and objects are errors with Kubernetes' words, unless they are optional.
 */
import type { ConfigMap, KeyToPath, Secret } from '@mkube/api';
import type { ProjectedFile } from './atomic-writer.ts';

export type Files = Map<string, ProjectedFile>;

export interface Selection {
  items?: KeyToPath[];
  defaultMode?: number;
  optional?: boolean;
}

const DEFAULT_MODE = 0o644;

export function configMapFiles(name: string, found: ConfigMap | undefined, selection: Selection): Files {
  if (!found) return missing(`configmap "${name}" not found`, selection);
  const entries = [
    ...Object.entries(found.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'utf8')] as const),
    ...Object.entries(found.binaryData ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
  ];
  return selected(new Map(entries), selection, 'configmap references non-existent config key');
}

export function secretFiles(name: string, found: Secret | undefined, selection: Selection): Files {
  if (!found) return missing(`secret "${name}" not found`, selection);
  const entries = Object.entries(found.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const);
  return selected(new Map(entries), selection, 'references non-existent secret key');
}

function missing(message: string, { optional }: Selection): Files {
  if (optional) return new Map();
  throw new Error(message);
}

function selected(
  data: ReadonlyMap<string, Buffer>,
  { items, defaultMode, optional }: Selection,
  complaint: string,
): Files {
  const usual = defaultMode ?? DEFAULT_MODE;
  if (!items || items.length === 0)
    return new Map([...data].map(([key, bytes]) => [key, { data: bytes, mode: usual }]));
  const files: Files = new Map();
  for (const { key, path, mode } of items) {
    const bytes = data.get(key);
    if (bytes) files.set(path, { data: bytes, mode: mode ?? usual });
    else if (!optional) throw new Error(`${complaint}: ${key}`);
  }
  return files;
}
