/** Validation of labels and of LabelSelectors inside specs, in Kubernetes' words. */
import { type FieldError, forbidden, invalid, required } from './field-error.ts';
import type { LabelSelector } from './generated/meta-v1.ts';
import type { Labels } from './labels.ts';
import { checkLabelValue, checkQualifiedName } from './names.ts';

/** Keys and values of metadata.labels. */
export function validateLabels(labels: Labels | undefined, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const fault of checkQualifiedName(key)) errors.push(invalid(field, key, fault));
    for (const fault of checkLabelValue(value)) errors.push(invalid(field, value, fault));
  }
  return errors;
}

/** A LabelSelector inside a spec. */
export function validateLabelSelector(selector: Partial<LabelSelector> | undefined, field: string): FieldError[] {
  if (!selector) return [];
  const { matchLabels, matchExpressions = [] } = selector;
  return [
    ...validateLabels(matchLabels, `${field}.matchLabels`),
    ...matchExpressions.flatMap((expression, i) => validateExpression(expression, `${field}.matchExpressions[${i}]`)),
  ];
}

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

const validateExpression = ({ key, operator, values = [] }: Expression, field: string): FieldError[] => [
  ...validateSelectorOperator(operator, values, field),
  ...checkQualifiedName(key).map((fault) => invalid(`${field}.key`, key, fault)),
  ...values.flatMap((value, i) =>
    checkLabelValue(value).map((fault) => invalid(`${field}.values[${i}]`, value, fault)),
  ),
];

/** How many values an operator of a selector takes; node selectors know two more. */
export function validateSelectorOperator(operator: string, values: readonly string[], field: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? []
        : [required(`${field}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? []
        : [forbidden(`${field}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [invalid(`${field}.operator`, operator, 'not a valid selector operator')];
  }
}
