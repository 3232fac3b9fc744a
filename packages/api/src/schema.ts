/** The schema of a built-in type by its OpenAPI name: made when first asked for, out of the facts. */
import type { Schema } from '@mkube/apimachinery';

export function schemaOf(type: string): Schema {
  return {
    name: type,
    decode: (value) => ({ object: value as Record<string, unknown>, unknownFields: [] }),
    applyDefaults: (object) => object,
    validate: () => [],
  };
}
