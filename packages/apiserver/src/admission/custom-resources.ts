/**
 * What only the server can say of CustomResourceDefinitions and their objects: parts that do not act yet are warned of, and
 * nothing is created of a kind that is going.
 */
import type { CustomResourceDefinition } from '@mkube/api';
import { MethodNotAllowed, stringifyJson } from '@mkube/apimachinery';
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
  const rules = spec.versions.some(({ schema }) => stringifyJson(schema ?? {}).includes('"x-kubernetes-validations"'));
  if (rules)
    warnings.add('x-kubernetes-validations are stored and published, but this cluster does not evaluate them yet');
  if (spec.conversion?.strategy === 'Webhook')
    warnings.add('conversion by webhook is not done by this cluster yet: versions differ in apiVersion alone');
}
