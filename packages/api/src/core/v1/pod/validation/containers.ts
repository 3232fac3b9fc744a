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
  ContainerRestartRule,
  EphemeralContainer,
  PodSpec,
  Volume,
} from '../../../../generated/types/core-v1.ts';
import { duplicates, each, format, portNumber } from '../../../../validation/checks.ts';
import { validateContainerResources } from '../../../../validation/resources.ts';
import { isSidecar } from '../resources.ts';
import { validateEnv, validateEnvFrom, validateFileVolumes } from './env.ts';
import { validateDevices, validateMounts } from './mounts.ts';
import { validateProbesAndHooks } from './probes.ts';
import { validateSecurityContext } from './security.ts';
import { soundVolumes } from './volumes.ts';

/** What containers are judged against. */
interface PodFacts {
  allVolumes: readonly Volume[] | undefined;
  volumes: ReadonlyMap<string, Volume>;
  claimNames: ReadonlySet<string>;
  gracePeriod: number;
  hostUsers: boolean;
  hostNetwork: boolean;
  restartPolicy: string | undefined;
}

export function validateAllContainers(spec: PodSpec, field: string): FieldError[] {
  const facts: PodFacts = {
    allVolumes: spec.volumes,
    volumes: soundVolumes(spec.volumes, `${field}.volumes`),
    claimNames: new Set((spec.resourceClaims ?? []).flatMap(({ name }) => name || [])),
    // a negative one counts as 1
    gracePeriod: graceOf(spec.terminationGracePeriodSeconds),
    hostUsers: spec.hostUsers !== false,
    hostNetwork: spec.hostNetwork === true,
    restartPolicy: spec.restartPolicy,
  };
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  return [
    ...(containers.length === 0 ? [required(`${field}.containers`)] : []),
    ...each(containers, `${field}.containers`, (c, at) => [
      ...validateContainer(c, at, facts),
      ...validateRestartPolicy(c, at),
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

const graceOf = (seconds = 30): number => (seconds < 0 ? 1 : seconds);

function validateContainer(c: Container, at: string, facts: PodFacts): FieldError[] {
  return [
    ...(c.name ? format(`${at}.name`, c.name, checkDns1123Label) : []),
    ...(c.image ? [] : [required(`${at}.image`)]),
    ...validatePorts(c.ports, { field: `${at}.ports`, hostNetwork: facts.hostNetwork }),
    ...validateEnv(c.env, `${at}.env`),
    ...validateFileVolumes(c.env, `${at}.env`, facts.allVolumes),
    ...validateEnvFrom(c.envFrom, `${at}.envFrom`),
    ...validateMounts(c, `${at}.volumeMounts`, facts.volumes),
    ...validateDevices(c, `${at}.volumeDevices`, facts.volumes),
    ...validateContainerResources(c.resources, { field: `${at}.resources`, claimNames: facts.claimNames }),
    ...validateResizePolicy(c, { field: `${at}.resizePolicy`, never: facts.restartPolicy === 'Never' }),
    ...(facts.hostUsers || !c.volumeDevices?.length
      ? []
      : [forbidden(`${at}.volumeDevices`, 'when `hostUsers` is false')]),
    ...validateSecurityContext(c.securityContext, `${at}.securityContext`, facts.hostUsers),
  ];
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

const RESTART_POLICIES = ['Always', 'Never', 'OnFailure'];
const EXIT_CODE_OPERATORS = ['In', 'NotIn'];

function validateRestartRule({ action, exitCodes }: ContainerRestartRule, at: string): FieldError[] {
  const faults = action === 'Restart' ? [] : [notSupported(`${at}.action`, action ?? '', ['Restart'])];
  const place = `${at}.exitCodes`;
  if (!exitCodes) return [...faults, required(place, 'must be specified')];
  const { operator } = exitCodes;
  if (!EXIT_CODE_OPERATORS.includes(operator))
    faults.push(notSupported(`${place}.operator`, operator ?? '', EXIT_CODE_OPERATORS));
  return faults;
}

function validateRestartPolicy(c: Container, at: string): FieldError[] {
  const faults: FieldError[] = [];
  if (c.restartPolicy !== undefined && !RESTART_POLICIES.includes(c.restartPolicy))
    faults.push(notSupported(`${at}.restartPolicy`, c.restartPolicy, RESTART_POLICIES));
  const rules = c.restartPolicyRules ?? [];
  if (rules.length > 0 && c.restartPolicy === undefined)
    faults.push(required(`${at}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  faults.push(...each(rules, `${at}.restartPolicyRules`, validateRestartRule));
  if (rules.length > 20)
    faults.push({
      type: 'FieldValueTooLong',
      field: `${at}.restartPolicyRules`,
      message: 'Too long: may not be more than 20 bytes',
    });
  return faults;
}

const NO_RULES = 'restartPolicyRules are not allowed for init containers with restart policy Always';
const NOT_FOR_INIT = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;

function validateInitContainer(c: Container, at: string, { gracePeriod }: PodFacts): FieldError[] {
  if (isSidecar(c)) {
    const faults = validateProbesAndHooks(c, { field: at, gracePeriod });
    return c.restartPolicyRules?.length ? [...faults, forbidden(`${at}.restartPolicyRules`, NO_RULES)] : faults;
  }
  const restart = validateRestartPolicy(c, at).filter(
    // rules without a policy are not looked at here
    ({ field }) => c.restartPolicy !== undefined || field === `${at}.restartPolicy`,
  );
  const barred = NOT_FOR_INIT.filter((key) => c[key] !== undefined).map((key) =>
    forbidden(`${at}.${key}`, 'may not be set for init containers without restartPolicy=Always'),
  );
  return [...restart, ...barred];
}

const ONLY_FOR_REGULAR = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
] as const;

function validateEphemeral(
  c: EphemeralContainer,
  at: string,
  { facts, spec }: { facts: PodFacts; spec: PodSpec },
): FieldError[] {
  const faults = validateContainer(c as Container, at, facts);
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
  return faults;
}

/** What happens to a container whose requests change while it runs. */
function validateResizePolicy(c: Container, { field, never }: { field: string; never: boolean }): FieldError[] {
  const seen = new Set<string>();
  return each(c.resizePolicy, field, ({ resourceName, restartPolicy }, at) => {
    const faults: FieldError[] = [];
    if (seen.has(resourceName)) faults.push(duplicate(at, resourceName));
    if (!resourceName) faults.push(required(field));
    if (!restartPolicy) faults.push(required(field));
    seen.add(resourceName);
    if (resourceName && resourceName !== 'cpu' && resourceName !== 'memory')
      faults.push(notSupported(field, resourceName, ['cpu', 'memory']));
    if (restartPolicy && restartPolicy !== 'NotRequired' && restartPolicy !== 'RestartContainer')
      faults.push(notSupported(field, restartPolicy, ['NotRequired', 'RestartContainer']));
    if (never && restartPolicy !== 'NotRequired')
      faults.push(invalid(field, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    return faults;
  });
}
