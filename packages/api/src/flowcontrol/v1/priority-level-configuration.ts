/** PriorityLevelConfiguration, flowcontrol.apiserver.k8s.io/v1: what the facts do not hold. */
import { type Cell, type FieldError, forbidden, invalid, notSupported, required } from '@mkube/apimachinery';
import { NONE, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../generated/types/flowcontrol-v1.ts';
import { validateConditionTypes } from './conditions.ts';
import { nonNegative } from '../../validation/checks.ts';

export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>(
  facts.flowcontrol.v1.PriorityLevelConfiguration,
  {
    acts: true,
    validate: ({ spec }) => validateSpec(spec),
    validateStatus: ({ status }) => validateConditionTypes(status?.conditions),
    cells: levelCells,
  },
);

function validateSpec(spec: PriorityLevelConfigurationSpec | undefined): FieldError[] {
  const { type, limited, exempt } = spec ?? {};
  switch (type) {
    case 'Exempt':
      return limited ? [forbidden('spec.limited', 'must be nil if the type is not Limited')] : [];
    case 'Limited':
      if (exempt) return [forbidden('spec.exempt', 'must be nil if the type is Limited')];
      return limited ? validateLimited(limited) : [required('spec.limited', 'must not be empty when type is Limited')];
    case undefined:
    case '':
      return [];
    default:
      return [notSupported('spec.type', type, ['Exempt', 'Limited'])];
  }
}

function validateLimited(limited: NonNullable<PriorityLevelConfigurationSpec['limited']>): FieldError[] {
  const at = 'spec.limited';
  const faults = nonNegative(`${at}.nominalConcurrencyShares`, limited.nominalConcurrencyShares).map((e) => ({
    ...e,
    message: e.message.replace('greater than or equal to 0', 'a non-negative integer'),
  }));
  const { limitResponse } = limited;
  const { type, queuing } = limitResponse ?? {};
  if (type === 'Reject')
    return queuing
      ? [
          ...faults,
          forbidden(`${at}.limitResponse.queuing`, 'must be nil if limited.limitResponse.type is not Limited'),
        ]
      : faults;
  if (type !== 'Queue')
    return type ? [...faults, notSupported(`${at}.limitResponse.type`, type, ['Queue', 'Reject'])] : faults;
  if (!queuing)
    return [
      ...faults,
      required(`${at}.limitResponse.queuing`, 'must not be empty if limited.limitResponse.type is Limited'),
    ];
  return [...faults, ...validateQueuing(queuing, `${at}.limitResponse.queuing`)];
}

const MOST_QUEUES = 10_000_000;

function validateQueuing({ queues, handSize, queueLengthLimit }: QueuingConfiguration, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (queueLengthLimit <= 0) faults.push(invalid(`${at}.queueLengthLimit`, queueLengthLimit, 'must be positive'));
  if (queues <= 0) faults.push(invalid(`${at}.queues`, queues, 'must be positive'));
  else if (queues > MOST_QUEUES)
    faults.push(invalid(`${at}.queues`, queues, `must not be greater than ${MOST_QUEUES}`));
  if (handSize <= 0) faults.push(invalid(`${at}.handSize`, handSize, 'must be positive'));
  else if (handSize > queues)
    faults.push(invalid(`${at}.handSize`, handSize, `should not be greater than queues (${queues})`));
  return faults;
}

function levelCells(level: PriorityLevelConfiguration, now: Date): Cell[] {
  const { limited } = level.spec ?? {};
  const queuing = limited?.limitResponse?.queuing;
  const shares = limited?.nominalConcurrencyShares;
  const text = (value: number | undefined) => (value === undefined ? NONE : String(value));
  return [
    level.metadata.name,
    level.spec?.type ?? '',
    text(shares),
    text(queuing?.queues),
    text(queuing?.handSize),
    text(queuing?.queueLengthLimit),
    age(level, now),
  ];
}
