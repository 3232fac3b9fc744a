/** OpenAPI schemas of custom resources. */
import type { ResourceDefinition } from '@mkube/apimachinery';
import type { Dialect, Json } from './dialect.ts';

export const customSchemas = (_definition: ResourceDefinition, _dialect: Dialect): Record<string, Json> => ({});
