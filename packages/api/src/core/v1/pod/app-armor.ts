/** AppArmor profiles as annotations said them before there was a field. */
import type { AppArmorProfile, Container, Pod, PodSpec } from '../../../generated/types/core-v1.ts';
import { isDeepStrictEqual } from 'node:util';

const PREFIX = 'container.apparmor.security.beta.kubernetes.io/';
const LOCAL = 'localhost/';

/** Undefined for a text that names no profile. */
export function appArmorProfileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  if (!annotation.startsWith(LOCAL)) return undefined;
  const localhostProfile = annotation.slice(LOCAL.length);
  return localhostProfile === '' ? undefined : { type: 'Localhost', localhostProfile };
}

/** The pod with the profiles of its annotations as fields, where a container has none of its own. */
export function withAppArmorFields(pod: Pod): Pod {
  const { annotations } = pod.metadata;
  const isLinux = pod.spec?.os?.name !== 'windows';
  if (!isLinux || !annotations || !Object.keys(annotations).some((key) => key.startsWith(PREFIX))) return pod;
  const ofPod = pod.spec.securityContext?.appArmorProfile;
  const withField = <T extends Pick<Container, 'name' | 'securityContext'>>(container: T): T => {
    const profile = appArmorProfileOf(annotations[PREFIX + container.name] ?? '');
    if (!profile || container.securityContext?.appArmorProfile || isDeepStrictEqual(profile, ofPod)) return container;
    return { ...container, securityContext: { ...container.securityContext, appArmorProfile: profile } };
  };
  const { containers, initContainers, ephemeralContainers } = pod.spec;
  const spec: PodSpec = {
    ...pod.spec,
    containers: containers.map(withField),
    ...(initContainers && { initContainers: initContainers.map(withField) }),
    ...(ephemeralContainers && { ephemeralContainers: ephemeralContainers.map(withField) }),
  };
  return { ...pod, spec };
}

/** Where an annotation had to be read, or could not be. */
export function appArmorWarnings(pod: Pod): string[] {
  const { annotations } = pod.metadata;
  if (!annotations || !pod.spec || pod.spec.os?.name === 'windows') return [];
  const { initContainers = [], containers, ephemeralContainers = [], securityContext } = pod.spec;
  return [...initContainers, ...containers, ...ephemeralContainers].flatMap(({ name, securityContext: own }) => {
    const text = annotations[PREFIX + name];
    if (text === undefined) return [];
    const profile = appArmorProfileOf(text);
    const wasRead = profile && isDeepStrictEqual(own?.appArmorProfile, profile);
    const ofPod = profile && isDeepStrictEqual(securityContext?.appArmorProfile, profile);
    if (own?.appArmorProfile ? !wasRead : ofPod) return [];
    return [`metadata.annotations[${PREFIX}${name}]: deprecated since v1.30; use the "appArmorProfile" field instead`];
  });
}
