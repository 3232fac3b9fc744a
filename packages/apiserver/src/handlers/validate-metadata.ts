/** The rules of metadata, the same for every kind, worded as Kubernetes words them. Pure. */
import {
  BadRequest,
  type FieldError,
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPathSegment,
  checkQualifiedName,
  forbidden,
  invalid,
  required,
  validateLabels,
} from '@mkube/apimachinery';
import type { JsonObject, ObjectMeta, ResourceDefinition, Strategy } from '@mkube/apimachinery';
import { validateAnnotations } from '@mkube/api';

const FORMATS = {
  label: checkDns1123Label,
  subdomain: checkDns1123Subdomain,
  dns1035: checkDns1035Label,
  path: checkPathSegment,
} as const;
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

export const isStandardFinalizer = (name: string): boolean => STANDARD_FINALIZERS.has(name);

/** `judged`: metadata that was found without fault. Labels and annotations that are still the same are not looked at again. */
export const validateMetadata = (
  metadata: ObjectMeta,
  { strategy }: Pick<ResourceDefinition, 'strategy'>,
  judged?: ObjectMeta,
): FieldError[] => validateMetadataAt('metadata', metadata, { strategy, judged });

/** Of a resource that stands in another one: without a name it has one yet to come. */
export const validateEmbeddedMetadata = (metadata: JsonObject, field: string): FieldError[] =>
  validateMetadataAt(field, { ...metadata, name: metadata['name'] || 'fakename' } as unknown as ObjectMeta, EMBEDDED);

const EMBEDDED = { strategy: { nameFormat: 'path', finalizerNames: 'qualified' } } as const;

function validateMetadataAt(
  at: string,
  metadata: ObjectMeta,
  { strategy, judged }: { strategy: MetadataRules; judged?: ObjectMeta | undefined },
): FieldError[] {
  return [
    ...validateGenerateName(at, metadata, strategy),
    ...validateName(at, metadata, strategy),
    ...(metadata.labels === judged?.labels ? [] : validateLabels(metadata.labels, `${at}.labels`)),
    ...(metadata.annotations === judged?.annotations
      ? []
      : validateAnnotations(metadata.annotations, `${at}.annotations`)),
    ...validateFinalizers(`${at}.finalizers`, metadata.finalizers, strategy),
    ...validateOwners(`${at}.ownerReferences`, metadata.ownerReferences),
  ];
}

type MetadataRules = Pick<Strategy, 'nameFormat' | 'finalizerNames'>;

/** @throws BadRequest for an object of another name than the URL's, or of none */
export function checkName(name: string | undefined, asked: string): void {
  if (!name)
    throw new BadRequest(`the name of the object (${asked} based on URL) was undeterminable: name must be provided`);
  if (name !== asked)
    throw new BadRequest(`the name of the object (${name}) does not match the name on the URL (${asked})`);
}

/** @throws BadRequest for another namespace than the URL's; whoever asks says whether it may be left out */
export function checkNamespace(namespace: unknown, asked: string): void {
  if (namespace !== asked)
    throw new BadRequest('the namespace of the provided object does not match the namespace sent on the request');
}

export function validateMetadataUpdate(
  metadata: ObjectMeta,
  old: ObjectMeta,
  _definition: ResourceDefinition,
): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.name !== old.name) errors.push(invalid('metadata.name', metadata.name, 'field is immutable'));
  if (!old.deletionTimestamp) return errors;
  const before = new Set(old.finalizers);
  const added = (metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (added.length > 0) {
    const shown = added.map((f) => JSON.stringify(f)).join(', ');
    errors.push(
      forbidden(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${shown}}`,
      ),
    );
  }
  return errors;
}

function validateName(at: string, { name }: ObjectMeta, { nameFormat = 'subdomain' }: MetadataRules): FieldError[] {
  if (!name) return [required(`${at}.name`, 'name or generateName is required')];
  return FORMATS[nameFormat](name).map((detail) => invalid(`${at}.name`, name, detail));
}

/** A prefix is judged as a name that something follows. */
function validateGenerateName(
  at: string,
  { generateName }: ObjectMeta,
  { nameFormat = 'subdomain' }: MetadataRules,
): FieldError[] {
  if (!generateName) return [];
  const whole = generateName.length > 1 && generateName.endsWith('-') ? `${generateName.slice(0, -2)}a` : generateName;
  return FORMATS[nameFormat](whole).map((detail) => invalid(`${at}.generateName`, generateName, detail));
}

/** Names are judged as such at the list, and as standard or qualified ones at their place. */
function validateFinalizers(
  at: string,
  finalizers: ObjectMeta['finalizers'],
  { finalizerNames }: MetadataRules,
): FieldError[] {
  if (!finalizers) return [];
  const mayBePlain = finalizerNames === 'qualified';
  const errors = finalizers.flatMap((name, i) => [
    ...checkQualifiedName(name).map((detail) => invalid(at, name, detail)),
    ...(mayBePlain || name.includes('/') || isStandardFinalizer(name)
      ? []
      : [invalid(`${at}[${i}]`, name, 'name is neither a standard finalizer name nor is it fully qualified')]),
  ]);
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(invalid(at, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  return errors;
}

/** Kubernetes names these fields without the reference's place. */
function validateOwners(at: string, owners: ObjectMeta['ownerReferences']): FieldError[] {
  const errors = (owners ?? []).flatMap((owner) => {
    const { apiVersion } = owner;
    const version = apiVersion.includes('/') ? apiVersion.slice(apiVersion.indexOf('/') + 1) : apiVersion;
    return [
      ...(version === '' || version.includes('/')
        ? [invalid(`${at}.apiVersion`, apiVersion, 'version must not be empty')]
        : []),
      ...(['kind', 'name', 'uid'] as const)
        .filter((key) => !owner[key])
        .map((key) => invalid(`${at}.${key}`, '', 'must not be empty')),
      ...(apiVersion === 'v1' && owner.kind === 'Event'
        ? [invalid(at, owner, '/v1, Kind=Event is disallowed from being an owner')]
        : []),
    ];
  });
  const controllers = (owners ?? []).filter((owner) => owner.controller === true);
  const [first, second] = controllers;
  if (first && second)
    errors.push(
      invalid(
        at,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`,
      ),
    );
  return errors;
}
