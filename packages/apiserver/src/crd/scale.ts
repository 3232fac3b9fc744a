/** Counts at the paths of a CRD's scale subresource: whatever its schema says, they are numbers of replicas. Pure. */
import {
  type FieldError,
  type KubernetesObject,
  type ScalePaths,
  type Strategy,
  invalid,
  isJsonObject,
} from '@mkube/apimachinery';
import { goText, goTypeOf } from '../handlers/go-text.ts';
import { keysOf } from '../handlers/scale-paths.ts';

const MOST = 2 ** 31 - 1;

/** A change of the status is judged by the status alone. */
export const validateScale = ({
  specReplicas,
  statusReplicas,
  labelSelector,
}: ScalePaths): Pick<Strategy, 'validate' | 'validateStatus'> => {
  const status = (object: KubernetesObject): FieldError[] => [
    ...validateCount(object, statusReplicas),
    ...(labelSelector === undefined ? [] : validateSelector(object, labelSelector)),
  ];
  return { validate: (object) => [...validateCount(object, specReplicas), ...status(object)], validateStatus: status };
};

function validateCount(object: KubernetesObject, path: string): FieldError[] {
  const { value: count, fault } = find(object, path, 'int64');
  if (fault) return [invalid(path, 0, fault)];
  if (typeof count !== 'number' && typeof count !== 'bigint') return [];
  if (count < 0) return [invalid(path, count, 'should be a non-negative integer')];
  return count > MOST ? [invalid(path, count, `should be less than or equal to ${MOST}`)] : [];
}

function validateSelector(object: KubernetesObject, path: string): FieldError[] {
  const { fault } = find(object, path, 'string');
  return fault ? [invalid(path, '', fault)] : [];
}

/** What stands at the path, or why it cannot be what it should: named by the place where the way ends. */
function find(object: KubernetesObject, path: string, wanted: 'int64' | 'string'): { value?: unknown; fault?: string } {
  const keys = keysOf(path);
  let value: unknown = object;
  for (const [i, key] of keys.entries()) {
    if (value === null) return {};
    const way = `.${keys.slice(0, i + 1).join('.')}`;
    if (!isJsonObject(value)) return { fault: accessorFault(way, value, 'map[string]interface{}') };
    if (!Object.hasOwn(value, key)) return {};
    value = value[key];
  }
  const fits = wanted === 'string' ? typeof value === 'string' : goTypeOf(value) === 'int64';
  return fits ? { value } : { fault: accessorFault(`.${keys.join('.')}`, value, wanted) };
}

const accessorFault = (way: string, value: unknown, wanted: string): string =>
  `${way} accessor error: ${goText(value)} is of the type ${goTypeOf(value)}, expected ${wanted}`;
