/** FlowSchema, flowcontrol.apiserver.k8s.io/v1: what the facts do not hold. */
import { type FieldError, invalid, notSupported, required } from '@mkube/apimachinery';
import { NONE, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { FlowSchema, FlowSchemaSpec, PolicyRulesWithSubjects } from '../../generated/types/flowcontrol-v1.ts';
import { validateConditionTypes } from './conditions.ts';
import { dnsSubdomain, each, inRange } from '../../validation/checks.ts';

export const flowSchemas = defineResource<FlowSchema>(facts.flowcontrol.v1.FlowSchema, {
  acts: true,
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

function validateSpec(spec: FlowSchemaSpec | undefined, name: string): FieldError[] {
  if (!spec) return [];
  const faults = inRange('spec.matchingPrecedence', spec.matchingPrecedence, [1, HIGHEST]).map((e) => ({
    ...e,
    message: `Invalid value: ${spec.matchingPrecedence}: must be a value between 1 and ${HIGHEST}`,
  }));
  if (spec.matchingPrecedence === 1 && name !== 'exempt')
    faults.push(invalid('spec.matchingPrecedence', 1, "only the schema named 'exempt' may have matchingPrecedence 1"));
  const method = spec.distinguisherMethod?.type;
  if (method !== undefined && method !== 'ByUser' && method !== 'ByNamespace')
    faults.push(notSupported('spec.distinguisherMethod', spec.distinguisherMethod, ['ByNamespace', 'ByUser']));
  const level = spec.priorityLevelConfiguration?.name;
  if (level) faults.push(...dnsSubdomain('spec.priorityLevelConfiguration.name', level));
  return [...faults, ...each(spec.rules, 'spec.rules', validateRule)];
}

function validateRule(
  { subjects, resourceRules = [], nonResourceRules = [] }: PolicyRulesWithSubjects,
  at: string,
): FieldError[] {
  const faults: FieldError[] = [];
  if (subjects.length === 0) faults.push(required(`${at}.subjects`, 'subjects must contain at least one value'));
  if (resourceRules.length === 0 && nonResourceRules.length === 0)
    faults.push(required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  faults.push(
    ...each(resourceRules, `${at}.resourceRules`, (rule, place) => [
      ...(rule.verbs.length === 0 ? [required(`${place}.verbs`)] : []),
      ...(rule.apiGroups.length === 0 ? [required(`${place}.apiGroups`)] : []),
      ...(rule.resources.length === 0 ? [required(`${place}.resources`)] : []),
      ...((rule.namespaces ?? []).length === 0 && !rule.clusterScope
        ? [
            required(
              `${place}.namespaces`,
              'resource rules that are not cluster scoped must supply at least one namespace',
            ),
          ]
        : []),
    ]),
  );
  return faults;
}
