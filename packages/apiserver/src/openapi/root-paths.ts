/** Documents of what is no resource: which versions and groups there are, the server's version, its keys. Pure. */
import type { Dialect, Json } from './dialect.ts';
import { describeOperation, groupName, groupTag, groupWord, tagOf } from './naming.ts';
import { MEDIA, type Operation, pathItem } from './operation.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const JSON_ALONE = ['application/json'];

interface Root {
  sort: string;
  operationId: string;
  tag: string;
  returns: string;
  produces?: readonly string[];
}

const ROOTS: Readonly<Record<string, Root>> = {
  '.well-known/openid-configuration': {
    sort: 'openid configuration',
    operationId: 'getServiceAccountIssuerOpenIDConfiguration',
    tag: 'WellKnown',
    returns: 'string',
    produces: JSON_ALONE,
  },
  api: { sort: 'versions', operationId: 'getCoreAPIVersions', tag: 'core', returns: `${META}.APIVersions` },
  apis: { sort: 'versions', operationId: 'getAPIVersions', tag: 'apis', returns: `${META}.APIGroupList` },
  'openid/v1/jwks': {
    sort: 'openid keys',
    operationId: 'getServiceAccountIssuerOpenIDKeyset',
    tag: 'openid',
    returns: 'string',
    produces: ['application/jwk-set+json'],
  },
  version: {
    sort: 'version',
    operationId: 'getCodeVersion',
    tag: 'version',
    returns: 'io.k8s.apimachinery.pkg.version.Info',
    produces: JSON_ALONE,
  },
};

/** Documents beside those of group-versions: 'version', 'apis/apps'. */
export const rootNames = (groups: Iterable<string>): string[] => [
  ...Object.keys(ROOTS),
  ...[...new Set(groups)].filter(Boolean).map((group) => `apis/${group}`),
];

/** The paths of such a document, by its name. */
export function rootPaths(name: string, dialect: Dialect): Record<string, Json> {
  const group = name.replace(/^apis\//, '');
  const {
    sort,
    operationId,
    tag,
    returns,
    produces = MEDIA,
  }: Root = ROOTS[name] ?? {
    sort: 'group',
    operationId: `get${groupWord(group)}APIGroup`,
    tag: groupTag(group),
    returns: `${META}.APIGroup`,
  };
  return { [`/${name}/`]: got({ operationId, tag, returns, produces }, sort, dialect) };
}

/** The list of a group-version's resources. */
export const resourceListPaths = (
  root: string,
  of: { group: string; version: string },
  dialect: Dialect,
): Record<string, Json> => ({
  [`${root}/`]: got(
    {
      operationId: `get${groupName(of)}APIResources`,
      tag: tagOf(of),
      returns: `${META}.APIResourceList`,
      produces: MEDIA,
    },
    'resources',
    dialect,
  ),
});

function got(
  of: Pick<Operation, 'operationId' | 'tag' | 'returns' | 'produces'>,
  sort: string,
  dialect: Dialect,
): Json {
  const description = describeOperation(dialect, sort);
  const consumes = of.returns === 'string' ? undefined : of.produces;
  const operation: Operation = {
    ...of,
    method: 'get',
    description,
    parameters: [],
    codes: [200],
    ...(consumes && { consumes }),
  };
  return pathItem([operation], [], dialect);
}
