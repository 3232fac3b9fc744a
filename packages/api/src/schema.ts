/** The schema of a built-in type by its OpenAPI name: compiled out of the facts when first asked for, then kept. */
import { type Schema, type SchemaSet, createSchemas } from '@mkube/apimachinery';
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

export const schemaOf = (type: string): Schema => schemas().schemaOf(type);
