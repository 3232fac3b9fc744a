/**
 * What Kubernetes says of its types and fields, for `explain`. The texts are made at build time beside this file (or
 * beside the bundle that holds it), a megabyte that is loaded only when somebody asks; without them there are none.
 */
import { typeFacts } from './facts.ts';

export type Describe = (typeName: string, field?: string) => string | undefined;

interface DescriptionsModule {
  /** JSON: by OpenAPI name, by field; '' is the type itself. */
  descriptions(): string;
}

/** Undefined where the build made no descriptions. */
export async function loadDescriptions(): Promise<Describe | undefined> {
  const place = './descriptions-data.js';
  try {
    const { descriptions } = (await import(place)) as DescriptionsModule;
    const table = JSON.parse(descriptions()) as Record<string, Record<string, string>>;
    const textOf = (typeName: string, field = '') =>
      Object.hasOwn(table, typeName) ? table[typeName]?.[field] : undefined;
    return (typeName, field) => textOf(typeName, field) ?? textOfType(typeOfField(typeName, field), textOf);
  } catch {
    return undefined;
  }
}

/** A field that says nothing of its own says what its type does. */
function typeOfField(typeName: string, field: string | undefined): string {
  if (field === undefined) return '';
  const { type, ref, items, values } = typeFacts(typeName)?.fields?.[field] ?? {};
  return ref ?? items?.ref ?? values?.ref ?? SCALARS[type ?? ''] ?? '';
}

/** Where texts are taken from, fields that refer to another type say nothing; of metadata all of Kubernetes says the same. */
const textOfType = (type: string, textOf: Describe): string | undefined =>
  type === `${META}.ObjectMeta` ? OBJECT_METADATA : textOf(type);

const OBJECT_METADATA =
  "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const SCALARS: Readonly<Record<string, string>> = { time: `${META}.Time`, microtime: `${META}.MicroTime` };
