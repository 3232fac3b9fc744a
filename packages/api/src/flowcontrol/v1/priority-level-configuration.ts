/** PriorityLevelConfiguration, flowcontrol.apiserver.k8s.io/v1: what the facts do not hold. */
import { type Cell, type FieldError, forbidden, invalid, notSupported, required } from '@mkube/apimachinery';
import { NONE, age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type {
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../generated/types/flowcontrol-v1.ts';
import { validateConditionTypes } from './conditions.ts';
import { inRange } from '../../validation/checks.ts';

export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>(
  facts.flowcontrol.v1.PriorityLevelConfiguration,
  {
    validate: validateSpec,
    validateStatus: ({ status }) => validateConditionTypes(status?.conditions),
    cells: levelCells,
  },
);

function validateSpec({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  const { limited, exempt } = spec ?? {};
  const type = spec?.type ?? '';
  const isExempt = metadata.name === 'exempt';
  return [
    ...(isExempt === (type === 'Exempt')
      ? []
      : [invalid('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'")]),
    ...validateType(type, limited, exempt),
  ];
}

type Spec = PriorityLevelConfigurationSpec;

function validateType(type: string, limited: Spec['limited'], exempt: Spec['exempt']): FieldError[] {
  switch (type) {
    case 'Exempt':
      return [
        ...(limited ? [forbidden('spec.limited', 'must be nil if the type is not Limited')] : []),
        ...(exempt ? validateShares(exempt, 'spec.exempt') : []),
      ];
    case 'Limited':
      return [
        ...(exempt ? [forbidden('spec.exempt', 'must be nil if the type is Limited')] : []),
        ...(limited ? validateLimited(limited) : [required('spec.limited', 'must not be empty when type is Limited')]),
      ];
    default:
      return [notSupported('spec.type', type, ['Exempt', 'Limited'])];
  }
}

const NO_INTEGER = 'must be a non-negative integer';

const validateShares = (
  { nominalConcurrencyShares: shares = 0, lendablePercent: lent }: NonNullable<Spec['exempt']>,
  at: string,
): FieldError[] => [
  ...(shares < 0 ? [invalid(`${at}.nominalConcurrencyShares`, shares, NO_INTEGER)] : []),
  ...inRange(`${at}.lendablePercent`, lent, [0, 100]),
];

function validateLimited(limited: NonNullable<Spec['limited']>): FieldError[] {
  const at = 'spec.limited';
  const { borrowingLimitPercent: borrowed } = limited;
  return [
    ...validateShares(limited, at),
    ...validateResponse(limited.limitResponse ?? {}, `${at}.limitResponse`),
    ...(borrowed !== undefined && borrowed < 0
      ? [invalid(`${at}.borrowingLimitPercent`, borrowed, `if specified, ${NO_INTEGER}`)]
      : []),
  ];
}

function validateResponse({ type = '', queuing }: Partial<LimitResponse>, at: string): FieldError[] {
  const place = `${at}.queuing`;
  switch (type) {
    case 'Reject':
      return queuing ? [forbidden(place, 'must be nil if limited.limitResponse.type is not Limited')] : [];
    case 'Queue':
      return queuing
        ? validateQueuing(queuing, place)
        : [required(place, 'must not be empty if limited.limitResponse.type is Limited')];
    default:
      return [notSupported(`${at}.type`, type, ['Queue', 'Reject'])];
  }
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
  else if (entropyBits(queues, handSize) > MOST_BITS)
    faults.push(
      invalid(
        `${at}.handSize`,
        handSize,
        `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MOST_BITS}`,
      ),
    );
  return faults;
}

/** Of the hash that deals a hand of queues. */
const MOST_BITS = 60;

const entropyBits = (queues: number, handSize: number): number =>
  Math.ceil(Array.from({ length: Math.min(handSize, 64) }, (_, i) => Math.log2(queues - i)).reduce((a, b) => a + b, 0));

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
