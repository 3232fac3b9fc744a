/** FlowSchema, flowcontrol.apiserver.k8s.io/v1: what the facts do not hold. */
import { type FieldError, invalid, notSupported, required } from '@mkube/apimachinery';
import { NONE, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { FlowSchema, FlowSchemaSpec } from '../../generated/types/flowcontrol-v1.ts';
import { validateRules } from './flow-schema-rules.ts';
import { validateConditionTypes } from './conditions.ts';
import { dnsSubdomain, each } from '../../validation/checks.ts';

export const flowSchemas = defineResource<FlowSchema>(facts.flowcontrol.v1.FlowSchema, {
  validate: ({ metadata, spec }) => validateSpec(spec, metadata.name),
  validateStatus: ({ status }) => validateConditionTypes(status?.conditions),
  cells: (schema, now) => [
    schema.metadata.name,
    schema.spec?.priorityLevelConfiguration?.name || NONE,
    String(schema.spec?.matchingPrecedence ?? 0),
    schema.spec?.distinguisherMethod?.type ?? NONE,
    age(schema, now),
    schema.status?.conditions?.find((c) => c.type === 'Dangling')?.status ?? '?',
  ],
});

const HIGHEST = 10_000;
const METHODS = ['ByNamespace', 'ByUser'];

function validateSpec(spec: FlowSchemaSpec | undefined, name: string): FieldError[] {
  const { distinguisherMethod: method, priorityLevelConfiguration, rules } = spec ?? {};
  const level = 'spec.priorityLevelConfiguration.name';
  return [
    ...validatePrecedence(spec?.matchingPrecedence ?? 0, name),
    ...(method && !METHODS.includes(method.type)
      ? // the message shows the method as its Go struct
        [notSupported('spec.distinguisherMethod.type', { Type: method.type ?? '' }, METHODS)]
      : []),
    ...(priorityLevelConfiguration?.name
      ? dnsSubdomain(level, priorityLevelConfiguration.name)
      : [required(level, 'must reference a priority level')]),
    ...each(rules, 'spec.rules', validateRules),
  ];
}

function validatePrecedence(precedence: number, name: string): FieldError[] {
  const wrong = (detail: string): FieldError[] => [invalid('spec.matchingPrecedence', precedence, detail)];
  if (precedence <= 0) return wrong('must be a positive value');
  if (precedence > HIGHEST) return wrong(`must not be greater than ${HIGHEST}`);
  return precedence === 1 && name !== 'exempt'
    ? wrong("only the schema named 'exempt' may have matchingPrecedence 1")
    : [];
}
