/**
 * What only the server can say of CustomResourceDefinitions and their objects: parts that do not act yet are warned of, and
 * nothing is created of a kind that is going.
 */
import type { CustomResourceDefinition } from '@mkube/api';
import { MethodNotAllowed, isKnownFormat, stringifyJson } from '@mkube/apimachinery';
import { isCustom } from '../crd/definition.ts';
import { type AdmissionPlugin, type Attributes, isResource } from './plugin.ts';

export const customResources: AdmissionPlugin = {
  name: 'CustomResources',
  validate(attributes) {
    const { definition, operation, subresource } = attributes;
    if (isCustom(definition) && definition.terminating && operation === 'CREATE')
      throw new MethodNotAllowed('create not allowed while custom resource definition is terminating', { details: {} });
    if (!isResource(attributes, 'apiextensions.k8s.io', 'customresourcedefinitions') || subresource) return;
    if (operation === 'CREATE' || operation === 'UPDATE') warnOfSchemas(attributes);
  },
};

function warnOfSchemas({ object, warnings }: Attributes): void {
  const { spec } = object as CustomResourceDefinition;
  for (const { schema } of spec.versions) warnings.add(...unrecognizedFormats(schema?.openAPIV3Schema));
  const rules = spec.versions.some(({ schema }) => stringifyJson(schema ?? {}).includes('"x-kubernetes-validations"'));
  if (rules)
    warnings.add('x-kubernetes-validations are stored and published, but this cluster does not evaluate them yet');
  if (spec.conversion?.strategy === 'Webhook')
    warnings.add('conversion by webhook is not done by this cluster yet: versions differ in apiVersion alone');
}

/** Texts that name a format nobody knows are checked by nothing. */
function unrecognizedFormats(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, format } = schema as { type?: unknown; format?: unknown };
  const own = type === 'string' && typeof format === 'string' && format !== '' && !isKnownFormat(format);
  const below = Object.values(schema).flatMap(unrecognizedFormats);
  return own ? [`unrecognized format ${JSON.stringify(format)}`, ...below] : below;
}
