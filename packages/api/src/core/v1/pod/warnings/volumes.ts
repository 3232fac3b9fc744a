/** Volumes of drivers that are gone, and files of one volume that lie on one another's paths. */
import { milliValueOf } from '@mkube/apimachinery';
import type { PersistentVolumeClaimSpec, Volume, VolumeProjection } from '../../../../generated/types/core-v1.ts';

const GONE: Readonly<Partial<Record<keyof Volume, string>>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};
/** Upstream writes this field as its Go name. */
const NAMED: Readonly<Partial<Record<string, string>>> = { storageos: 'storageOS' };

export const volumeWarnings = (volumes: readonly Volume[] | undefined, field: string): string[] => [
  ...(volumes ?? []).flatMap((volume, i) => driverWarnings(volume, `${field}[${i}]`)),
  ...(volumes ?? []).flatMap(pathWarnings),
];

/** Of pods' volumes and of persistent ones. */
export const deprecatedDrivers = (volume: object, at: string): string[] =>
  (Object.keys(GONE) as (keyof Volume)[])
    .filter((key) => key in volume)
    .map((key) => `${at}.${NAMED[key] ?? key}: ${GONE[key]}`);

const driverWarnings = (volume: Volume, at: string): string[] => [
  ...deprecatedDrivers(volume, at),
  ...claimSpecWarnings(volume.ephemeral?.volumeClaimTemplate?.spec, `${at}.ephemeral.volumeClaimTemplate.spec`),
];

export const claimSpecWarnings = (spec: PersistentVolumeClaimSpec | undefined, at: string): string[] =>
  (['requests', 'limits'] as const).flatMap((which) => {
    const amount = spec?.resources?.[which]?.['storage'];
    return amount !== undefined && milliValueOf(amount) % 1000 !== 0
      ? [
          `${at}.resources.${which}[storage]: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`,
        ]
      : [];
  });

interface Placed {
  path: string;
  source: string;
}

function pathWarnings({ name, configMap, secret, downwardAPI, projected }: Volume): string[] {
  const warn = (kind: string) => (text: string) =>
    `volume ${JSON.stringify(name)} (${kind}): overlapping paths: ${text}`;
  const plain = (items: readonly { path: string }[] | undefined) =>
    overlaps((items ?? []).map(({ path }) => ({ path, source: '' })));
  return [
    ...plain(configMap?.items).map(warn(`ConfigMap ${JSON.stringify(configMap?.name ?? '')}`)),
    ...plain(secret?.items).map(warn(`Secret ${JSON.stringify(secret?.secretName ?? '')}`)),
    ...plain(downwardAPI?.items).map(warn('DownwardAPI')),
    ...(projected?.sources ?? [])
      .filter((source) => Object.keys(source).length === 0)
      .map(() => `volume ${JSON.stringify(name)} (Projected) has no sources provided`),
    ...overlaps((projected?.sources ?? []).flatMap(pathsOf)).map(warn('Projected')),
  ];
}

function pathsOf(source: VolumeProjection): Placed[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
  const from = (items: readonly { path: string }[], name: string) => items.map(({ path }) => ({ path, source: name }));
  if (configMap?.items) return from(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? '')}`);
  if (secret?.items) return from(secret.items, `Secret ${JSON.stringify(secret.name ?? '')}`);
  if (downwardAPI?.items) return from(downwardAPI.items, 'DownwardAPI');
  if (serviceAccountToken) return from([serviceAccountToken], 'ServiceAccountToken');
  if (clusterTrustBundle) {
    const name = clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '';
    return from([clusterTrustBundle], `ClusterTrustBundle ${JSON.stringify(name)}`);
  }
  const { certificateChainPath, keyPath, credentialBundlePath } = podCertificate ?? {};
  return [
    ...(certificateChainPath ? [{ path: certificateChainPath, source: 'PodCertificate chain' }] : []),
    ...(keyPath ? [{ path: keyPath, source: 'PodCertificate key' }] : []),
    ...(credentialBundlePath ? [{ path: credentialBundlePath, source: 'PodCertificate credential bundle' }] : []),
  ];
}

/** One path that is another, or a folder that the other needs. */
function overlaps(given: readonly Placed[]): string[] {
  const all = given.map(({ path, source }) => ({ path: path.replace(/\/+$/, ''), source }));
  const within = (outer: string, inner: string) => `${inner}/`.startsWith(`${outer}/`);
  return all.flatMap((one, i) =>
    all
      .slice(0, i)
      .filter(({ path }) => path !== '' && one.path !== '' && (within(path, one.path) || within(one.path, path)))
      .map((other) => `${describe(one)} with ${describe(other)}`),
  );
}

const describe = ({ path, source }: Placed): string =>
  source ? `${JSON.stringify(path)} (${source})` : JSON.stringify(path);
