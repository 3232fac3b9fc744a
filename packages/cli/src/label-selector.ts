/** A selector as users type it, as the object that the API stores. */
import { type LabelSelector, parseLabelSelector } from '@mkube/apimachinery';

const OPERATORS: Readonly<Record<string, string>> = {
  in: 'In',
  notin: 'NotIn',
  '!=': 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
};

export function labelSelectorOf(text: string): LabelSelector {
  const { requirements } = parseLabelSelector(text);
  const isEqual = (operator: string): boolean => operator === '=' || operator === '==';
  const equal = requirements.filter((r) => isEqual(r.operator));
  const others = requirements.filter((r) => !isEqual(r.operator));
  return {
    ...(equal.length > 0 && { matchLabels: Object.fromEntries(equal.map((r) => [r.key, r.values[0] ?? ''])) }),
    ...(others.length > 0 && {
      matchExpressions: others.map(({ key, operator, values }) => ({
        key,
        operator: OPERATORS[operator] ?? operator,
        ...(values.length > 0 && { values: [...values] }),
      })),
    }),
  };
}
