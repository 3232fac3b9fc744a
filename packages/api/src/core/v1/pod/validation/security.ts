/** Security contexts of containers and pods. */
import { type FieldError, duplicate, forbidden, invalid, required } from '@mkube/apimachinery';
import type {
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
} from '../../../../generated/types/core-v1.ts';
import { each, inRange } from '../../../../validation/checks.ts';

const ID: readonly [number, number] = [0, 2147483647];

export function validateSecurityContext(sc: SecurityContext | undefined, at: string, hostUsers = true): FieldError[] {
  if (!sc) return [];
  const faults = [...inRange(`${at}.runAsUser`, sc.runAsUser, ID), ...inRange(`${at}.runAsGroup`, sc.runAsGroup, ID)];
  faults.push(...validateSeccomp(sc.seccompProfile, `${at}.seccompProfile`));
  if (sc.procMount === 'Unmasked' && hostUsers)
    faults.push(invalid(`${at}.procMount`, sc.procMount, '`hostUsers` must be false to use `Unmasked`'));
  if (sc.allowPrivilegeEscalation === false) {
    if (sc.privileged)
      faults.push(invalid(at, sc, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    if (sc.capabilities?.add?.includes('CAP_SYS_ADMIN'))
      faults.push(
        invalid(at, sc, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'),
      );
  }
  return faults;
}

export function validatePodSecurityContext(sc: PodSecurityContext | undefined, at: string): FieldError[] {
  if (!sc) return [];
  return [
    ...inRange(`${at}.fsGroup`, sc.fsGroup, ID),
    ...inRange(`${at}.runAsUser`, sc.runAsUser, ID),
    ...inRange(`${at}.runAsGroup`, sc.runAsGroup, ID),
    ...each(sc.supplementalGroups, `${at}.supplementalGroups`, (group, place) => inRange(place, group, ID)),
    ...validateSysctls(sc.sysctls, `${at}.sysctls`),
    ...validateSeccomp(sc.seccompProfile, `${at}.seccompProfile`),
  ];
}

const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

function validateSysctls(sysctls: PodSecurityContext['sysctls'], field: string): FieldError[] {
  const seen = new Set<string>();
  return each(sysctls, field, ({ name }, at) => {
    if (!name) return [];
    if (name.length > 253 || !SYSCTL.test(name))
      return [invalid(`${at}.name`, name, `must have at most 253 characters and match regex ${SYSCTL.source}`)];
    if (seen.has(name)) return [duplicate(`${at}.name`, name)];
    seen.add(name);
    return [];
  });
}

function validateSeccomp(profile: SeccompProfile | undefined, at: string): FieldError[] {
  if (!profile) return [];
  const local = profile.localhostProfile;
  if (profile.type === 'Localhost') {
    if (!local) return [required(`${at}.localhostProfile`, 'must be set when seccomp type is Localhost')];
    if (local.startsWith('/')) return [invalid(`${at}.localhostProfile`, local, 'must be a relative path')];
    return local.split('/').includes('..') ? [invalid(`${at}.localhostProfile`, local, "must not contain '..'")] : [];
  }
  return local === undefined
    ? []
    : [invalid(`${at}.localhostProfile`, local, 'can only be set when seccomp type is Localhost')];
}

/** A pod with users of its own has no part in the host's other namespaces. */
export function validateHostUse(spec: PodSpec, at: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const shown = { hostNetwork: 'hostNetwork', hostPID: 'HostPID', hostIPC: 'HostIPC' } as const;
  return (Object.keys(shown) as (keyof typeof shown)[])
    .filter((key) => spec[key])
    .map((key) => forbidden(`${at}.${shown[key]}`, 'when `pod.Spec.HostUsers` is false'));
}
