/**
 * configMap, secret, downwardAPI and projected volumes: files made of API objects, written atomically and kept up to date. All but
 * configMaps are never on a disk.
 */
import type { Container, DownwardAPIVolumeFile, Pod, Volume, VolumeProjection } from '@mkube/api';
import { fieldOf, resourceFieldOf } from '../pods/fields.ts';
import { findContainer } from '../pods/spec.ts';
import { writeAtomically } from './atomic-writer.ts';
import { configMapFiles, type Files, type Selection, secretFiles } from './payload.ts';
import { maySetGroup, readableByGroup } from './ownership.ts';
import type { VolumeContext, VolumePlugin } from './plugin.ts';

const DEFAULT_MODE = 0o644;

export const configMapVolume: VolumePlugin = {
  source: 'configMap',
  refreshes: true,
  readOnly: () => true,
  async setUp(volume, context) {
    const { name = '', ...selection } = volume.configMap ?? {};
    const folder = context.paths.volume(context.pod.metadata.uid, 'configmap', volume.name);
    return write(folder, context, await configMap(name, selection, context));
  },
};

export const secretVolume: VolumePlugin = {
  source: 'secret',
  refreshes: true,
  readOnly: () => true,
  async setUp(volume, context) {
    const { secretName = '', ...selection } = volume.secret ?? {};
    return writeInMemory('secret', volume, context, await secret(secretName, selection, context));
  },
};

export const downwardApiVolume: VolumePlugin = {
  source: 'downwardAPI',
  refreshes: true,
  readOnly: () => true,
  async setUp(volume, context) {
    const { items = [], defaultMode } = volume.downwardAPI ?? {};
    return writeInMemory('downward-api', volume, context, downwardFiles(items, defaultMode, context));
  },
};

export const projectedVolume: VolumePlugin = {
  source: 'projected',
  refreshes: true,
  readOnly: () => true,
  async setUp(volume, context) {
    const { sources = [], defaultMode } = volume.projected ?? {};
    const parts = await Promise.all(sources.map((source) => filesOf(source, defaultMode, context)));
    return writeInMemory('projected', volume, context, new Map(parts.flatMap((files) => [...files])));
  },
};

async function filesOf(
  source: VolumeProjection,
  defaultMode: number | undefined,
  context: VolumeContext,
): Promise<Files> {
  if (source.configMap) {
    return configMap(source.configMap.name ?? '', { ...source.configMap, defaultMode }, context);
  }
  if (source.secret) return secret(source.secret.name ?? '', { ...source.secret, defaultMode }, context);
  if (source.downwardAPI) return downwardFiles(source.downwardAPI.items ?? [], defaultMode, context);
  if (source.serviceAccountToken) {
    const { audience = '', expirationSeconds = 3600, path } = source.serviceAccountToken;
    const token = await context.tokens.tokenFor(context.pod, { audience, expirationSeconds }, context.signal);
    // nobody else's, where it is known whose it is
    const userId = userOf(context.pod);
    const isOwned = userId !== undefined || context.pod.spec.securityContext?.fsGroup !== undefined;
    const mode = isOwned ? 0o600 : (defaultMode ?? DEFAULT_MODE);
    return new Map([[path, { data: Buffer.from(token), mode, userId }]]);
  }
  throw new Error(`projected source ${Object.keys(source).join(', ')} is not supported`);
}

/** The user that all containers of the pod run as; undefined where they differ, or an image says. */
function userOf({ spec }: Pod): number | undefined {
  const users = [...(spec.initContainers ?? []), ...spec.containers].map(
    ({ securityContext }) => securityContext?.runAsUser ?? spec.securityContext?.runAsUser,
  );
  return users.every((user) => user === users[0]) ? users[0] : undefined;
}

/** The cluster's CA, in every pod's token volume: it changes once in years. */
const ROOT_CA = 'kube-root-ca.crt';
const ROOT_CA_MAX_AGE_MS = 60_000;

async function configMap(name: string, selection: Selection, context: VolumeContext): Promise<Files> {
  const { objects, pod, signal } = context;
  const maxAgeMs = name === ROOT_CA ? ROOT_CA_MAX_AGE_MS : context.maxAgeMs;
  return configMapFiles(name, await objects.configMap(pod.metadata.namespace, name, { maxAgeMs, signal }), selection);
}

async function secret(name: string, selection: Selection, context: VolumeContext): Promise<Files> {
  const { objects, pod, maxAgeMs, signal } = context;
  return secretFiles(name, await objects.secret(pod.metadata.namespace, name, { maxAgeMs, signal }), selection);
}

function downwardFiles(
  items: readonly DownwardAPIVolumeFile[],
  defaultMode: number | undefined,
  { pod, addresses, node }: VolumeContext,
): Files {
  return new Map(
    items.map(({ path, fieldRef, resourceFieldRef, mode }) => {
      const container = findContainer(pod, resourceFieldRef?.containerName ?? '')?.spec as Container | undefined;
      const text = fieldRef
        ? fieldOf(pod, fieldRef, addresses)
        : resourceFieldRef && container
          ? resourceFieldOf(pod, resourceFieldRef, { container, node })
          : '';
      return [path, { data: Buffer.from(text), mode: mode ?? defaultMode ?? DEFAULT_MODE }];
    }),
  );
}

async function writeInMemory(plugin: string, { name }: Volume, context: VolumeContext, files: Files): Promise<string> {
  await context.memory.ready();
  return write(context.paths.memoryVolume(context.pod.metadata.uid, plugin, name), context, files);
}

function write(folder: string, context: VolumeContext, files: Files): string {
  const group = context.pod.spec.securityContext?.fsGroup;
  writeAtomically(folder, group === undefined ? files : readableByGroup(files, maySetGroup()), group);
  return folder;
}
