/** Everything that is checked of an object before it is stored: metadata, what the facts say, what the kind's strategy says. */
import { type FieldError, invalidObject } from '@mkube/apimachinery';
import type { KubernetesObject, ResourceDefinition, Strategy, StrategyContext } from '@mkube/apimachinery';
import { validateMetadata, validateMetadataUpdate } from './validate-metadata.ts';

/** `judged`: an object without fault that has the same spec and annotations. */
export function validateNew(object: KubernetesObject, definition: ResourceDefinition, judged?: KubernetesObject): void {
  const { besideSpec } = definition.strategy;
  throwIfAny(object, definition, [
    ...validateMetadata(object.metadata, definition, judged?.metadata),
    ...(judged && besideSpec ? besideSpec.validate(object) : validateBody(object, definition)),
  ]);
}

export function validateChanged(
  object: KubernetesObject,
  old: KubernetesObject,
  definition: ResourceDefinition,
  context: StrategyContext,
): void {
  const { strategy } = definition;
  throwIfAny(object, definition, [
    ...validateMetadata(object.metadata, definition),
    ...validateMetadataUpdate(object.metadata, old.metadata, definition),
    ...(definition.schema.validateUpdate?.(object, old, context.subresource) ?? definition.schema.validate(object)),
    ...validateMeaning(object, old, { strategy, context }),
  ]);
}

function validateMeaning(
  object: KubernetesObject,
  old: KubernetesObject,
  { strategy, context }: { strategy: Strategy; context: StrategyContext },
): FieldError[] {
  if (context.subresource === 'status' && strategy.validateStatus) return strategy.validateStatus(object, old);
  return [...(strategy.validate?.(object, old) ?? []), ...(strategy.validateUpdate?.(object, old, context) ?? [])];
}

/** For what is answered instead of stored, whose metadata nobody sets. */
export const validateReview = (object: KubernetesObject, definition: ResourceDefinition): void =>
  throwIfAny(object, definition, validateBody(object, definition));

const validateBody = (object: KubernetesObject, { schema, strategy }: ResourceDefinition): FieldError[] => [
  ...schema.validate(object),
  ...(strategy.validate?.(object) ?? []),
];

function throwIfAny(object: KubernetesObject, definition: ResourceDefinition, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject(definition, object.metadata.name || '', errors);
}
