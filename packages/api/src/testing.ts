/** For tests of this package alone: an object's way through decode, defaults, prepare and validation, without a server. */
import { type KubernetesObject, type ResourceDefinition, apiVersionOf, formatFieldError } from '@mkube/apimachinery';

export const NOW = new Date('2026-01-02T03:04:05Z');

/** The object as it would be stored, were it valid. */
export function prepared(definition: ResourceDefinition, input: object): KubernetesObject {
  const { schema, strategy } = definition;
  const metadata = { name: 'a', uid: 'u', ...(definition.namespaced && { namespace: 'default' }) };
  const { kind } = definition;
  const given = {
    kind,
    apiVersion: apiVersionOf(definition),
    ...input,
    metadata: { ...metadata, ...(input as { metadata?: object }).metadata },
  };
  const object = schema.applyDefaults(schema.decode(given).object) as unknown as KubernetesObject;
  const defaulted = strategy.applyDefaults?.(object) ?? object;
  return strategy.prepareForCreate?.(defaulted, { now: NOW }) ?? defaulted;
}

/** What a create would be refused with, a text per fault: 'spec.replicas: Invalid value: -1: …'. */
export function faultsOf(definition: ResourceDefinition, input: object): string[] {
  const object = prepared(definition, input);
  const errors = [...definition.schema.validate(object), ...(definition.strategy.validate?.(object) ?? [])];
  return errors.map(formatFieldError);
}

/** What changing `before` into `after` would be refused with. */
export function updateFaultsOf(
  definition: ResourceDefinition,
  [before, after]: [object, object],
  subresource?: string,
): string[] {
  const { strategy } = definition;
  const context = { now: NOW, ...(subresource && { subresource }) };
  const old = prepared(definition, before);
  const wanted = { ...prepared(definition, after), metadata: prepared(definition, before).metadata };
  const next = strategy.prepareForUpdate?.(wanted, old, context) ?? wanted;
  return (strategy.validateUpdate?.(next, old, context) ?? []).map(formatFieldError);
}
