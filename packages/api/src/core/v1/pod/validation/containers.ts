/** Containers of a pod: regular, init (and sidecar), ephemeral. */
import {
  type FieldError,
  checkDns1123Label,
  checkPortName,
  duplicate,
  forbidden,
  invalid,
  notFoundValue,
  notSupported,
  required,
} from '@mkube/apimachinery';
import type {
  Container,
  ContainerPort,
  EphemeralContainer,
  PodSpec,
  Volume,
  VolumeMount,
} from '../../../../generated/types/core-v1.ts';
import { duplicates, each, format, portNumber } from '../../../../validation/checks.ts';
import { validateContainerResources } from '../../../../validation/resources.ts';
import { isSidecar } from '../resources.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { validateProbesAndHooks } from './probes.ts';
import { validateSecurityContext } from './security.ts';
import { localPath } from './volumes.ts';

/** What containers are judged against. */
interface PodFacts {
  volumes: ReadonlyMap<string, Volume>;
  claimNames: ReadonlySet<string>;
  gracePeriod: number;
  hostUsers: boolean;
  hostNetwork: boolean;
}

export function validateAllContainers(spec: PodSpec, field: string): FieldError[] {
  const facts: PodFacts = {
    volumes: new Map((spec.volumes ?? []).map((v) => [v.name, v])),
    claimNames: new Set((spec.resourceClaims ?? []).map((c) => c.name)),
    gracePeriod: spec.terminationGracePeriodSeconds ?? 30,
    hostUsers: spec.hostUsers !== false,
    hostNetwork: spec.hostNetwork === true,
  };
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  return [
    ...(containers.length === 0 ? [required(`${field}.containers`)] : []),
    ...each(containers, `${field}.containers`, (c, at) => [
      ...validateContainer(c, at, facts),
      ...validateProbesAndHooks(c, { field: at, gracePeriod: facts.gracePeriod }),
    ]),
    ...duplicates(containers, (c, i) => ({ field: `${field}.containers[${i}].name`, value: c.name })),
    ...hostPortConflicts(containers, `${field}.containers`),
    ...each(initContainers, `${field}.initContainers`, (c, at) => [
      ...validateContainer(c, at, facts),
      ...validateInitContainer(c, at, facts),
    ]),
    ...duplicates([...containers, ...initContainers], (c, i) => ({
      field: `${field}.initContainers[${i - containers.length}].name`,
      value: c.name,
    })).filter((e) => !e.field.includes('[-')),
    ...each(ephemeralContainers, `${field}.ephemeralContainers`, (c, at) => validateEphemeral(c, at, { facts, spec })),
    ...duplicates([...containers, ...initContainers, ...ephemeralContainers], (c, i) => ({
      field: `${field}.ephemeralContainers[${i - containers.length - initContainers.length}].name`,
      value: c.name,
    })).filter((e) => !e.field.includes('[-')),
  ];
}

function validateContainer(c: Container, at: string, facts: PodFacts): FieldError[] {
  return [
    ...(c.name ? format(`${at}.name`, c.name, checkDns1123Label) : []),
    ...validateImage(c.image, `${at}.image`),
    ...validatePorts(c.ports, { field: `${at}.ports`, hostNetwork: facts.hostNetwork }),
    ...validateEnv(c.env, `${at}.env`),
    ...validateEnvFrom(c.envFrom, `${at}.envFrom`),
    ...validateMounts(c, at, facts),
    ...validateDevices(c, at, facts),
    ...validateContainerResources(c.resources, { field: `${at}.resources`, claimNames: facts.claimNames }),
    ...validateRestartPolicy(c, at),
    ...validateSecurityContext(c.securityContext, `${at}.securityContext`, facts.hostUsers),
  ];
}

function validateImage(image: string | undefined, field: string): FieldError[] {
  if (!image) return [required(field)];
  return image.trim() === image ? [] : [invalid(field, image, 'must not have leading or trailing whitespace')];
}

function validatePorts(
  ports: readonly ContainerPort[] | undefined,
  of: { field: string; hostNetwork: boolean },
): FieldError[] {
  const names = new Set<string>();
  return each(ports, of.field, (port, at) => {
    const faults: FieldError[] = [];
    if (port.name) {
      const wrong = format(`${at}.name`, port.name, checkPortName);
      faults.push(...wrong);
      if (wrong.length === 0 && names.has(port.name)) faults.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (port.containerPort === 0) faults.push(required(`${at}.containerPort`));
    else faults.push(...portNumber(`${at}.containerPort`, port.containerPort));
    if (port.hostPort) {
      faults.push(...portNumber(`${at}.hostPort`, port.hostPort));
      if (of.hostNetwork && port.hostPort !== port.containerPort)
        faults.push(invalid(`${at}.hostPort`, port.hostPort, 'must match `containerPort` when `hostNetwork` is true'));
    }
    return faults;
  });
}

const hostPortConflicts = (containers: readonly Container[], field: string): FieldError[] => {
  const taken = new Set<string>();
  return each(containers, field, (c, at) =>
    each(c.ports, `${at}.ports`, (port, place) => {
      if (!port.hostPort) return [];
      const key = `${port.protocol ?? 'TCP'}/${port.hostIP ?? ''}/${port.hostPort}`;
      if (taken.has(key)) return [duplicate(`${place}.hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
};

function validateMounts(c: Container, at: string, { volumes }: PodFacts): FieldError[] {
  const paths = new Set<string>();
  const devices = new Set((c.volumeDevices ?? []).map((d) => d.name));
  const devicePaths = new Set((c.volumeDevices ?? []).map((d) => d.devicePath));
  return each(c.volumeMounts, `${at}.volumeMounts`, (mount, place) => {
    const faults: FieldError[] = [];
    if (mount.name && !volumes.has(mount.name)) faults.push(notFoundValue(`${place}.name`, mount.name));
    if (mount.mountPath) {
      if (paths.has(mount.mountPath)) faults.push(invalid(`${place}.mountPath`, mount.mountPath, 'must be unique'));
      paths.add(mount.mountPath);
      if (devicePaths.has(mount.mountPath))
        faults.push(
          invalid(`${place}.mountPath`, mount.mountPath, 'must not already exist as a path in volumeDevices'),
        );
    }
    if (devices.has(mount.name))
      faults.push(invalid(`${place}.name`, mount.name, 'must not already exist in volumeDevices'));
    return [...faults, ...validateMountOptions(mount, place, c)];
  });
}

function validateMountOptions(mount: VolumeMount, at: string, c: Container): FieldError[] {
  const faults = mount.subPath ? localPath(`${at}.subPath`, mount.subPath) : [];
  if (mount.subPathExpr) {
    if (mount.subPath)
      faults.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    faults.push(...localPath(`${at}.subPathExpr`, mount.subPathExpr));
  }
  if (mount.mountPropagation === 'Bidirectional' && !c.securityContext?.privileged)
    faults.push(
      forbidden(`${at}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers'),
    );
  if (mount.recursiveReadOnly !== undefined && mount.recursiveReadOnly !== 'Disabled') {
    if (!mount.readOnly)
      faults.push(forbidden(`${at}.recursiveReadOnly`, 'may only be specified when readOnly is true'));
    if (mount.mountPropagation !== undefined && mount.mountPropagation !== 'None')
      faults.push(
        forbidden(`${at}.recursiveReadOnly`, 'may only be specified when mountPropagation is None or not specified'),
      );
  }
  return faults;
}

function validateDevices(c: Container, at: string, { volumes }: PodFacts): FieldError[] {
  const field = `${at}.volumeDevices`;
  return [
    ...each(c.volumeDevices, field, (device, place) => {
      const volume = volumes.get(device.name);
      const faults: FieldError[] = [];
      if (device.name && !volume) faults.push(notFoundValue(`${place}.name`, device.name));
      else if (volume && !volume.persistentVolumeClaim && !volume.ephemeral)
        faults.push(
          invalid(
            `${place}.name`,
            device.name,
            'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
          ),
        );
      return device.devicePath ? [...faults, ...withoutBackstep(`${place}.devicePath`, device.devicePath)] : faults;
    }),
    ...duplicates(c.volumeDevices ?? [], (d, i) => ({ field: `${field}[${i}].name`, value: d.name })).map((e) => ({
      ...e,
      type: 'FieldValueInvalid' as const,
      message: `${e.message.replace('Duplicate', 'Invalid')}: must be unique`,
    })),
  ];
}

const withoutBackstep = (field: string, path: string): FieldError[] =>
  path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];

const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];

function validateRestartPolicy(c: Container, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (c.restartPolicy !== undefined && !RESTART_POLICIES.includes(c.restartPolicy))
    faults.push(notSupported(`${at}.restartPolicy`, c.restartPolicy, RESTART_POLICIES));
  const rules = c.restartPolicyRules ?? [];
  if (rules.length > 0 && c.restartPolicy === undefined)
    faults.push(required(`${at}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  if (rules.length > 20)
    faults.push({
      type: 'FieldValueTooLong',
      field: `${at}.restartPolicyRules`,
      message: 'Too long: may not be more than 20 bytes',
    });
  return faults;
}

const NOT_FOR_INIT = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function validateInitContainer(c: Container, at: string, { gracePeriod }: PodFacts): FieldError[] {
  if (isSidecar(c)) return validateProbesAndHooks(c, { field: at, gracePeriod });
  return NOT_FOR_INIT.filter((key) => c[key] !== undefined).map((key) =>
    forbidden(`${at}.${key}`, 'may not be set for init containers without restartPolicy=Always'),
  );
}

const ONLY_FOR_REGULAR = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
] as const;

function validateEphemeral(
  c: EphemeralContainer,
  at: string,
  { facts, spec }: { facts: PodFacts; spec: PodSpec },
): FieldError[] {
  const faults: FieldError[] = [];
  if (c.name) faults.push(...format(`${at}.name`, c.name, checkDns1123Label));
  faults.push(...validateImage(c.image, `${at}.image`));
  faults.push(...validateEnv(c.env, `${at}.env`), ...validateEnvFrom(c.envFrom, `${at}.envFrom`));
  faults.push(...validateMounts(c as Container, at, facts));
  for (const key of ONLY_FOR_REGULAR)
    if (c[key] !== undefined) faults.push(forbidden(`${at}.${key}`, 'cannot be set for an Ephemeral Container'));
  if (c.resources && (c.resources.limits || c.resources.requests || c.resources.claims))
    faults.push(forbidden(`${at}.resources`, 'cannot be set for an Ephemeral Container'));
  for (const [i, mount] of (c.volumeMounts ?? []).entries()) {
    if (mount.subPath)
      faults.push(forbidden(`${at}.volumeMounts[${i}].subPath`, 'cannot be set for an Ephemeral Container'));
    if (mount.subPathExpr)
      faults.push(forbidden(`${at}.volumeMounts[${i}].subPathExpr`, 'cannot be set for an Ephemeral Container'));
  }
  const target = c.targetContainerName;
  const known = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].some((other) => other.name === target);
  if (target && !known) faults.push(notFoundValue(`${at}.targetContainerName`, target));
  return [...faults, ...validateSecurityContext(c.securityContext, `${at}.securityContext`, facts.hostUsers)];
}
