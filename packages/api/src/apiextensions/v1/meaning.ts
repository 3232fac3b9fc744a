/** The meaning of a CustomResourceDefinition, but for its schemas: names, versions, conversion, columns, subresources. */
import {
  type FieldError,
  checkDns1035Label,
  checkDns1123Subdomain,
  forbidden,
  invalid,
  notSupported,
  required,
} from '@mkube/apimachinery';
import type {
  CustomResourceConversion,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from '../../generated/types/apiextensions-v1.ts';
import { duplicates, each, format, immutable } from '../../validation/checks.ts';

export function validateCrd({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  if (!spec) return [required('spec')];
  const needed = `${spec.names?.plural ?? ''}.${spec.group}`;
  return [
    ...(metadata.name === needed
      ? []
      : [invalid('metadata.name', metadata.name, `must be spec.names.plural+"."+spec.group`)]),
    ...validateGroup(spec, metadata.annotations),
    ...validateNames(spec.names, 'spec.names'),
    ...validateVersions(spec),
    ...(spec.conversion ? validateConversion(spec.conversion, 'spec.conversion') : []),
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
  const faults = format('spec.group', group, checkDns1123Subdomain);
  if (!group.includes('.')) faults.push(invalid('spec.group', group, 'should be a domain with at least one dot'));
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
  const lower = (key: string, value: string | undefined) =>
    value ? format(`${at}.${key}`, value.toLowerCase(), checkDns1035Label) : [];
  return [
    ...(plural ? format(`${at}.plural`, plural, checkDns1035Label) : []),
    ...(singular ? format(`${at}.singular`, singular, checkDns1035Label) : []),
    ...lower('kind', kind),
    ...lower('listKind', listKind),
    ...each(shortNames, `${at}.shortNames`, (name, place) => format(place, name, checkDns1035Label)),
    ...each(categories, `${at}.categories`, (name, place) => format(place, name, checkDns1035Label)),
    ...(kind && kind === listKind
      ? [invalid(`${at}.listKind`, listKind, 'kind and listKind may not be the same')]
      : []),
  ];
}

function validateVersions({ versions }: CustomResourceDefinitionSpec): FieldError[] {
  const at = 'spec.versions';
  const faults: FieldError[] = [];
  const stored = versions.filter((v) => v.storage).length;
  if (versions.length === 0) return [invalid(at, versions, 'must have at least one version')];
  if (stored !== 1)
    faults.push(
      invalid(
        at,
        versions.map((v) => v.name),
        'must have exactly one version marked as storage version',
      ),
    );
  return [
    ...faults,
    ...each(versions, at, validateVersion),
    ...duplicates(versions, (v, i) => ({ field: `${at}[${i}].name`, value: v.name })).map((e) => ({
      ...e,
      type: 'FieldValueInvalid' as const,
      field: at,
      message: `${e.message.replace('Duplicate', 'Invalid')}: must contain unique version names`,
    })),
  ];
}

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['', 'byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

function validateVersion(version: CustomResourceDefinitionVersion, at: string): FieldError[] {
  const { name, schema, subresources, additionalPrinterColumns: columns, deprecated, deprecationWarning } = version;
  const faults = name ? format(`${at}.name`, name, checkDns1035Label) : [];
  if (!schema?.openAPIV3Schema) faults.push(required(`${at}.schema.openAPIV3Schema`, 'schemas are required'));
  else if (schema.openAPIV3Schema.type !== 'object')
    faults.push(
      schema.openAPIV3Schema.type
        ? invalid(`${at}.schema.openAPIV3Schema.type`, schema.openAPIV3Schema.type, 'must be object at the root')
        : required(`${at}.schema.openAPIV3Schema.type`, 'must not be empty at the root'),
    );
  if (deprecationWarning !== undefined && !deprecated)
    faults.push(invalid(`${at}.deprecationWarning`, deprecationWarning, 'can only be set for deprecated versions'));
  if (subresources?.scale) faults.push(...validateScale(subresources.scale, `${at}.subresources.scale`));
  return [
    ...faults,
    ...each(columns, `${at}.additionalPrinterColumns`, (column, place) => [
      ...(column.type && !COLUMN_TYPES.includes(column.type)
        ? [notSupported(`${place}.type`, column.type, COLUMN_TYPES)]
        : []),
      ...(COLUMN_FORMATS.includes(column.format ?? '')
        ? []
        : [notSupported(`${place}.format`, column.format, COLUMN_FORMATS)]),
      ...(column.jsonPath ? [] : [required(`${place}.JSONPath`)]),
    ]),
    ...each(version.selectableFields, `${at}.selectableFields`, ({ jsonPath }, place) =>
      jsonPath && !/^(\.[A-Za-z_][A-Za-z0-9_]*)+$/.test(jsonPath)
        ? [invalid(`${place}.jsonPath`, jsonPath, 'is an invalid path: does not refer to a valid field')]
        : [],
    ),
    ...duplicates(version.selectableFields ?? [], (f, i) => ({
      field: `${at}.selectableFields[${i}].jsonPath`,
      value: f.jsonPath,
    })),
  ];
}

function validateScale(
  scale: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string },
  at: string,
): FieldError[] {
  const under = (key: 'specReplicasPath' | 'statusReplicasPath', root: string) => {
    const path = scale[key];
    if (!path) return [];
    return path.startsWith(root) ? [] : [invalid(`${at}.${key}`, path, `should be a json path under ${root}`)];
  };
  const selector = scale.labelSelectorPath;
  const bad = selector && !selector.startsWith('.spec.') && !selector.startsWith('.status.');
  return [
    ...under('specReplicasPath', '.spec.'),
    ...under('statusReplicasPath', '.status.'),
    ...(bad
      ? [invalid(`${at}.labelSelectorPath`, selector, 'should be a json path under either .spec or .status')]
      : []),
  ];
}

function validateConversion({ strategy, webhook }: CustomResourceConversion, at: string): FieldError[] {
  if (strategy === 'Webhook')
    return webhook ? [] : [required(`${at}.webhookClientConfig`, 'required when strategy is set to Webhook')];
  if (strategy && strategy !== 'None') return [notSupported(`${at}.strategy`, strategy, ['None', 'Webhook'])];
  return webhook
    ? [forbidden(`${at}.webhookClientConfig`, 'should not be set when strategy is not set to Webhook')]
    : [];
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
  for (const name of old.status?.storedVersions ?? [])
    if (!spec?.versions.some((v) => v.name === name))
      faults.push(
        invalid(
          `status.storedVersions[${(old.status?.storedVersions ?? []).indexOf(name)}]`,
          name,
          `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
        ),
      );
  return faults;
}
