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
import type { ObjectMeta, ResourceDefinition } from '@mkube/apimachinery';

const FORMATS = {
  label: checkDns1123Label,
  subdomain: checkDns1123Subdomain,
  dns1035: checkDns1035Label,
  path: checkPathSegment,
} as const;
const MAX_ANNOTATIONS = 256 * 1024;
const PLAIN_FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

/** `judged`: metadata that was found without fault. Labels and annotations that are still the same are not looked at again. */
export const validateMetadata = (
  metadata: ObjectMeta,
  definition: ResourceDefinition,
  judged?: ObjectMeta,
): FieldError[] => [
  ...validateGenerateName(metadata, definition),
  ...validateName(metadata, definition),
  ...(metadata.labels === judged?.labels ? [] : validateLabels(metadata.labels, 'metadata.labels')),
  ...(metadata.annotations === judged?.annotations ? [] : validateAnnotations(metadata.annotations)),
  ...validateFinalizers(metadata.finalizers, definition),
  ...validateOwners(metadata.ownerReferences),
];

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

function validateName({ name }: ObjectMeta, { strategy }: ResourceDefinition): FieldError[] {
  if (!name) return [required('metadata.name', 'name or generateName is required')];
  const check = FORMATS[strategy.nameFormat ?? 'subdomain'];
  return check(name).map((detail) => invalid('metadata.name', name, detail));
}

/** A prefix is judged as a name that something follows. */
function validateGenerateName({ generateName }: ObjectMeta, { strategy }: ResourceDefinition): FieldError[] {
  if (!generateName) return [];
  const whole = generateName.length > 1 && generateName.endsWith('-') ? `${generateName.slice(0, -2)}a` : generateName;
  return FORMATS[strategy.nameFormat ?? 'subdomain'](whole).map((detail) =>
    invalid('metadata.generateName', generateName, detail),
  );
}

function validateAnnotations(annotations: ObjectMeta['annotations']): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    size += Buffer.byteLength(key) + Buffer.byteLength(value);
    for (const detail of checkQualifiedName(key.toLowerCase()))
      errors.push(invalid('metadata.annotations', key, detail));
  }
  if (size > MAX_ANNOTATIONS)
    errors.push({
      type: 'FieldValueTooLong',
      field: 'metadata.annotations',
      message: `Too long: may not be more than ${MAX_ANNOTATIONS} bytes`,
    });
  return errors;
}

/** Names are judged as such at the list, and as standard or qualified ones at their place. */
function validateFinalizers(
  finalizers: ObjectMeta['finalizers'],
  { strategy }: Pick<ResourceDefinition, 'strategy'>,
): FieldError[] {
  if (!finalizers) return [];
  const mayBePlain = strategy.finalizerNames === 'qualified';
  const errors = finalizers.flatMap((name, i) => [
    ...checkQualifiedName(name).map((detail) => invalid('metadata.finalizers', name, detail)),
    ...(mayBePlain || name.includes('/') || PLAIN_FINALIZERS.has(name)
      ? []
      : [
          invalid(
            `metadata.finalizers[${i}]`,
            name,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ]),
  ]);
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(
      invalid('metadata.finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'),
    );
  return errors;
}

/** Kubernetes names these fields without the reference's place. */
function validateOwners(owners: ObjectMeta['ownerReferences']): FieldError[] {
  const at = 'metadata.ownerReferences';
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
        'metadata.ownerReferences',
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`,
      ),
    );
  return errors;
}
