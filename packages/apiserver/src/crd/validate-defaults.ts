/** Defaults in a schema must themselves be what the schema wants, with nothing in them that it does not know. Pure. */
import { type FieldError, invalid } from '@mkube/apimachinery';
import { type JsonSchema, isObject } from './json-schema.ts';
import { prune } from './prune.ts';
import { validateValue } from './validate.ts';

export function validateDefaults(schema: JsonSchema, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.default !== undefined) {
    const unknown: string[] = [];
    prune(schema.default, schema, (path) => unknown.push(path), '', false);
    if (unknown.length > 0)
      errors.push(invalid(`${at}.default`, schema.default, `must not have unknown fields: ${unknown.join(', ')}`));
    errors.push(...validateValue(schema.default, schema, `${at}.default`));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    errors.push(...validateDefaults(property, `${at}.properties[${name}]`));
  if (isObject(schema.additionalProperties))
    errors.push(...validateDefaults(schema.additionalProperties as JsonSchema, `${at}.additionalProperties`));
  if (schema.items) errors.push(...validateDefaults(schema.items, `${at}.items`));
  return errors;
}
