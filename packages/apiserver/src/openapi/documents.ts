/** Whole OpenAPI documents: one per group-version for v3, one of everything for v2. Built when asked for. */
import { type Describe, typeNameOf } from '@mkube/api';
import type { ResourceDefinition } from '@mkube/apimachinery';
import { VERSION } from '../discovery/version.ts';
import { gvOf } from '../encode/views.ts';
import { type Dialect, type Json, V2, V3 } from './dialect.ts';
import { pathsOf } from './operations.ts';
import { refsIn, schemasOf } from './type-schema.ts';

const INFO = { title: 'Kubernetes', version: VERSION.gitVersion };
const PATCH = 'io.k8s.apimachinery.pkg.apis.meta.v1.Patch';

/** How generated clients are told to say who they are. */
const AUTHENTICATION = {
  BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' },
};

export interface Source {
  definitions: readonly ResourceDefinition[];
  /** Schemas that no built-in facts hold: custom resources', by type name. */
  /** Texts for explain; absent where the build made none. */
  describe?: Describe;
  customSchemas: (definition: ResourceDefinition, dialect: Dialect) => Record<string, Json>;
}

export function documentV3(source: Source): Json {
  return {
    openapi: '3.0.0',
    info: INFO,
    ...partsOf(source, { ...V3, describe: source.describe }, (schemas) => ({
      components: { schemas, securitySchemes: AUTHENTICATION },
    })),
  };
}

export function documentV2(source: Source): Json {
  return {
    swagger: '2.0',
    info: INFO,
    ...partsOf(source, { ...V2, describe: source.describe }, (definitions) => ({ definitions })),
    securityDefinitions: AUTHENTICATION,
    security: [{ BearerToken: [] }],
  };
}

function partsOf(
  { definitions, customSchemas }: Source,
  dialect: Dialect,
  put: (schemas: Record<string, Json>) => Json,
): Json {
  const paths: Record<string, Json> = {};
  const custom: Record<string, Json> = {};
  const types = new Set<string>();
  for (const definition of definitions) {
    Object.assign(paths, pathsOf(definition, dialect));
    types.add(definition.type);
    const list = typeNameOf(gvOf(definition), definition.listKind);
    if (list) types.add(list);
    if (definition.custom) Object.assign(custom, customSchemas(definition, dialect));
  }
  for (const ref of refsIn([paths, custom])) types.add(ref);
  const schemas = { ...schemasOf(types, dialect), ...custom, [PATCH]: { type: 'object' } };
  return { paths: sorted(paths), ...put(sorted(schemas)) };
}

const sorted = (of: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1)));
