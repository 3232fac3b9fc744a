/**
 * Image references as Docker and CRI write them: `busybox` is `docker.io/library/busybox:latest`. A name with a dot, a
 * colon or `localhost` in its first part starts with a registry.
 */
import { RuntimeError } from '../runtime.ts';

export interface ImageReference {
  /** 'docker.io', 'localhost:5000' */
  registry: string;
  /** 'library/busybox' */
  repository: string;
  tag?: string;
  /** 'sha256:…' */
  digest?: string;
}

const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const REGISTRY =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Throws InvalidImageName. */
export function parseReference(text: string): ImageReference {
  const invalid = (): RuntimeError =>
    new RuntimeError('InvalidImageName', `invalid image name ${JSON.stringify(text)}`);
  const [beforeDigest = '', digest, ...more] = text.split('@');
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest))) throw invalid();
  const first = beforeDigest.split('/', 1)[0] ?? '';
  const hasRegistry = beforeDigest.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  const registry = hasRegistry ? first : 'docker.io';
  const path = hasRegistry ? beforeDigest.slice(first.length + 1) : beforeDigest;
  const colon = path.lastIndexOf(':');
  const name = colon < 0 ? path : path.slice(0, colon);
  const tag = colon < 0 ? undefined : path.slice(colon + 1);
  if (!REGISTRY.test(registry) || !REPOSITORY.test(name) || name.length > 255) throw invalid();
  if (tag !== undefined && !TAG.test(tag)) throw invalid();
  const docker = registry === 'docker.io' || registry === 'index.docker.io';
  const repository = docker && !name.includes('/') ? `library/${name}` : name;
  const named = { registry: docker ? 'docker.io' : registry, repository };
  return { ...named, tag: tag ?? (digest ? undefined : 'latest'), digest };
}

/** With a digest the tag goes, as CRI does. */
export function formatReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${digest ? `@${digest}` : `:${tag ?? 'latest'}`}`;
}

export const normalizeReference = (text: string): string => formatReference(parseReference(text));

export const isImageId = (text: string): boolean => /^(sha256:)?[0-9a-f]{64}$/.test(text);

/** All names under which an image is found: its tags, and repository@digest for each. */
export function namesOf({ refs, digest }: { refs: readonly string[]; digest?: string }): string[] {
  const tags = refs.map(normalizeReference);
  if (!digest) return tags;
  return [
    ...new Set([...tags, ...tags.map((tag) => formatReference({ ...parseReference(tag), tag: undefined, digest }))]),
  ];
}
