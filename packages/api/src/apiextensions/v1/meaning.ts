/** The meaning of a CustomResourceDefinition: names, versions, schemas, conversion, columns, subresources. */
import {
  type FieldError,
  type JsonSchema,
  checkDns1035Label,
  checkDns1123Subdomain,
  checkStructural,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
  tooMany,
} from '@mkube/apimachinery';
import type {
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from '../../generated/types/apiextensions-v1.ts';
import { each, format, immutable } from '../../validation/checks.ts';

export function validateCrd(
  { metadata, spec, status }: CustomResourceDefinition,
  old?: CustomResourceDefinition,
): FieldError[] {
  if (!spec) return [];
  const needed = `${spec.names?.plural ?? ''}.${spec.group}`;
  return [
    ...(old || !metadata.name || metadata.name === needed
      ? []
      : [invalid('metadata.name', metadata.name, `must be spec.names.plural+"."+spec.group`)]),
    ...validateGroup(spec, metadata.annotations),
    ...oneOf('spec.scope', spec.scope, ['Cluster', 'Namespaced']),
    ...validateNames(spec.names, 'spec.names'),
    ...validateVersions(spec),
    ...(spec.conversion ? validateConversion(spec.conversion, 'spec.conversion') : []),
    ...validateNames(status?.acceptedNames, 'status.acceptedNames'),
    ...validateStoredVersions(spec, status?.storedVersions ?? []),
    ...(spec.preserveUnknownFields
      ? [
          invalid(
            'spec.preserveUnknownFields',
            true,
            'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
          ),
        ]
      : []),
  ];
}

function validateGroup(
  { group }: CustomResourceDefinitionSpec,
  annotations: Readonly<Record<string, string>> | undefined,
): FieldError[] {
  if (!group) return [];
  const faults = joined('spec.group', group, checkDns1123Subdomain);
  if (faults.length === 0 && !group.includes('.'))
    faults.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
  const approved = annotations?.['api-approved.kubernetes.io'];
  if (/(^|\.)(k8s|kubernetes)\.io$/.test(group) && !approved)
    faults.push(
      required(
        'metadata.annotations[api-approved.kubernetes.io]',
        'protected groups must have approval annotation "api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
      ),
    );
  return faults;
}

function validateNames(names: CustomResourceDefinitionNames | undefined, at: string): FieldError[] {
  if (!names) return [];
  const { plural, singular, kind, listKind, shortNames = [], categories = [] } = names;
  const mixed = (key: string, value: string | undefined) =>
    checkDns1035Label((value ?? '').toLowerCase()).length > 0 && value
      ? [invalid(`${at}.${key}`, value, `${MIXED_CASE}${checkDns1035Label(value.toLowerCase()).join(',')}`)]
      : [];
  return [
    ...(plural ? joined(`${at}.plural`, plural, checkDns1035Label) : []),
    ...(singular ? joined(`${at}.singular`, singular, checkDns1035Label) : []),
    ...mixed('kind', kind),
    ...mixed('listKind', listKind),
    ...each(shortNames, `${at}.shortNames`, (name, place) => joined(place, name, checkDns1035Label)),
    ...each(categories, `${at}.categories`, (name, place) => joined(place, name, checkDns1035Label)),
    ...(kind && kind === listKind
      ? [invalid(`${at}.listKind`, listKind, 'kind and listKind may not be the same')]
      : []),
  ];
}

function validateVersions({ versions }: CustomResourceDefinitionSpec): FieldError[] {
  const at = 'spec.versions';
  const names = versions.map(({ name }) => name);
  return [
    ...each(versions, at, (version, place) => validateVersion(version, placesOf(versions, place))),
    ...(new Set(names).size === names.length ? [] : [invalid(at, versions, 'must contain unique version names')]),
    ...(versions.filter((v) => v.storage).length === 1
      ? []
      : [invalid(at, versions, 'must have exactly one version marked as storage version')]),
    ...(names[0] ? joined('spec.version', names[0], checkDns1035Label) : []),
  ];
}

/** Every version that objects were ever stored in stays, until an administrator says that none are left. */
function validateStoredVersions({ versions }: CustomResourceDefinitionSpec, stored: readonly string[]): FieldError[] {
  const at = 'status.storedVersions';
  if (stored.length === 0) return [invalid(at, null, 'must have at least one stored version')];
  return [
    ...versions
      .filter(({ name, storage }) => storage && !stored.includes(name))
      .map(({ name }) => invalid(at, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((name, i) =>
      versions.some((version) => version.name === name)
        ? []
        : [
            invalid(
              `${at}[${i}]`,
              name,
              `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
            ),
          ],
    ),
  ];
}

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

interface Places {
  at: string;
  schema: string;
  subresources: string;
  columns: string;
  selectableFields: string;
}

/** Where faults are said to be: what a lone version says is taken for what all of them say. */
const placesOf = (versions: readonly unknown[], at: string): Places => {
  const own = versions.length === 1 ? 'spec' : at;
  return {
    at,
    schema: versions.length === 1 ? 'spec.validation.openAPIV3Schema' : `${at}.schema.openAPIV3Schema`,
    subresources: `${own}.subresources`,
    columns: `${own}.additionalPrinterColumns`,
    selectableFields: `${own}.selectableFields`,
  };
};

function validateVersion(version: CustomResourceDefinitionVersion, places: Places): FieldError[] {
  const { name, schema, subresources, additionalPrinterColumns: columns } = version;
  const root = schema?.openAPIV3Schema as JsonSchema | undefined;
  const { at, schema: place } = places;
  return [
    ...(root ? [] : [required(`${at}.schema.openAPIV3Schema`)]),
    ...joined(`${at}.name`, name, checkDns1035Label),
    ...validateWarning(version, `${at}.deprecationWarning`),
    ...(root && subresources?.status && root.type && root.type !== 'object'
      ? [invalid(`${place}.type`, root.type, ROOT)]
      : []),
    ...(root ? checkStructural(root, place) : []),
    ...(subresources?.scale ? validateScale(subresources.scale, `${places.subresources}.scale`) : []),
    ...each(columns, places.columns, validateColumn),
    ...validateSelectableFields(version, places.selectableFields),
  ];
}

const ROOT = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';

function validateWarning({ deprecated, deprecationWarning: text }: CustomResourceDefinitionVersion, at: string) {
  if (text === undefined) return [];
  if (!deprecated) return [invalid(at, text, 'can only be set for deprecated versions')];
  const control = Array.from(text).findIndex((letter) => /\p{C}/u.test(letter));
  return [
    ...(Buffer.byteLength(text) > 256 ? [invalid(at, text, 'must be <= 256 characters long')] : []),
    ...(text === '' ? [invalid(at, text, 'must not be an empty string')] : []),
    ...(control < 0
      ? []
      : [
          invalid(
            at,
            text,
            `must only contain printable UTF-8 characters; non-printable character found at index ${control}`,
          ),
        ]),
  ];
}

function validateColumn(
  { name, type, format: shown, jsonPath }: { name: string; type: string; format?: string; jsonPath: string },
  at: string,
): FieldError[] {
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  return [
    ...(name ? [] : [required(`${at}.name`)]),
    ...(type ? [] : [required(`${at}.type`, types)]),
    ...(type && !COLUMN_TYPES.includes(type) ? [invalid(`${at}.type`, type, types)] : []),
    ...(shown && !COLUMN_FORMATS.includes(shown)
      ? [invalid(`${at}.format`, shown, `must be one of ${COLUMN_FORMATS.join(',')}`)]
      : []),
    ...(jsonPath ? simplePath(`${at}.JSONPath`, jsonPath) : [required(`${at}.JSONPath`)]),
  ];
}

const simplePath = (field: string, path: string): FieldError[] =>
  path.startsWith('.') ? [] : [invalid(field, path, 'must be a simple json path starting with .')];

function validateScale(
  scale: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string },
  at: string,
): FieldError[] {
  const under = (key: keyof typeof scale, roots: string[], text: string) => {
    const path = scale[key];
    if (!path) return [];
    const faults = simplePath(`${at}.${key}`, path);
    if (faults.length > 0 || roots.some((root) => path.startsWith(root))) return faults;
    return [invalid(`${at}.${key}`, path, `should be a json path under ${text}`)];
  };
  return [
    ...under('specReplicasPath', ['.spec.'], '.spec'),
    ...under('statusReplicasPath', ['.status.'], '.status'),
    ...under('labelSelectorPath', ['.spec.', '.status.'], 'either .spec or .status'),
  ];
}

const MAX_SELECTABLE_FIELDS = 8;

function validateSelectableFields(
  { schema, selectableFields = [] }: CustomResourceDefinitionVersion,
  at: string,
): FieldError[] {
  if (selectableFields.length === 0) return [];
  const root = schema?.openAPIV3Schema as JsonSchema | undefined;
  if (!root) return [invalid(at, '', 'may only be set when `version.schema.openAPIV3Schema` is not included')];
  const seen = new Set<string>();
  const faults = each(selectableFields, at, ({ jsonPath }, item) => {
    const field = `${item}.jsonPath`;
    if (!jsonPath) return [];
    const found = schemaAt(root, jsonPath);
    if (typeof found === 'string') return [invalid(field, jsonPath, `is an invalid path: ${found}`)];
    const isRepeated = seen.has(jsonPath);
    seen.add(jsonPath);
    return [
      ...(jsonPath.startsWith('.metadata.') || jsonPath === '.metadata'
        ? [invalid(field, jsonPath, 'must not point to fields in metadata')]
        : []),
      ...(['string', 'boolean', 'integer'].includes(found.type ?? '') ? [] : [invalid(field, jsonPath, SELECTABLE)]),
      ...(isRepeated ? [duplicate(field, jsonPath)] : []),
    ];
  });
  return seen.size > MAX_SELECTABLE_FIELDS ? [...faults, tooMany(at, seen.size, MAX_SELECTABLE_FIELDS)] : faults;
}

const SELECTABLE =
  'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';

/** What the schema says of a simple path; a text where it says nothing. */
function schemaAt(root: JsonSchema, path: string): JsonSchema | string {
  const tokens = path.match(/[.[\]]|[^.[\]]+/g) ?? [];
  let schema: JsonSchema = root;
  for (let i = 0; i < tokens.length; i += 2) {
    const [sign = '', name] = [tokens[i], tokens[i + 1]];
    if (sign === '[') return 'array notation is not allowed';
    if (sign !== '.') return `expected [ or . but got: ${sign}`;
    if (name === undefined) return 'unexpected end of JSON path';
    const { properties, additionalProperties: values } = schema;
    const next = properties ? properties[name] : values;
    if (typeof next !== 'object') return 'does not refer to a valid field';
    schema = next;
  }
  return schema;
}

function validateConversion({ strategy, webhook }: CustomResourceConversion, at: string): FieldError[] {
  const versions = webhook?.conversionReviewVersions ?? [];
  if (strategy !== 'Webhook')
    return [
      ...oneOf(`${at}.strategy`, strategy, ['None', 'Webhook']),
      ...(webhook?.clientConfig
        ? [forbidden(`${at}.webhookClientConfig`, 'should not be set when strategy is not set to Webhook')]
        : []),
      ...(versions.length > 0
        ? [forbidden(`${at}.conversionReviewVersions`, 'should not be set when strategy is not set to Webhook')]
        : []),
    ];
  const { url, service } = webhook?.clientConfig ?? {};
  const faults = webhook?.clientConfig
    ? (url === undefined) === (service === undefined)
      ? [required(`${at}.webhookClientConfig`, 'exactly one of url or service is required')]
      : []
    : [required(`${at}.webhookClientConfig`, 'required when strategy is set to Webhook')];
  return [...faults, ...validateReviewVersions(versions, `${at}.conversionReviewVersions`)];
}

function validateReviewVersions(versions: readonly string[], at: string): FieldError[] {
  if (versions.length === 0) return [required(at)];
  const faults = each(versions, at, (version, place, i) =>
    versions.indexOf(version) < i
      ? [invalid(place, version, 'duplicate version')]
      : format(place, version, checkDns1035Label),
  );
  if (!versions.includes('v1') && !versions.includes('v1beta1'))
    faults.push(invalid(at, versions, 'must include at least one of v1, v1beta1'));
  return faults;
}

/** Once names are established, scope and kind stay as they are. */
export function validateCrdUpdate({ spec }: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  const faults = [
    ...immutable('spec.group', spec?.group, old.spec?.group),
    ...immutable('spec.names.plural', spec?.names?.plural, old.spec?.names?.plural),
  ];
  const established = old.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True');
  if (established) {
    faults.push(...immutable('spec.scope', spec?.scope, old.spec?.scope));
    faults.push(...immutable('spec.names.kind', spec?.names?.kind, old.spec?.names?.kind));
  }
  return faults;
}

const oneOf = (field: string, value: string | undefined, supported: string[]): FieldError[] =>
  !value || supported.includes(value) ? [] : [notSupported(field, value, supported)];

const MIXED_CASE = 'may have mixed case, but should otherwise match: ';

/** All faults of a name as one. */
function joined(field: string, value: string, check: (value: string) => string[]): FieldError[] {
  const faults = check(value);
  return faults.length === 0 ? [] : [invalid(field, value, faults.join(','))];
}
