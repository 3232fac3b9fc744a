/** Where a pod may go: tolerations, affinity, spread constraints, gates. */
import {
  type FieldError,
  checkLabelValue,
  checkQualifiedName,
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
  validateLabelSelector,
  validateSelectorOperator,
} from '@mkube/apimachinery';
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  Toleration,
  TopologySpreadConstraint,
} from '../../../../generated/types/core-v1.ts';
import {
  dnsLabel,
  dnsSubdomain,
  duplicates,
  each,
  format,
  inRange,
  qualifiedName,
} from '../../../../validation/checks.ts';

export const validateTolerations = (tolerations: readonly Toleration[] | undefined, field: string): FieldError[] =>
  each(tolerations, field, (t, at) => [
    ...(t.key ? qualifiedName(`${at}.key`, t.key) : []),
    ...tolerationOperator(t, at),
    ...(t.tolerationSeconds !== undefined && t.effect !== 'NoExecute'
      ? [invalid(`${at}.effect`, t.effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set")]
      : []),
  ]);

function tolerationOperator(t: Toleration, at: string): FieldError[] {
  const operator = t.operator ?? '';
  const keyless =
    !t.key && operator !== 'Exists'
      ? [
          invalid(
            `${at}.operator`,
            operator,
            'operator must be Exists when `key` is empty, which means "match all values and all keys"',
          ),
        ]
      : [];
  return [...keyless, ...operatorFaults(operator, t, at)];
}

function operatorFaults(operator: string, t: Toleration, at: string): FieldError[] {
  switch (operator) {
    case '':
    case 'Equal':
      return checkLabelValue(t.value ?? '').map((fault) => invalid(`${at}.operator`, t.value ?? '', fault));
    case 'Exists':
      return t.value ? [invalid(`${at}.operator`, t.value, "value must be empty when `operator` is 'Exists'")] : [];
    case 'Lt':
    case 'Gt':
      return [notSupported(`${at}.operator`, operator, ['Equal', 'Exists', 'Lt', 'Gt'])];
    default:
      return [notSupported(`${at}.operator`, operator, ['Equal', 'Exists'])];
  }
}

export function validateAffinity(affinity: Affinity | undefined, field: string): FieldError[] {
  if (!affinity) return [];
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  const node = `${field}.nodeAffinity`;
  const required = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return [
    ...(required ? validateNodeSelector(required, `${node}.requiredDuringSchedulingIgnoredDuringExecution`) : []),
    ...each(
      nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution,
      `${node}.preferredDuringSchedulingIgnoredDuringExecution`,
      (term, at) => [
        ...inRange(`${at}.weight`, term.weight, [1, 100]).map((e) => ({ ...e, message: weightFault(term.weight) })),
        ...validateNodeSelectorTerm(term.preference, `${at}.preference`, { anyValues: true }),
      ],
    ),
    ...[
      { of: podAffinity, at: `${field}.podAffinity` },
      { of: podAntiAffinity, at: `${field}.podAntiAffinity` },
    ].flatMap(({ of, at }) => [
      ...each(
        of?.requiredDuringSchedulingIgnoredDuringExecution,
        `${at}.requiredDuringSchedulingIgnoredDuringExecution`,
        validatePodAffinityTerm,
      ),
      ...each(
        of?.preferredDuringSchedulingIgnoredDuringExecution,
        `${at}.preferredDuringSchedulingIgnoredDuringExecution`,
        (term, place) => [
          ...inRange(`${place}.weight`, term.weight, [1, 100]).map((e) => ({
            ...e,
            message: weightFault(term.weight),
          })),
          ...validatePodAffinityTerm(term.podAffinityTerm, `${place}.podAffinityTerm`),
        ],
      ),
    ]),
  ];
}

const weightFault = (weight: number): string => `Invalid value: ${weight}: must be in the range 1-100`;

export function validateNodeSelector(selector: NodeSelector, field: string): FieldError[] {
  const at = `${field}.nodeSelectorTerms`;
  if ((selector.nodeSelectorTerms ?? []).length === 0)
    return [required(at, 'must have at least one node selector term')];
  return each(selector.nodeSelectorTerms, at, (term, place) => validateNodeSelectorTerm(term, place));
}

/** Values of a preference may be anything: what is no label value matches nothing, and the writer is warned. */
const validateNodeSelectorTerm = (
  term: NodeSelectorTerm | undefined,
  field: string,
  { anyValues = false }: { anyValues?: boolean } = {},
): FieldError[] => [
  ...each(term?.matchExpressions, `${field}.matchExpressions`, (requirement, at) =>
    validateNodeRequirement(requirement, at, anyValues),
  ),
  ...each(term?.matchFields, `${field}.matchFields`, validateNodeFieldRequirement),
];

function validateNodeRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  field: string,
  anyValues: boolean,
): FieldError[] {
  return [
    ...validateOperator(operator ?? '', values, field),
    ...format(`${field}.key`, key ?? '', checkQualifiedName),
    ...(anyValues ? [] : each(values, `${field}.values`, (value, at) => format(at, value, checkLabelValue))),
  ];
}

function validateOperator(operator: string, values: readonly string[], field: string): FieldError[] {
  if (operator !== 'Gt' && operator !== 'Lt') return validateSelectorOperator(operator, values, field);
  if (values.length === 1) return [];
  return [required(`${field}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
}

function validateNodeFieldRequirement(requirement: NodeSelectorRequirement, field: string): FieldError[] {
  const { key, operator, values = [] } = requirement;
  const faults: FieldError[] = [];
  const one = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
  if (operator !== 'In' && operator !== 'NotIn')
    faults.push(invalid(`${field}.operator`, operator, 'not a valid selector operator'));
  else if (values.length !== 1) faults.push(required(`${field}.values`, one));
  if (key !== 'metadata.name') return [...faults, invalid(`${field}.key`, key, 'not a valid field selector key')];
  return [...faults, ...each(values, `${field}.values`, (value, at) => dnsSubdomain(at, value))];
}

function validatePodAffinityTerm(term: PodAffinityTerm | undefined, field: string): FieldError[] {
  if (!term) return [required(field)];
  return [
    ...validateLabelSelector(term.labelSelector, `${field}.labelSelector`),
    ...validateLabelSelector(term.namespaceSelector, `${field}.namespaceSelector`),
    ...each(term.namespaces, `${field}.namespaces`, (name) => dnsLabel(`${field}.namespace`, name)),
    ...validateMatchLabelKeys(term, field),
    ...(term.topologyKey ? [] : [required(`${field}.topologyKey`, 'can not be empty')]),
    ...qualifiedName(`${field}.topologyKey`, term.topologyKey ?? ''),
  ];
}

function validateMatchLabelKeys(
  term: Pick<PodAffinityTerm, 'labelSelector' | 'matchLabelKeys' | 'mismatchLabelKeys'>,
  field: string,
): FieldError[] {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  if (matchLabelKeys.length === 0 && mismatchLabelKeys.length === 0) return [];
  const faults = (['matchLabelKeys', 'mismatchLabelKeys'] as const).flatMap((name) => {
    if ((term[name] ?? []).length > 0 && !labelSelector)
      return [forbidden(`${field}.${name}`, 'must not be specified when labelSelector is not set')];
    return each(term[name], `${field}.${name}`, (key, at) => qualifiedName(at, key));
  });
  const both = (at: string, key: string, others: string): number =>
    faults.push(invalid(at, key, `exists in both matchLabelKeys and ${others}`));
  // the pod's own values stand among the expressions by now: another requirement of the key is the writer's
  const keys = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    if (matchLabelKeys.includes(key) && keys.has(key))
      both(`${field}[${matchLabelKeys.lastIndexOf(key)}]`, key, 'labelSelector');
    keys.add(key);
  }
  for (const [i, key] of matchLabelKeys.entries())
    if (mismatchLabelKeys.includes(key)) both(`${field}.matchLabelKeys[${i}]`, key, 'mismatchLabelKeys');
  return faults;
}

export const validateSpreadConstraints = (
  constraints: readonly TopologySpreadConstraint[] | undefined,
  field: string,
): FieldError[] => [
  ...each(constraints, field, validateSpreadConstraint),
  ...(constraints ?? []).flatMap((c, i) => {
    const pair = { topologyKey: c.topologyKey, whenUnsatisfiable: c.whenUnsatisfiable };
    const after = (constraints ?? []).slice(i + 1);
    const again = after.some(
      (b) => b.topologyKey === pair.topologyKey && b.whenUnsatisfiable === pair.whenUnsatisfiable,
    );
    return again
      ? [duplicate(`${field}[${i}].{topologyKey, whenUnsatisfiable}`, `{${c.topologyKey}, ${c.whenUnsatisfiable}}`)]
      : [];
  }),
];

const WHEN_UNSATISFIABLE = ['DoNotSchedule', 'ScheduleAnyway'];

function validateSpreadConstraint(c: TopologySpreadConstraint, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (c.maxSkew <= 0) faults.push(invalid(`${at}.maxSkew`, c.maxSkew, 'must be greater than zero'));
  // any other text is taken, as it has always been
  if (!c.topologyKey) faults.push(required(`${at}.topologyKey`, 'can not be empty'));
  if (!WHEN_UNSATISFIABLE.includes(c.whenUnsatisfiable ?? ''))
    faults.push(notSupported(`${at}.whenUnsatisfiable`, c.whenUnsatisfiable ?? '', WHEN_UNSATISFIABLE));
  if (c.minDomains !== undefined) {
    if (c.minDomains <= 0) faults.push(invalid(`${at}.minDomains`, c.minDomains, 'must be greater than zero'));
    if (c.whenUnsatisfiable !== 'DoNotSchedule')
      faults.push(
        invalid(
          `${at}.minDomains`,
          c.minDomains,
          `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${c.whenUnsatisfiable}`,
        ),
      );
  }
  faults.push(...validateLabelSelector(c.labelSelector, `${at}.labelSelector`));
  faults.push(...validateMatchLabelKeys(c, at));
  return faults;
}

export const validateSchedulingGates = (gates: PodSpec['schedulingGates'], field: string): FieldError[] => [
  ...each(gates, field, (gate, at) => format(at, gate.name ?? '', checkQualifiedName)),
  ...duplicates(gates ?? [], (gate, i) => ({ field: `${field}[${i}]`, value: gate.name })),
];

export const validateReadinessGates = (gates: PodSpec['readinessGates'], field: string): FieldError[] =>
  each(gates, field, (gate, at) => qualifiedName(`${at}.conditionType`, gate.conditionType ?? ''));
