/** Watches by the paths of before, which clients of old and generated ones still know: '/api/v1/watch/pods'. Pure. */
import type { ResourceDefinition } from '@mkube/apimachinery';
import type { Dialect, Json } from './dialect.ts';
import { describeOperation, groupName, has, tagOf } from './naming.ts';
import { MEDIA, STREAMS, pathItem } from './operation.ts';
import { parametersOf, pathParametersOf } from './parameters.ts';

const WATCH_EVENT = 'io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent';

export function watchPaths(root: string, d: ResourceDefinition, dialect: Dialect): Record<string, Json> {
  const watch = `${root}/watch`;
  const id = `watch${groupName(d)}`;
  const item = (path: string, operationId: string, action: 'watch' | 'watchlist'): Json =>
    pathItem(
      [
        {
          method: 'get',
          action,
          operationId,
          tag: tagOf(d),
          description: describeOperation(dialect, action, { kind: d.kind }),
          gvk: { group: d.group, version: d.version, kind: d.kind },
          parameters: parametersOf('list', dialect),
          returns: WATCH_EVENT,
          codes: [200],
          produces: [...MEDIA, ...STREAMS],
        },
      ],
      pathParametersOf(path, d.kind, dialect),
      dialect,
    );
  const all = `${watch}/${d.resource}`;
  if (!d.namespaced)
    return {
      [all]: item(all, `${id}${d.kind}List`, 'watchlist'),
      ...(has(d, 'get') && { [`${all}/{name}`]: item(`${all}/{name}`, `${id}${d.kind}`, 'watch') }),
    };
  const one = `${watch}/namespaces/{namespace}/${d.resource}`;
  return {
    [all]: item(all, `${id}${d.kind}ListForAllNamespaces`, 'watchlist'),
    [one]: item(one, `${id}Namespaced${d.kind}List`, 'watchlist'),
    [`${one}/{name}`]: item(`${one}/{name}`, `${id}Namespaced${d.kind}`, 'watch'),
  };
}
