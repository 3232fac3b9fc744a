/** Probes and lifecycle hooks of a container. */
import { type FieldError, checkHttpHeaderName, forbidden, invalid, required } from '@mkube/apimachinery';
import type {
  Container,
  ExecAction,
  HTTPGetAction,
  LifecycleHandler,
  Probe,
} from '../../../../generated/types/core-v1.ts';
import { each, format, nonNegative, portNumber, portNumberOrName, positive } from '../../../../validation/checks.ts';

interface Place {
  field: string;
  gracePeriod: number;
}

/** Liveness, readiness and startup probes, and the hooks. */
export const validateProbesAndHooks = (container: Container, { field, gracePeriod }: Place): FieldError[] => [
  ...validateHook(container.lifecycle?.postStart, { field: `${field}.lifecycle.postStart`, gracePeriod }),
  ...validateHook(container.lifecycle?.preStop, { field: `${field}.lifecycle.preStop`, gracePeriod }),
  ...validateRestartingProbe(container.livenessProbe, { field: `${field}.livenessProbe`, gracePeriod }),
  ...validateReadiness(container.readinessProbe, { field: `${field}.readinessProbe`, gracePeriod }),
  ...validateRestartingProbe(container.startupProbe, { field: `${field}.startupProbe`, gracePeriod }),
];

function validateRestartingProbe(probe: Probe | undefined, place: Place): FieldError[] {
  if (!probe) return [];
  const { field } = place;
  const faults = validateProbe(probe, place);
  if (probe.successThreshold !== undefined && probe.successThreshold !== 1)
    faults.push(invalid(`${field}.successThreshold`, probe.successThreshold, 'must be 1'));
  return faults;
}

function validateReadiness(probe: Probe | undefined, place: Place): FieldError[] {
  if (!probe) return [];
  const faults = validateProbe(probe, place);
  if (probe.terminationGracePeriodSeconds !== undefined)
    faults.push(
      invalid(
        `${place.field}.terminationGracePeriodSeconds`,
        probe.terminationGracePeriodSeconds,
        'must not be set for readinessProbes',
      ),
    );
  return faults;
}

const validateProbe = (probe: Probe, { field, gracePeriod }: Place): FieldError[] => [
  ...validateHandler(probe, { field, gracePeriod }),
  ...(
    ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const
  ).flatMap((key) => nonNegative(`${field}.${key}`, probe[key])),
  ...positive(`${field}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds),
];

const validateHook = (hook: LifecycleHandler | undefined, place: Place): FieldError[] =>
  hook ? validateHandler(hook, place) : [];

type Handlers = LifecycleHandler & Pick<Probe, 'grpc'>;

function validateHandler(handler: Handlers, { field, gracePeriod }: Place): FieldError[] {
  const faults: FieldError[] = [];
  let seen = 0;
  const one = (key: keyof Handlers, check: () => FieldError[]): void => {
    if (handler[key] === undefined) return;
    if (seen++ > 0) faults.push(forbidden(`${field}.${key}`, 'may not specify more than 1 handler type'));
    else faults.push(...check());
  };
  one('exec', () => validateExec(handler.exec, `${field}.exec`));
  one('httpGet', () => validateHttpGet(handler.httpGet, `${field}.httpGet`));
  one('tcpSocket', () => portNumberOrName(`${field}.tcpSocket.port`, handler.tcpSocket?.port ?? 0));
  one('grpc', () => portNumber(`${field}.grpc.port`, handler.grpc?.port ?? 0));
  one('sleep', () => {
    const seconds = handler.sleep?.seconds ?? 0;
    return seconds < 0 || seconds > gracePeriod
      ? [
          invalid(
            `${field}.sleep`,
            seconds,
            `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriod})`,
          ),
        ]
      : [];
  });
  if (seen === 0) faults.push(required(field, 'must specify a handler type'));
  return faults;
}

const validateExec = (exec: ExecAction | undefined, field: string): FieldError[] =>
  (exec?.command ?? []).length === 0 ? [required(`${field}.command`)] : [];

function validateHttpGet(http: HTTPGetAction | undefined, field: string): FieldError[] {
  if (!http) return [];
  return [
    ...(http.path ? [] : [required(`${field}.path`)]),
    ...portNumberOrName(`${field}.port`, http.port),
    ...each(http.httpHeaders, `${field}.httpHeaders`, ({ name }) =>
      format(`${field}.httpHeaders`, name ?? '', checkHttpHeaderName),
    ),
  ];
}
