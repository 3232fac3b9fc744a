/** Whole OpenAPI documents: one per group-version for v3, one of everything for v2. Built when asked for. */
import { type Describe, typeNameOf } from '@mkube/api';
import type { ResourceDefinition } from '@mkube/apimachinery';
import { VERSION } from '../discovery/version.ts';
import { gvOf } from '../encode/views.ts';
import { type Dialect, type Json, V2, V3 } from './dialect.ts';
import { PATCH } from './operation.ts';
import { pathsOf, rootOf } from './operations.ts';
import { resourceListPaths, rootNames, rootPaths } from './root-paths.ts';
import { withSharedParameters } from './shared-parameters.ts';
import { refsIn, schemasOf, typeSchema } from './type-schema.ts';

const INFO = { title: 'Kubernetes', version: `${VERSION.major}.${VERSION.minor}` };

/** How generated clients are told to say who they are. */
const AUTHENTICATION = {
  BearerToken: { type: 'apiKey', description: 'Bearer Token authentication', name: 'authorization', in: 'header' },
};

export interface Source {
  definitions: readonly ResourceDefinition[];
  /** Texts for explain; absent where the build made none. */
  describe?: Describe;
  /** Schemas that no built-in facts hold: custom resources', by type name. */
  customSchemas: (definition: ResourceDefinition, dialect: Dialect) => Record<string, Json>;
}

export const documentV3 = (source: Source): Json => {
  const dialect = { ...V3, describe: source.describe };
  return inV3(partsOf(source, pathsOfAll(source, dialect), dialect));
};

/** The document of what is no resource, by its name in the index. */
export const rootDocumentV3 = (name: string, describe: Describe | undefined): Json => {
  const dialect = { ...V3, describe };
  return inV3(partsOf(NO_DEFINITIONS, rootPaths(name, dialect), dialect));
};

export function documentV2(source: Source): Json {
  const dialect = { ...V2, describe: source.describe };
  const groups = source.definitions.filter(({ custom }) => !custom).map(({ group }) => group);
  const roots = rootNames(groups).map((name) => rootPaths(name, dialect));
  const paths = Object.assign(pathsOfAll(source, dialect), ...roots) as Record<string, Json>;
  const { paths: all, schemas: definitions } = partsOf(source, paths, dialect);
  const shared = withSharedParameters(all);
  return {
    swagger: '2.0',
    info: INFO,
    paths: shared.paths,
    definitions,
    parameters: sorted(shared.parameters),
    securityDefinitions: AUTHENTICATION,
    security: [{ BearerToken: [] }],
  };
}

interface Parts {
  paths: Record<string, Json>;
  schemas: Record<string, Json>;
}

const inV3 = ({ paths, schemas }: Parts): Json => ({
  openapi: '3.0.0',
  info: INFO,
  paths,
  components: { schemas, securitySchemes: AUTHENTICATION },
});

const NO_DEFINITIONS = { definitions: [], customSchemas: () => ({}) };

function pathsOfAll({ definitions }: Source, dialect: Dialect): Record<string, Json> {
  const paths: Record<string, Json> = {};
  for (const definition of definitions) {
    if (!definition.custom) Object.assign(paths, resourceListPaths(rootOf(definition), definition, dialect));
    Object.assign(paths, pathsOf(definition, dialect));
  }
  return paths;
}

function partsOf(
  { definitions, customSchemas }: Pick<Source, 'definitions' | 'customSchemas'>,
  paths: Record<string, Json>,
  dialect: Dialect,
): Parts {
  const custom: Record<string, Json> = {};
  const types = new Set<string>();
  for (const definition of definitions) {
    types.add(definition.type);
    const list = typeNameOf(gvOf(definition), definition.listKind);
    if (list) types.add(list);
    if (definition.custom) Object.assign(custom, customSchemas(definition, dialect));
  }
  for (const ref of refsIn([paths, custom])) types.add(ref);
  const patch = types.has(PATCH) && { [PATCH]: { ...typeSchema(PATCH, dialect), type: 'object' } };
  return { paths: sorted(paths), schemas: sorted({ ...schemasOf(types, dialect), ...custom, ...patch }) };
}

const sorted = (of: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(Object.entries(of).toSorted(([a], [b]) => (a < b ? -1 : 1)));
