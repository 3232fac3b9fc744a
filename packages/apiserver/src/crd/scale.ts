/** Counts at the paths of a CRD's scale subresource: whatever its schema says, they are numbers of replicas. */
import {
  type FieldError,
  type KubernetesObject,
  type ScalePaths,
  type Strategy,
  invalid,
  isJsonObject,
} from '@mkube/apimachinery';

const MOST = 2 ** 31 - 1;

/** A change of the status is judged by the status alone. */
export const validateScale = ({
  specReplicas,
  statusReplicas,
}: ScalePaths): Pick<Strategy, 'validate' | 'validateStatus'> => ({
  validate: (object) => [...validateCount(object, specReplicas), ...validateCount(object, statusReplicas)],
  validateStatus: (object) => validateCount(object, statusReplicas),
});

function validateCount(object: KubernetesObject, path: string): FieldError[] {
  const count = valueAt(object, path.replace(/^\./, '').split('.'));
  if (typeof count !== 'number') return [];
  if (count < 0) return [invalid(path, count, 'should be a non-negative integer')];
  return count > MOST ? [invalid(path, count, `should be less than or equal to ${MOST}`)] : [];
}

function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  return isJsonObject(value) && Object.hasOwn(value, key) ? valueAt(value[key], rest) : undefined;
}
