/** imagePullSecrets: which entry of which secret speaks for an image. Pure; what cannot be read is passed over. */
import { createHash } from 'node:crypto';
import type { Secret } from '@mkube/api';
import type { RegistryAuth } from '@mkube/runtime';
import { registryOf, repositoryOf } from './reference.ts';

interface DockerEntry {
  username?: string;
  password?: string;
  auth?: string;
  identitytoken?: string;
  registrytoken?: string;
}

export interface SecretIdentity {
  uid: string;
  namespace: string;
  name: string;
}

export interface Credentials {
  auth: RegistryAuth;
  /** Where they are from. */
  secret: SecretIdentity;
}

/** The most specific match first: 'https://index.docker.io/v1/', 'registry.example/team', '*.example' are all in use. */
export function credentialsFor(reference: string, secrets: readonly Secret[]): Credentials[] {
  return secrets
    .flatMap((secret) => entriesOf(secret).map(([key, entry]) => ({ key: normalised(key), entry, secret })))
    .filter(({ key }) => matchesImage(key, reference))
    .toSorted((a, b) => b.key.length - a.key.length)
    .map(({ entry, secret: { metadata } }) => {
      const { uid, namespace, name } = metadata;
      return { auth: authOf(entry), secret: { uid, namespace, name } };
    });
}

export const isSameSecret = (a: SecretIdentity, b: SecretIdentity): boolean =>
  a.uid === b.uid && a.namespace === b.namespace && a.name === b.name;

export const hashOfAuth = (auth: RegistryAuth): string =>
  createHash('sha256').update(JSON.stringify(auth)).digest('hex');

function entriesOf({ data = {} }: Secret): [string, DockerEntry][] {
  const text = data['.dockerconfigjson'] ?? data['.dockercfg'];
  if (!text) return [];
  try {
    const parsed = JSON.parse(Buffer.from(text, 'base64').toString('utf8')) as { auths?: Record<string, DockerEntry> };
    return Object.entries(parsed.auths ?? (data['.dockercfg'] ? (parsed as Record<string, DockerEntry>) : {}));
  } catch {
    return [];
  }
}

const normalised = (key: string): string => {
  const bare = key
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
    .replace(/\/v[12]$/, '');
  return bare === 'index.docker.io' || bare === 'registry-1.docker.io' ? 'docker.io' : bare;
};

function matchesImage(key: string, reference: string): boolean {
  const [host = '', ...path] = key.split('/');
  const registry = registryOf(reference);
  if (!isHost(host, registry)) return false;
  const prefix = [registry, ...path].join('/');
  const repository = repositoryOf(reference);
  return repository === prefix || repository.startsWith(`${prefix}/`);
}

/** As Kubernetes has it: a star stands for signs within one part of a name, and for no dot. */
function isHost(pattern: string, registry: string): boolean {
  const [wanted, parts] = [pattern.split('.'), registry.split('.')];
  return wanted.length === parts.length && wanted.every((part, index) => partOf(part).test(parts[index] ?? ''));
}

const partOf = (text: string): RegExp =>
  new RegExp(`^${text.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`).replaceAll('*', '.*')}$`);

function authOf({ username, password, auth, identitytoken, registrytoken }: DockerEntry): RegistryAuth {
  const [user = '', ...rest] = Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return {
    username: username ?? user,
    password: password ?? rest.join(':'),
    ...(identitytoken && { identityToken: identitytoken }),
    ...(registrytoken && { registryToken: registrytoken }),
  };
}
