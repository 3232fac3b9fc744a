/**
 * The variables that tell a container of the Services of its namespace (enableServiceLinks) and, always, of the API.
 * Pure; headless and ExternalName services have no address and so no variables.
 */
import type { Service } from '@mkube/api';

export function serviceEnvOf(services: readonly Service[], namespace: string, links: boolean): Map<string, string> {
  const wanted = services.filter(({ metadata }) =>
    metadata.namespace === 'default' && metadata.name === 'kubernetes'
      ? true
      : links && metadata.namespace === namespace,
  );
  const variables = new Map<string, string>();
  for (const service of wanted.toSorted(masterLast)) addService(variables, service);
  return variables;
}

/** A service called kubernetes of the pod's own namespace wins over the API's. */
const masterLast = (a: Service, b: Service): number =>
  Number(a.metadata.namespace !== 'default') - Number(b.metadata.namespace !== 'default');

function addService(variables: Map<string, string>, { metadata, spec }: Service): void {
  const ip = spec.clusterIP;
  const [first] = spec.ports ?? [];
  if (!ip || ip === 'None' || !first) return;
  const prefix = variableName(metadata.name);
  variables.set(`${prefix}_SERVICE_HOST`, ip);
  variables.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const { name, port } of spec.ports ?? []) {
    if (name) variables.set(`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port));
  }
  const host = ip.includes(':') ? `[${ip}]` : ip;
  for (const [index, { port, protocol = 'TCP' }] of (spec.ports ?? []).entries()) {
    const url = `${protocol.toLowerCase()}://${host}:${port}`;
    const portPrefix = `${prefix}_PORT_${port}_${protocol}`;
    if (index === 0) variables.set(`${prefix}_PORT`, url);
    variables.set(portPrefix, url);
    variables.set(`${portPrefix}_PROTO`, protocol.toLowerCase());
    variables.set(`${portPrefix}_PORT`, String(port));
    variables.set(`${portPrefix}_ADDR`, ip);
  }
}

const variableName = (name: string): string => name.toUpperCase().replace(/[-.]/g, '_');
