/** A CustomResourceDefinition as the definitions of its served versions: the same that built-in kinds are made of. Pure. */
import { createHash } from 'node:crypto';
import { type CustomResourceDefinition, type CustomResourceDefinitionVersion, schemaOf } from '@mkube/api';
import {
  type Cell,
  type JsonSchema,
  type KubernetesObject,
  type ResourceDefinition,
  type Subresource,
  type TableColumn,
  ageOf,
  createStructuralSchema,
  parseTime,
  stringifyJson,
} from '@mkube/apimachinery';
import { validateEmbeddedMetadata } from '../handlers/validate-metadata.ts';
import { finalizerWarnings } from './finalizer-warnings.ts';
import { parseJsonPath } from './json-path.ts';
import { validateScale } from './scale.ts';
import { storageOf } from './versions.ts';

export interface CustomDefinition extends ResourceDefinition {
  /** Changes with everything that the definition was made of. */
  readonly fingerprint: string;
  readonly openApiSchema: JsonSchema;
  /** What every use of a deprecated version is told. */
  readonly deprecation: string | undefined;
  /** True while its CustomResourceDefinition is going: nothing new is created. */
  readonly terminating: boolean;
}

export const isCustom = (definition: ResourceDefinition): definition is CustomDefinition => definition.custom;

const VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const ANYTHING: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const NAME: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object',
  priority: 0,
};
const AGE = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

export function definitionsOf(crd: CustomResourceDefinition): CustomDefinition[] {
  const definitions: CustomDefinition[] = crd.spec.versions.map((version) =>
    definitionOf(crd, version, () => stored(definitions, crd)),
  );
  return definitions.filter((_, i) => crd.spec.versions[i]?.served);
}

function stored(definitions: readonly CustomDefinition[], { spec }: CustomResourceDefinition): CustomDefinition {
  const found = definitions[spec.versions.findIndex(({ storage }) => storage)];
  if (!found) throw new Error(`${spec.names.plural}.${spec.group} has no storage version`);
  return found;
}

function definitionOf(
  crd: CustomResourceDefinition,
  version: CustomResourceDefinitionVersion,
  storageVersion: () => CustomDefinition,
): CustomDefinition {
  const { spec, status, metadata } = crd;
  const { group, scope } = spec;
  const names = status?.acceptedNames?.plural ? status.acceptedNames : spec.names;
  const openApiSchema = (version.schema?.openAPIV3Schema ?? ANYTHING) as JsonSchema;
  const type = typeName(group, version.name, names.kind);
  const columns = version.additionalPrinterColumns?.length ? version.additionalPrinterColumns : [AGE];
  const hasStatus = version.subresources?.status !== undefined;
  const scale = version.subresources?.scale && scaleOf(version.subresources.scale);
  const schema = createStructuralSchema({
    name: type,
    kind: names.kind,
    version: version.name,
    openAPIV3Schema: openApiSchema,
    metadata: schemaOf(OBJECT_META),
    validateMetadata: validateEmbeddedMetadata,
  });
  return {
    group,
    version: version.name,
    resource: names.plural,
    kind: names.kind,
    listKind: names.listKind ?? `${names.kind}List`,
    singular: names.singular ?? names.kind.toLowerCase(),
    namespaced: scope === 'Namespaced',
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    verbs: VERBS,
    subresources: subresourcesOf(version, group, names.kind),
    schema,
    type,
    columns: [NAME, ...columns.map(columnOf)],
    strategy: {
      cells: cellsOf(columns),
      nameFormat: 'subdomain',
      finalizerNames: 'qualified',
      warnings: finalizerWarnings,
      ...(scale && { scale, ...validateScale(scale) }),
      ...(hasStatus && { prepareForUpdate: keepOutsideStatus }),
      ...(version.selectableFields?.length && { selectableFields: selectableOf(version.selectableFields) }),
    },
    generation: true,
    createOnUpdate: false,
    unconditionalUpdate: false,
    returnsDeleted: false,
    resetFields: hasStatus ? { main: ['status'], status: ['spec'] } : {},
    defaultPropagation: 'background',
    selectable: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
    storagePrefix: `${group}/${names.plural}`,
    get storage() {
      return storageOf(this, storageVersion());
    },
    inert: false,
    custom: true,
    storageVersionHash: storageVersionHash(crd, names.kind),
    fingerprint: `${metadata.uid} ${metadata.generation ?? 0}`,
    openApiSchema,
    deprecation: version.deprecated
      ? (version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated`)
      : undefined,
    terminating: metadata.deletionTimestamp !== undefined,
  };
}

/** Changes with the version that is stored: clients that migrate stored objects look at nothing else. */
function storageVersionHash({ spec }: CustomResourceDefinition, kind: string): string {
  const version = spec.versions.find(({ storage }) => storage)?.name ?? '';
  const hash = createHash('sha256').update(`${spec.group}/${version}/${kind}`).digest();
  return hash.subarray(0, 8).toString('base64');
}

/** com.example.v1.Widget of example.com/v1 Widget. */
const typeName = (group: string, version: string, kind: string): string =>
  [...group.split('.').toReversed(), version, kind].join('.');

function subresourcesOf(
  { name: version, subresources }: CustomResourceDefinitionVersion,
  group: string,
  kind: string,
): Record<string, Subresource> {
  const verbs = ['get', 'patch', 'update'];
  return {
    ...(subresources?.status && { status: { name: 'status', group, version, kind, verbs } }),
    ...(subresources?.scale && { scale: { name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs } }),
  };
}

const scaleOf = (scale: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string }) => ({
  specReplicas: scale.specReplicasPath,
  statusReplicas: scale.statusReplicasPath,
  ...(scale.labelSelectorPath && { labelSelector: scale.labelSelectorPath }),
});

/** A write to /status changes status and nothing else. */
function keepOutsideStatus<T extends KubernetesObject>(
  object: T,
  old: T,
  { subresource }: { subresource?: string },
): T {
  if (subresource !== 'status') return object;
  const { status } = object as T & { status?: unknown };
  const { managedFields } = object.metadata;
  const { status: _old, ...rest } = old as T & { status?: unknown };
  const metadata = { ...old.metadata, ...(managedFields && { managedFields }) };
  return { ...rest, metadata, ...(status !== undefined && { status }) } as unknown as T;
}

interface PrinterColumn {
  name: string;
  type: string;
  jsonPath: string;
  format?: string;
  description?: string;
  priority?: number;
}

const columnOf = ({ name, type, format, description, priority, jsonPath }: PrinterColumn): TableColumn => ({
  name,
  type: type === 'date' ? 'date' : type,
  format: format ?? '',
  description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
  priority: priority ?? 0,
});

function cellsOf(columns: readonly PrinterColumn[]): (object: KubernetesObject, now: Date) => Cell[] {
  const readers = columns.map(({ type, jsonPath }) => ({ type, read: parseJsonPath(jsonPath) }));
  return (object, now) => [
    object.metadata.name,
    ...readers.map(({ type, read }) => cellOf(read?.(object)[0], type, now)),
  ];
}

function cellOf(value: unknown, type: string, now: Date): Cell {
  if (value === undefined || value === null) return null;
  if (type === 'date') return typeof value === 'string' && parseTime(value) ? ageOf(value, now) : '<invalid>';
  if (type === 'integer' || type === 'number')
    return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : null;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  return typeof value === 'string' ? value : stringifyJson(value);
}

function selectableOf(fields: readonly { jsonPath: string }[]): (object: KubernetesObject) => Record<string, string> {
  const readers = fields.map(({ jsonPath }) => [jsonPath.replace(/^\./, ''), parseJsonPath(jsonPath)] as const);
  return (object) =>
    Object.fromEntries(
      readers.map(([name, read]) => {
        const [value] = read?.(object) ?? [];
        return [
          name,
          value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value),
        ];
      }),
    );
}
