/**
 * Deletes what is in a namespace: pods first, since other objects (secrets, policies) must stand while they end, then
 * everything else that can be listed and deleted. One round; says what is left.
 */
import { type MetadataOnly, type Client, type DiscoveredResource, discoverResources } from '@mkube/client';
import { MethodNotAllowed, NotFound } from '@mkube/apimachinery';
import type { Remains } from './plan.ts';

export interface ContentOptions {
  client: Client;
  namespace: string;
  signal: AbortSignal;
}

type Findings = {
  discovery: string[];
  deletion: string[];
  left: Map<string, number>;
  finalizers: Map<string, number>;
};

export async function deleteContent(options: ContentOptions): Promise<Remains> {
  const { client, signal } = options;
  const findings: Findings = { discovery: [], deletion: [], left: new Map(), finalizers: new Map() };
  const { resources, failures } = await discoverResources(client, { signal });
  findings.discovery.push(...failures.map(({ groupVersion, error }) => `${groupVersion}: ${textOf(error)}`));
  const deletable = resources.filter(isDeletable);
  const isPods = ({ group, resource }: DiscoveredResource) => group === '' && resource === 'pods';
  for (const pods of deletable.filter(isPods)) await deleteResource(pods, options, findings);
  if (findings.left.size > 0 || findings.deletion.length > 0) return findings;
  const others = deletable.filter((resource) => !isPods(resource));
  await Promise.all(others.map((resource) => deleteResource(resource, options, findings)));
  return findings;
}

const isDeletable = ({ namespaced, preferred, verbs }: DiscoveredResource): boolean =>
  namespaced && preferred && verbs.includes('delete') && verbs.includes('list');

async function deleteResource(ref: DiscoveredResource, options: ContentOptions, findings: Findings): Promise<void> {
  try {
    const before = await itemsOf(ref, options);
    if (before.length === 0) return;
    await deleteItems(ref, before, options);
    note(ref, await itemsOf(ref, options), findings);
  } catch (error) {
    if (options.signal.aborted) throw error;
    if (!isGone(error)) findings.deletion.push(`${nameOf(ref)}: ${textOf(error)}`);
  }
}

const itemsOf = async (
  ref: DiscoveredResource,
  { client, namespace, signal }: ContentOptions,
): Promise<MetadataOnly[]> => (await client.metadata(ref).list({ namespace, signal })).items;

async function deleteItems(
  ref: DiscoveredResource,
  items: MetadataOnly[],
  { client, namespace, signal }: ContentOptions,
): Promise<void> {
  const objects = client.resource(ref);
  const query = { signal, propagationPolicy: 'Background' as const };
  if (ref.verbs.includes('deletecollection')) return objects.deleteCollection({ ...query, namespace });
  await Promise.all(items.map(({ metadata }) => objects.delete(metadata, query).catch(ignoreGone)));
}

function note(ref: DiscoveredResource, left: MetadataOnly[], findings: Findings): void {
  if (left.length === 0) return;
  findings.left.set(nameOf(ref), left.length);
  for (const finalizer of left.flatMap(({ metadata }) => metadata.finalizers ?? []))
    findings.finalizers.set(finalizer, (findings.finalizers.get(finalizer) ?? 0) + 1);
}

const nameOf = ({ group, resource }: DiscoveredResource): string => `${resource}.${group}`;
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const isGone = (error: unknown): boolean => error instanceof NotFound || error instanceof MethodNotAllowed;

function ignoreGone(error: unknown): undefined {
  if (!isGone(error)) throw error;
}
