/** Describes any object by its fields: keys as words, nested by indentation; secrets show sizes, not values. */
import type { KubernetesObject } from '@mkube/apimachinery';
import type { DescribeInput, Description } from './describe.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writeAnnotations, writeMap, type Writer } from './writer.ts';

export async function describeAny({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, apiVersion, kind, ...fields } = object as KubernetesObject & Record<string, unknown>;
  w.write(0, `Name:\t${metadata.name}`);
  w.write(0, `Namespace:\t${metadata.namespace ?? ''}`);
  writeMap(w, 0, 'Labels', metadata.labels);
  writeAnnotations(w, 0, 'Annotations', metadata.annotations);
  w.write(0, `API Version:\t${apiVersion}`);
  w.write(0, `Kind:\t${kind}`);
  w.write(0, 'Metadata:');
  const { creationTimestamp, generation, resourceVersion, uid, ownerReferences, finalizers } = metadata;
  writeFields(w, 1, { creationTimestamp, finalizers, generation, ownerReferences, resourceVersion, uid });
  writeFields(w, 0, kind === 'Secret' ? { ...fields, data: sizes(fields['data']) } : fields);
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

const sizes = (data: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries((data ?? {}) as Record<string, string>).map(([k, v]) => [
      k,
      `${Buffer.from(v, 'base64').length} bytes`,
    ]),
  );

function writeFields(w: Writer, level: number, fields: object): void {
  for (const [key, value] of Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    if (value !== undefined && value !== null) writeField(w, level, titleOf(key), value);
}

function writeField(w: Writer, level: number, title: string, value: unknown): void {
  if (Array.isArray(value)) {
    w.write(level, `${title}:`);
    for (const item of value) {
      if (item !== null && typeof item === 'object') writeFields(w, level + 1, item as object);
      else w.write(level + 1, String(item));
    }
  } else if (typeof value === 'object' && value !== null) {
    w.write(level, `${title}:`);
    writeFields(w, level + 1, value);
  } else w.write(level, `${title}:\t${String(value as string)}`);
}

/** 'podCIDRs' to 'Pod CID Rs' is what kubectl makes of it; plain words are what it means. */
const titleOf = (key: string): string =>
  /^[a-z][a-zA-Z0-9]*$/.test(key)
    ? key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/^./, (c) => c.toUpperCase())
    : key;
