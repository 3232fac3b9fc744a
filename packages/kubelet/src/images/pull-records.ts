/**
 * Who may use an image that is there: what was pulled with a secret runs only for pods that have that secret, or the same
 * credentials; others have to show theirs to the registry. Nodes that share their images share these records.
 *
 *   pulled/<hash>    of an image id: by repository, the secrets that it was pulled with, or that it came without
 *   pulling/<hash>   of a reference: its pull has begun, and nobody knows yet how it ended
 *
 * What neither tells of was brought by hand. A record that two nodes write at once may miss one's secret: it is asked for again.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { type Image, readJson, writeFileAtomic } from '@mkube/runtime';
import { type Credentials, hashOfAuth, isSameSecret, type SecretIdentity } from './credentials.ts';
import { repositoryOf } from './reference.ts';

export const VERIFICATION_POLICIES = [
  'NeverVerify',
  'NeverVerifyPreloadedImages',
  'NeverVerifyAllowlistedImages',
  'AlwaysVerify',
] as const;

export type VerificationPolicy = (typeof VERIFICATION_POLICIES)[number];

export interface PullRecordsOptions {
  folder: string;
  policy: VerificationPolicy;
  /** 'r.example/app', or all below 'r.example/team/*'. */
  allowlist: readonly string[];
}

export interface PullRecords {
  /** Before the pull; `failed` or `pulled` ends it. */
  pulling(reference: string): void;
  failed(reference: string): void;
  /** Without credentials: anybody may have it. */
  pulled(reference: string, image: string, credentials: Credentials | undefined): void;
  /** `credentials` are the pod's for this image; asked for only where they count. */
  mayUse(reference: string, image: string, credentials: () => Promise<readonly Credentials[]>): Promise<boolean>;
  /** Only these images were there at that time: what is known of others since before then is forgotten. */
  keepOnly(images: ReadonlySet<string>, then: Date): void;
}

/** As Kubernetes' own kubelet keeps it. */
interface ImagePulledRecord {
  kind: 'ImagePulledRecord';
  apiVersion: 'kubelet.config.k8s.io/v1beta1';
  imageRef: Image['id'];
  credentialMapping: Record<string, Grant>;
}

interface Grant {
  nodePodsAccessible?: boolean;
  kubernetesSecrets?: (SecretIdentity & { credentialHash: string })[];
}

export function createPullRecords({ folder, policy, allowlist }: PullRecordsOptions): PullRecords {
  const [pulledFolder, pullingFolder] = [path.join(folder, 'pulled'), path.join(folder, 'pulling')];
  const fileOf = (image: string): string => path.join(pulledFolder, hashOf(image));
  const begunOf = (reference: string): string => path.join(pullingFolder, hashOf(reference));
  const inFlight = new Map<string, number>();
  const end = (reference: string): void => {
    const left = (inFlight.get(reference) ?? 1) - 1;
    inFlight.set(reference, left);
    if (left > 0) return;
    inFlight.delete(reference);
    rmSync(begunOf(reference), { force: true });
  };
  const grant = (reference: string, image: string, given: Grant): void => {
    const before = readJson<ImagePulledRecord>(fileOf(image))?.credentialMapping ?? {};
    const repository = repositoryOf(reference);
    const record: ImagePulledRecord = {
      kind: 'ImagePulledRecord',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      imageRef: image,
      credentialMapping: { ...before, [repository]: merge(before[repository], given) },
    };
    mkdirSync(pulledFolder, { recursive: true, mode: 0o700 });
    writeFileAtomic(fileOf(image), JSON.stringify(record), { flush: true });
  };
  const isVerified = (reference: string, record: ImagePulledRecord | undefined): boolean => {
    switch (policy) {
      case 'NeverVerify':
        return false;
      case 'AlwaysVerify':
        return true;
      case 'NeverVerifyPreloadedImages':
        return record !== undefined || existsSync(begunOf(reference));
      case 'NeverVerifyAllowlistedImages':
        return !allowlist.some((entry) => isListed(entry, reference));
    }
  };
  return {
    pulling(reference) {
      inFlight.set(reference, (inFlight.get(reference) ?? 0) + 1);
      mkdirSync(pullingFolder, { recursive: true, mode: 0o700 });
      writeFileAtomic(begunOf(reference), JSON.stringify({ image: reference }), { flush: true });
    },
    failed: end,
    pulled(reference, image, credentials) {
      grant(reference, image, credentials ? grantTo(credentials) : { nodePodsAccessible: true });
      end(reference);
    },
    async mayUse(reference, image, credentials) {
      const record = readJson<ImagePulledRecord>(fileOf(image));
      if (!isVerified(reference, record)) return true;
      const given = record?.credentialMapping[repositoryOf(reference)];
      if (given?.nodePodsAccessible) return true;
      const secrets = given?.kubernetesSecrets ?? [];
      if (secrets.length === 0) return false;
      const shown = await credentials();
      const known = shown.find(({ auth, secret }) =>
        secrets.some((one) => one.credentialHash === hashOfAuth(auth) || isSameSecret(one, secret)),
      );
      if (known) grant(reference, image, grantTo(known)); // its secret, or its new content, counts from now on
      return known !== undefined;
    },
    keepOnly(images, then) {
      for (const file of filesOf(pulledFolder)) {
        const record = readJson<ImagePulledRecord>(file);
        const written = statSync(file, { throwIfNoEntry: false })?.mtime ?? then;
        if (written < then && !images.has(record?.imageRef ?? '')) rmSync(file, { force: true });
      }
    },
  };
}

const filesOf = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const grantTo = ({ auth, secret }: Credentials): Grant => ({
  kubernetesSecrets: [{ ...secret, credentialHash: hashOfAuth(auth) }],
});

/** A secret counts with its newest content. */
function merge(before: Grant = {}, given: Grant): Grant {
  if (before.nodePodsAccessible || given.nodePodsAccessible) return { nodePodsAccessible: true };
  const added = given.kubernetesSecrets ?? [];
  const kept = (before.kubernetesSecrets ?? []).filter((one) => !added.some((other) => isSameSecret(one, other)));
  return { kubernetesSecrets: [...kept, ...added] };
}

/** By the name as the pod writes it. */
function isListed(entry: string, reference: string): boolean {
  const name = reference.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  return entry.endsWith('/*') ? name.startsWith(entry.slice(0, -1)) : name === entry;
}
