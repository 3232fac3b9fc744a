/** Security contexts of containers and pods. */
import { type FieldError, duplicate, forbidden, invalid, notSupported, required, tooLong } from '@mkube/apimachinery';
import type {
  AppArmorProfile,
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
  faults.push(...validateAppArmor(sc.appArmorProfile, `${at}.appArmorProfile`));
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

export function validatePodSecurityContext(spec: PodSpec, at: string): FieldError[] {
  const { securityContext: sc } = spec;
  if (!sc) return [];
  return [
    ...inRange(`${at}.fsGroup`, sc.fsGroup, ID),
    ...inRange(`${at}.runAsUser`, sc.runAsUser, ID),
    ...inRange(`${at}.runAsGroup`, sc.runAsGroup, ID),
    ...each(sc.supplementalGroups, `${at}.supplementalGroups`, (group, place) => inRange(place, group, ID)),
    ...validateSysctls(sc.sysctls, { field: `${at}.sysctls`, spec }),
    ...validateSeccomp(sc.seccompProfile, `${at}.seccompProfile`),
    ...validateAppArmor(sc.appArmorProfile, `${at}.appArmorProfile`),
    // the other policy waits for a feature gate
    ...(sc.seLinuxChangePolicy === undefined || sc.seLinuxChangePolicy === 'Recursive'
      ? []
      : [notSupported(`${at}.seLinuxChangePolicy`, sc.seLinuxChangePolicy, ['Recursive'])]),
  ];
}

const SYSCTL_SHOWN = String.raw`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

function validateSysctls(
  sysctls: PodSecurityContext['sysctls'],
  { field, spec }: { field: string; spec: PodSpec },
): FieldError[] {
  const seen = new Set<string>();
  return each(sysctls, field, ({ name }, at) => {
    if (!name) return [];
    const ofHost = hostNamespaceOf(name, spec);
    const shared = ofHost ? [invalid(`${at}.name`, name, `may not be specified when '${ofHost}' is true`)] : [];
    if (name.length > 253 || !SYSCTL.test(name))
      return [
        ...shared,
        invalid(`${at}.name`, name, `must have at most 253 characters and match regex ${SYSCTL_SHOWN}`),
      ];
    if (seen.has(name)) return [...shared, duplicate(`${at}.name`, name)];
    seen.add(name);
    return shared;
  });
}

const OF_IPC = ['kernel.sem', 'kernel.shm', 'kernel.msg', 'fs.mqueue.'];

/** The option that gives the pod the host's own value of this setting. */
function hostNamespaceOf(name: string, { hostNetwork, hostIPC }: PodSpec): string | undefined {
  const dotted = name.replaceAll('/', '.');
  if (hostNetwork && dotted.startsWith('net.')) return 'hostNetwork';
  return hostIPC && OF_IPC.some((prefix) => dotted.startsWith(prefix)) ? 'hostIPC' : undefined;
}

/** What only the other operating system has. */
export function validateWindowsOptions(spec: PodSpec, at: string): FieldError[] {
  if (spec.os?.name !== 'linux') return [];
  const refuse = (sc: SecurityContext | PodSecurityContext | undefined, place: string): FieldError[] =>
    sc?.windowsOptions
      ? [forbidden(`${place}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod')]
      : [];
  return [
    ...refuse(spec.securityContext, at),
    ...(['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((key) =>
      each<{ securityContext?: SecurityContext }>(spec[key], `${at}.${key}`, (c, place) =>
        refuse(c.securityContext, place),
      ),
    ),
  ];
}

function validateSeccomp(profile: SeccompProfile | undefined, at: string): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile: local } = profile;
  const field = `${at}.localhostProfile`;
  const faults = typeOfProfile(type, `${at}.type`, 'seccompProfile');
  if (type !== 'Localhost') {
    // the message shows the profile as its Go struct
    const shown = { Type: type ?? '', LocalhostProfile: local };
    return local === undefined
      ? faults
      : [...faults, invalid(field, shown, 'can only be set when seccomp type is Localhost')];
  }
  if (local === undefined) return [required(field, 'must be set when seccomp type is Localhost')];
  if (local.startsWith('/')) return [invalid(field, local, 'must be a relative path')];
  return local.split('/').includes('..') ? [invalid(field, local, "must not contain '..'")] : [];
}

const PROFILES = ['Localhost', 'RuntimeDefault', 'Unconfined'];

const typeOfProfile = (type: string | undefined, field: string, what: string): FieldError[] => {
  if (!type) return [required(field, `type is required when ${what} is set`)];
  return PROFILES.includes(type) ? [] : [notSupported(field, type, PROFILES)];
};

function validateAppArmor(profile: AppArmorProfile | undefined, at: string): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile: local } = profile;
  const field = `${at}.localhostProfile`;
  const faults = typeOfProfile(type, `${at}.type`, 'appArmorProfile');
  if (faults.length > 0) return faults;
  if (type !== 'Localhost')
    return local === undefined ? [] : [invalid(field, local, 'can only be set when AppArmor type is Localhost')];
  if (local === undefined || local === '') return [required(field, 'must be set when AppArmor type is Localhost')];
  if (local.trim() !== local) return [invalid(field, local, 'must not be padded with whitespace')];
  return Buffer.byteLength(local) > MAX_PROFILE ? [tooLong(field, MAX_PROFILE)] : [];
}

const MAX_PROFILE = 4095;

/** A pod with users of its own has no part in the host's other namespaces. */
export function validateHostUse(spec: PodSpec, at: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const shown = { hostNetwork: 'hostNetwork', hostPID: 'HostPID', hostIPC: 'HostIPC' } as const;
  return (Object.keys(shown) as (keyof typeof shown)[])
    .filter((key) => spec[key])
    .map((key) => forbidden(`${at}.${shown[key]}`, 'when `hostUsers` is false'));
}
