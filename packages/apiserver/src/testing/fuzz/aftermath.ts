/**
 * What is wrong with what a server holds after random requests: objects that validation would refuse, that cannot be read in
 * every form, custom ones that their schema does not let in again. Not part of the product.
 */
import { registry } from '@mkube/api';
import type { KubernetesObject } from '@mkube/apimachinery';
import { validateNew } from '../../handlers/validate.ts';
import type { TestServer } from '../test-server.ts';
import { PROTOBUF } from './bodies.ts';
import { DEFINITION, STORED, isCustomTarget, rootOfTarget } from './targets.ts';

const FORMS = ['application/json', PROTOBUF, 'application/json;as=Table;v=v1;g=meta.k8s.io', 'application/yaml'];
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const LEAST = 100;
const TRIES = 100;

export async function faultsOfState(server: TestServer): Promise<string[]> {
  const faults = await faultsOfStore(server);
  await definitionServed(server);
  return [...faults, ...(await faultsOfLists(server)), ...(await faultsOfCustomResources(server))];
}

/** The last requests may have deleted the definition, which then goes with all its objects before it can come back. */
async function definitionServed(server: TestServer): Promise<void> {
  const [target] = STORED.filter(isCustomTarget);
  if (!target) throw new Error('random requests have no custom resource');
  for (let tries = 0; tries < TRIES; tries++) {
    await server.ask('POST', DEFINITIONS, DEFINITION);
    const { body } = await server.ask('GET', `${DEFINITIONS}/${DEFINITION.metadata.name}`);
    const { status } = await server.ask('GET', `${rootOfTarget(target)}/${target.resource}`);
    if (status === 200 && !body.metadata.deletionTimestamp) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function faultsOfStore({ store }: TestServer): Promise<string[]> {
  const { items } = await store.list({ prefix: '/registry/' });
  const faults = items.length < LEAST ? [`only ${items.length} objects are left`] : [];
  for (const { key, value } of items) {
    const fault = faultOfObject(JSON.parse(value.toString()) as KubernetesObject);
    if (fault) faults.push(`${key}: ${fault}`);
  }
  return faults;
}

/** What is wrong with a stored object, were it new. */
function faultOfObject(object: KubernetesObject): string | undefined {
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const version = object.apiVersion.slice(slash + 1);
  const definition = registry.find((of) => of.kind === object.kind && of.group === group && of.version === version);
  const builtIn = group.endsWith('.k8s.io') || group === '';
  if (!definition) return builtIn ? `nobody knows ${object.apiVersion} ${object.kind}` : undefined;
  try {
    const { object: decoded, unknownFields } = definition.schema.decode(object);
    if (unknownFields.length > 0) return `unknown fields ${unknownFields.join(', ')}`;
    validateNew(decoded as unknown as KubernetesObject, definition);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function faultsOfLists(server: TestServer): Promise<string[]> {
  const faults: string[] = [];
  for (const target of STORED)
    for (const accept of FORMS) {
      const path = `${rootOfTarget(target)}/${target.resource}`;
      const { status, text } = await server.ask('GET', path, undefined, { headers: { accept } });
      const wanted = isCustomTarget(target) && accept === PROTOBUF ? 406 : 200;
      if (status !== wanted) faults.push(`${path} as ${accept}: ${status} ${text.slice(0, 500)}`);
    }
  return faults;
}

async function faultsOfCustomResources(server: TestServer): Promise<string[]> {
  const faults: string[] = [];
  for (const target of STORED.filter(isCustomTarget)) {
    const { body } = await server.ask('GET', `${rootOfTarget(target)}/${target.resource}`);
    for (const { metadata, ...rest } of body.items as KubernetesObject[]) {
      const again = { ...rest, metadata: { ...metadata, uid: undefined, resourceVersion: undefined, name: 'again' } };
      const path = `${rootOfTarget(target)}/namespaces/${metadata.namespace}/${target.resource}?dryRun=All`;
      const { status, text } = await server.ask('POST', path, again);
      if (status !== 201) faults.push(`${JSON.stringify(again)}: ${status} ${text.slice(0, 1000)}`);
    }
  }
  return faults;
}
