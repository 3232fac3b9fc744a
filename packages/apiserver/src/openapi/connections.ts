/** Operations of subresources that are connections: exec, attach, portforward, and proxies by any method. Pure. */
import type { ResourceDefinition, Subresource } from '@mkube/apimachinery';
import type { Dialect, Json } from './dialect.ts';
import { camel, describeOperation, groupName, tagOf } from './naming.ts';
import { METHODS, type Operation, pathItem } from './operation.ts';
import { type ParameterSet, parametersOf, pathParametersOf } from './parameters.ts';

/** Their kind is that of their options. */
export const isConnection = ({ kind }: Subresource): boolean => kind.endsWith('Options');

const STREAMS = ['get', 'post'] as const;

export function connectionPaths(
  path: string,
  definition: ResourceDefinition,
  sub: Subresource,
  dialect: Dialect,
): Record<string, Json> {
  const isProxy = sub.name === 'proxy';
  const item = (at: string, suffix: string): Json => {
    const operations = (isProxy ? METHODS : STREAMS).map((method) => connect(method, suffix, definition, sub, dialect));
    return pathItem(operations, pathParametersOf(at, sub.kind, dialect), dialect);
  };
  if (!isProxy) return { [path]: item(path, '') };
  const further = `${path}/{path}`;
  return { [path]: item(path, ''), [further]: item(further, 'WithPath') };
}

function connect(
  method: Operation['method'],
  suffix: string,
  d: ResourceDefinition,
  sub: Subresource,
  dialect: Dialect,
): Operation {
  const scope = d.namespaced ? 'Namespaced' : '';
  return {
    method,
    action: 'connect',
    operationId: `connect${groupName(d)}${camel(method)}${scope}${d.kind}${camel(sub.name)}${suffix}`,
    tag: tagOf(d),
    description: describeOperation(dialect, 'connect', { kind: d.kind, subresource: sub.name, method }),
    gvk: { group: sub.group, version: sub.version, kind: sub.kind },
    parameters: parametersOf(sub.kind as ParameterSet, dialect),
    returns: 'string',
    codes: [200],
    produces: ['*/*'],
  };
}
