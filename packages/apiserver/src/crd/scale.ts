/** Counts at the paths of a CRD's scale subresource: whatever its schema says, they are numbers of replicas. */
import { type FieldError, type KubernetesObject, type ScalePaths, type Strategy, invalid } from '@mkube/apimachinery';
import { valueAt } from '../handlers/scale-paths.ts';

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
  const count = valueAt(object, path);
  if (typeof count !== 'number') return [];
  if (count < 0) return [invalid(path, count, 'should be a non-negative integer')];
  return count > MOST ? [invalid(path, count, `should be less than or equal to ${MOST}`)] : [];
}
