/**
 * A container's environment: service variables, then envFrom, then env, each able to name what came before it.
 * Configuration that is missing and not optional is a CreateContainerConfigError. Secret values go nowhere but into the result.
 */
import type { ConfigMap, Container, EnvVar, FileKeySelector, Pod, Secret, Service } from '@mkube/api';
import { valueInEnvFile } from './env-file.ts';
import { expand } from './expand.ts';
import { fieldOf, type NodeAmounts, type PodAddresses, resourceFieldOf } from './fields.ts';
import { serviceEnvOf } from './service-env.ts';
import { StartError } from './start-error.ts';

export interface EnvSources {
  services(): Promise<readonly Service[]>;
  /** Undefined where there is none. */
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
  /** Of a volume of the pod. */
  file(volumeName: string, path: string): Promise<string>;
  addresses: PodAddresses;
  node: NodeAmounts;
}

export type Environment = Map<string, string>;

export async function resolveEnv(pod: Pod, container: Container, sources: EnvSources): Promise<Environment> {
  const links = pod.spec.enableServiceLinks ?? true;
  const services = serviceEnvOf(await sources.services(), pod.metadata.namespace, links);
  const env: Environment = new Map();
  for (const source of container.envFrom ?? []) {
    for (const [name, value] of await entriesOf(pod, source, sources)) env.set(name, value);
  }
  for (const variable of container.env ?? []) {
    const value = await valueOfVariable({ pod, container, variable, sources, known: new Map([...services, ...env]) });
    if (value !== undefined) env.set(variable.name, value);
  }
  for (const [name, value] of services) if (!env.has(name)) env.set(name, value);
  return env;
}

type Variable = {
  pod: Pod;
  container: Container;
  variable: EnvVar;
  sources: EnvSources;
  known: Environment;
};

async function valueOfVariable(of: Variable): Promise<string | undefined> {
  const { pod, container, variable, sources, known } = of;
  const from = variable.valueFrom;
  if (!from) return expand(variable.value ?? '', known);
  if (from.fieldRef) return refuse(() => fieldOf(pod, from.fieldRef ?? { fieldPath: '' }, sources.addresses));
  if (from.resourceFieldRef) {
    const selector = from.resourceFieldRef;
    return refuse(() => resourceFieldOf(pod, selector, { container, node: sources.node }));
  }
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef;
    const found = await sources.configMap(pod.metadata.namespace, name);
    return pick({ kind: 'configmap', title: 'ConfigMap', pod, name, key, optional, data: found && textsOf(found) });
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef;
    const found = await sources.secret(pod.metadata.namespace, name);
    return pick({ kind: 'secret', title: 'Secret', pod, name, key, optional, data: found && decodedOf(found) });
  }
  if (from.fileKeyRef) return valueOfFile(from.fileKeyRef, sources);
  return '';
}

async function valueOfFile(ref: FileKeySelector, sources: EnvSources): Promise<string | undefined> {
  const { volumeName, path, key, optional } = ref;
  let value: string;
  try {
    value = valueInEnvFile(await sources.file(volumeName, path), key);
  } catch (cause) {
    throw new StartError('CreateContainerConfigError', "couldn't parse env file", { cause });
  }
  if (value !== '' || optional) return value || undefined;
  throw new StartError('CreateContainerConfigError', `environment variable key "${key}" not found in file "${path}"`);
}

function refuse(resolve: () => string): string {
  try {
    return resolve();
  } catch (cause) {
    throw new StartError('CreateContainerConfigError', cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

type Pick = {
  kind: string;
  title: string;
  pod: Pod;
  name: string;
  key: string;
  optional: boolean | undefined;
  data: Map<string, string> | undefined;
};

function pick({ kind, title, pod, name, key, optional, data }: Pick): string | undefined {
  const value = data?.get(key);
  if (value !== undefined || optional) return value;
  if (!data) throw new StartError('CreateContainerConfigError', `${kind} "${name}" not found`);
  const where = `${title} ${pod.metadata.namespace}/${name}`;
  throw new StartError('CreateContainerConfigError', `couldn't find key ${key} in ${where}`);
}

async function entriesOf(
  pod: Pod,
  { prefix = '', configMapRef, secretRef }: NonNullable<Container['envFrom']>[number],
  sources: EnvSources,
): Promise<[string, string][]> {
  const { namespace } = pod.metadata;
  const ref = configMapRef ?? secretRef;
  const name = ref?.name ?? '';
  const found = configMapRef
    ? await sources.configMap(namespace, name).then((map) => map && textsOf(map))
    : await sources.secret(namespace, name).then((secret) => secret && decodedOf(secret));
  if (!found) {
    if (ref?.optional) return [];
    throw new StartError('CreateContainerConfigError', `${configMapRef ? 'configmap' : 'secret'} "${name}" not found`);
  }
  return [...found].map(([key, value]) => [`${prefix}${key}`, value]);
}

const textsOf = ({ data = {} }: ConfigMap): Map<string, string> => new Map(Object.entries(data));

const decodedOf = ({ data = {} }: Secret): Map<string, string> =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
