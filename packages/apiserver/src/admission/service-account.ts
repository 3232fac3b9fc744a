/**
 * ServiceAccount: a new pod runs as its namespace's default account unless it names one, which must exist; the account's
 * token, the cluster's CA and the namespace are mounted into every container unless pod or account say no.
 */
import type { Container, Pod, ServiceAccount, Volume } from '@mkube/api';
import { forbiddenResource, randomSuffix } from '@mkube/apimachinery';
import type { ServerContext } from '../context.ts';
import { type Later, after } from '../request/later.ts';
import { type AdmissionPlugin, isResource } from './plugin.ts';

const MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const MIRROR = 'kubernetes.io/config.mirror';
const PODS = { group: '', resource: 'pods' };

export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  admit(attributes, server) {
    const { operation, subresource, object, namespace, name } = attributes;
    if (!isResource(attributes, '', 'pods') || operation !== 'CREATE' || subresource) return object;
    const pod = object as Pod;
    if (pod.metadata.annotations?.[MIRROR] !== undefined) return checkMirror(pod, name);
    const accountName = pod.spec.serviceAccountName || 'default';
    return after(findAccount(server, namespace, accountName, name), (account) => withAccount(pod, account));
  },
};

function withAccount(pod: Pod, account: ServiceAccount): Pod {
  const { name } = account.metadata;
  const named: Pod = { ...pod, spec: { ...pod.spec, serviceAccountName: name, serviceAccount: name } };
  const pulling = named.spec.imagePullSecrets?.length ? named : withPullSecrets(named, account);
  const mounts = pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  return mounts ? withToken(pulling) : pulling;
}

function checkMirror(pod: Pod, name: string): Pod {
  if (pod.spec.serviceAccountName)
    throw forbiddenResource(PODS, name, 'a mirror pod may not reference service accounts');
  return pod;
}

function findAccount(
  { resources }: ServerContext,
  namespace: string,
  name: string,
  pod: string,
): Later<ServiceAccount> {
  return after(resources.need('serviceaccounts').find({ namespace, name }), (entry) => {
    if (entry) return entry.object as ServiceAccount;
    throw forbiddenResource(
      PODS,
      pod,
      `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    );
  });
}

function withPullSecrets(pod: Pod, { imagePullSecrets }: ServiceAccount): Pod {
  return imagePullSecrets?.length ? { ...pod, spec: { ...pod.spec, imagePullSecrets } } : pod;
}

function withToken(pod: Pod): Pod {
  const { volumes = [], containers, initContainers } = pod.spec;
  const existing = volumes.find(({ name }) => name.startsWith('kube-api-access-'));
  const name = existing?.name ?? `kube-api-access-${randomSuffix(Math.random)}`;
  const mounted = (container: Container): Container => withMount(container, name);
  const all = [...containers, ...(initContainers ?? [])];
  const needed = all.some((container) => mounted(container) !== container);
  if (!needed) return pod;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      volumes: existing ? volumes : [...volumes, tokenVolume(name)],
      ...(initContainers && { initContainers: initContainers.map(mounted) }),
      containers: containers.map(mounted),
    },
  };
}

function withMount(container: Container, name: string): Container {
  const mounts = container.volumeMounts ?? [];
  if (mounts.some(({ mountPath }) => mountPath === MOUNT_PATH)) return container;
  return { ...container, volumeMounts: [...mounts, { name, readOnly: true, mountPath: MOUNT_PATH }] };
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  },
});
