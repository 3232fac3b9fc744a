/** The schema of a built-in type by its OpenAPI name: compiled out of the facts when first asked for, then kept. */
import { type FieldError, type Schema, type SchemaSet, createSchemas, required } from '@mkube/apimachinery';
import { defaultsOf } from './defaults/defaults.ts';
import { typeFacts } from './facts.ts';
import { lazy } from './lazy.ts';

/** Required by OpenAPI, but an empty text is a value all the same. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set([
  'io.k8s.api.core.v1.HTTPHeader.value',
  'io.k8s.api.core.v1.Sysctl.value',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Condition.message',
]);

const mayBeEmpty = (typeName: string, field: string): boolean => MAY_BE_EMPTY.has(`${typeName}.${field}`);

const schemas = lazy((): SchemaSet => createSchemas({ types: typeFacts, defaults: defaultsOf, mayBeEmpty }));
const known = lazy(() => new Map<string, Schema>());

export function schemaOf(type: string): Schema {
  const found = known().get(type);
  if (found) return found;
  const schema = schemas().schemaOf(type);
  const made: Schema = Object.create(schema, {
    validate: { value: (object: unknown) => schema.validate(object).map(inKubernetesWords) },
  }) as Schema;
  known().set(type, made);
  return made;
}

/** Where Kubernetes names the supported values in another order than theirs. */
const ORDERS: readonly (readonly string[])[] = [
  ['Always', 'OnFailure', 'Never'],
  ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
  ['PreemptLowerPriority', 'Never'],
  ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
  ['File', 'FallbackToLogsOnError'],
  ['DoNotSchedule', 'ScheduleAnyway'],
];
const listOf = (values: readonly string[]): string => values.map((v) => JSON.stringify(v)).join(', ');
const orders = lazy(() => new Map(ORDERS.map((values) => [listOf(values.toSorted()), listOf(values)])));

/** What Kubernetes adds where a field of this name is missing. */
const WHEN_MISSING: Readonly<Record<string, string>> = {
  pathType: 'pathType must be specified',
  sideEffects: 'must specify one of None, NoneOnDryRun',
};

function inKubernetesWords(error: FieldError): FieldError {
  const detail = WHEN_MISSING[error.field.slice(error.field.lastIndexOf('.') + 1)];
  if (error.type === 'FieldValueRequired' && detail) return required(error.field, detail);
  if (error.type !== 'FieldValueNotSupported') return error;
  const at = error.message.indexOf('supported values: ') + 'supported values: '.length;
  const order = orders().get(error.message.slice(at));
  return order ? { ...error, message: error.message.slice(0, at) + order } : error;
}
