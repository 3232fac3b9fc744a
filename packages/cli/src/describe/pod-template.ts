/** Containers and volumes, as pods and everything with a pod template describe them. */
import type {
  Container,
  ContainerState,
  ContainerStatus,
  EnvVar,
  PodSpec,
  PodTemplateSpec,
  Probe,
  Toleration,
  Volume,
} from '@mkube/api';
import { formatTime, writeAnnotations, writeMap, type Writer } from './writer.ts';

export function writePodTemplate(w: Writer, template: PodTemplateSpec | undefined): void {
  w.write(0, 'Pod Template:');
  writeMap(w, 1, 'Labels', template?.metadata?.labels);
  if (Object.keys(template?.metadata?.annotations ?? {}).length > 0)
    writeAnnotations(w, 1, 'Annotations', template?.metadata?.annotations);
  const pod = template?.spec;
  if (!pod) return;
  if (pod.serviceAccountName) w.write(1, `Service Account:\t${pod.serviceAccountName}`);
  writeContainers(w, 1, 'Init Containers', pod.initContainers ?? [], undefined);
  writeContainers(w, 1, 'Containers', pod.containers, undefined);
  writeVolumes(w, 1, pod);
  if (pod.priorityClassName) w.write(1, `Priority Class Name:\t${pod.priorityClassName}`);
  writeMap(w, 1, 'Node-Selectors', pod.nodeSelector);
  writeTolerations(w, 1, pod.tolerations ?? []);
}

export function writeTolerations(w: Writer, level: number, tolerations: readonly Toleration[]): void {
  const texts = tolerations.map(formatToleration).toSorted((a, b) => (a < b ? -1 : 1));
  if (texts.length === 0) w.write(level, 'Tolerations:\t<none>');
  texts.forEach((text, i) => w.write(level, `${i === 0 ? 'Tolerations:' : ''}\t${text}`));
}

function formatToleration({ key, operator, value, effect, tolerationSeconds }: Toleration): string {
  const head = `${key ?? ''}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}`;
  const exists = operator === 'Exists' && !value ? `${key || effect ? ' ' : ''}op=Exists` : '';
  return `${head}${exists}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`;
}

export function writeContainers(
  w: Writer,
  level: number,
  title: string,
  containers: readonly Container[],
  statuses: readonly ContainerStatus[] | undefined,
): void {
  if (containers.length === 0) return;
  w.write(level, `${title}:`);
  for (const container of containers) {
    // Under a template the name stands one column in, and its fields where a pod's stand: kubectl's own look.
    w.write(level > 0 ? 0 : 1, `${level > 0 ? '   ' : ''}${container.name}:`);
    writeContainer(
      w,
      2,
      container,
      statuses?.find((s) => s.name === container.name),
    );
  }
}

function writeContainer(w: Writer, level: number, c: Container, status: ContainerStatus | undefined): void {
  if (status) w.write(level, `Container ID:\t${status.containerID ?? ''}`);
  w.write(level, `Image:\t${c.image ?? ''}`);
  if (status) w.write(level, `Image ID:\t${status.imageID}`);
  const ports = c.ports ?? [];
  const plural = ports.length > 1 ? 's' : '';
  w.write(
    level,
    `Port${plural}:\t${ports.map((p) => `${p.containerPort}/${p.protocol}${p.name ? ` (${p.name})` : ''}`).join(', ') || '<none>'}`,
  );
  w.write(
    level,
    `Host Port${plural}:\t${ports.map((p) => `${p.hostPort ?? 0}/${p.protocol}${p.name ? ` (${p.name})` : ''}`).join(', ') || '<none>'}`,
  );
  for (const [title, words] of [
    ['Command', c.command],
    ['Args', c.args],
  ] as const) {
    if (!words?.length) continue;
    w.write(level, `${title}:`);
    for (const word of words) for (const line of word.split('\n')) w.write(level + 1, line);
  }
  if (status) writeStatus(w, level, status);
  writeResources(w, level, c);
  for (const [title, probe] of [
    ['Liveness', c.livenessProbe],
    ['Readiness', c.readinessProbe],
    ['Startup', c.startupProbe],
  ] as const)
    if (probe) w.write(level, `${title}:\t${formatProbe(probe)}`);
  writeEnv(w, level, c);
  const mounts = (c.volumeMounts ?? []).toSorted((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  w.write(level, `Mounts:${mounts.length === 0 ? '\t<none>' : ''}`);
  for (const m of mounts)
    w.write(
      level + 1,
      `${m.mountPath} from ${m.name} (${m.readOnly ? 'ro' : 'rw'}${m.subPath ? `,path="${m.subPath}"` : ''})`,
    );
}

function writeStatus(w: Writer, level: number, status: ContainerStatus): void {
  writeState(w, level, 'State', status.state);
  if (status.lastState?.terminated) writeState(w, level, 'Last State', status.lastState);
  w.write(level, `Ready:\t${status.ready ? 'True' : 'False'}`);
  w.write(level, `Restart Count:\t${status.restartCount}`);
}

function writeState(w: Writer, level: number, title: string, state: ContainerState | undefined): void {
  if (state?.running) {
    w.write(level, `${title}:\tRunning`);
    w.write(level + 1, `Started:\t${formatTime(state.running.startedAt)}`);
  } else if (state?.terminated) {
    const t = state.terminated;
    w.write(level, `${title}:\tTerminated`);
    if (t.reason) w.write(level + 1, `Reason:\t${t.reason}`);
    if (t.message) w.write(level + 1, `Message:\t${t.message}`);
    w.write(level + 1, `Exit Code:\t${t.exitCode}`);
    if (t.signal) w.write(level + 1, `Signal:\t${t.signal}`);
    w.write(level + 1, `Started:\t${formatTime(t.startedAt)}`);
    w.write(level + 1, `Finished:\t${formatTime(t.finishedAt)}`);
  } else {
    w.write(level, `${title}:\tWaiting`);
    if (state?.waiting?.reason) w.write(level + 1, `Reason:\t${state.waiting.reason}`);
  }
}

function writeResources(w: Writer, level: number, { resources }: Container): void {
  for (const [title, quantities] of [
    ['Limits', resources?.limits],
    ['Requests', resources?.requests],
  ] as const) {
    const entries = Object.entries(quantities ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
    if (entries.length === 0) continue;
    w.write(level, `${title}:`);
    for (const [name, quantity] of entries) w.write(level + 1, `${name}:\t${quantity}`);
  }
}

function formatProbe(probe: Probe): string {
  const { exec, httpGet, tcpSocket, grpc } = probe;
  const tail = `delay=${probe.initialDelaySeconds ?? 0}s timeout=${probe.timeoutSeconds ?? 1}s period=${probe.periodSeconds ?? 10}s #success=${probe.successThreshold ?? 1} #failure=${probe.failureThreshold ?? 3}`;
  if (exec) return `exec [${(exec.command ?? []).join(' ')}] ${tail}`;
  if (httpGet)
    return `http-get ${(httpGet.scheme ?? 'HTTP').toLowerCase()}://${httpGet.host ?? ''}:${httpGet.port}${httpGet.path ?? ''} ${tail}`;
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port} ${tail}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''} ${tail}`;
  return `unknown ${tail}`;
}

function writeEnv(w: Writer, level: number, c: Container): void {
  if (c.envFrom?.length) {
    w.write(level, 'Environment Variables from:');
    for (const { configMapRef, secretRef, prefix } of c.envFrom)
      w.write(
        level + 1,
        `${configMapRef?.name ?? secretRef?.name ?? ''}\t${configMapRef ? 'ConfigMap' : 'Secret'}${prefix ? ` with prefix '${prefix}'` : ''}\tOptional: ${configMapRef?.optional ?? secretRef?.optional ?? false}`,
      );
  }
  w.write(level, `Environment:${c.env?.length ? '' : '\t<none>'}`);
  for (const variable of c.env ?? []) w.write(level + 1, `${variable.name}:\t${formatEnv(variable)}`);
}

function formatEnv({ value, valueFrom }: EnvVar): string {
  if (!valueFrom) return (value ?? '').replaceAll('\n', ' ');
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef) return ` (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`;
  if (resourceFieldRef) return ` (${resourceFieldRef.resource})`;
  if (secretKeyRef)
    return `<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>\tOptional: ${secretKeyRef.optional ?? false}`;
  return `<set to the key '${configMapKeyRef?.key}' of config map '${configMapKeyRef?.name}'>\tOptional: ${configMapKeyRef?.optional ?? false}`;
}

export function writeVolumes(w: Writer, level: number, spec: PodSpec): void {
  const volumes = spec.volumes ?? [];
  w.write(level, `Volumes:${volumes.length === 0 ? '\t<none>' : ''}`);
  for (const volume of volumes) {
    // As with containers: under a template the name alone stands one column further in.
    w.write(1, `${level > 0 ? ' ' : ''}${volume.name}:`);
    for (const line of volumeLines(volume)) w.write(2, line);
  }
}

export function volumeLines(v: Volume): string[] {
  if (v.emptyDir)
    return [
      "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
      `Medium:\t${v.emptyDir.medium ?? ''}`,
      `SizeLimit:\t${v.emptyDir.sizeLimit ?? '<unset>'}`,
    ];
  if (v.hostPath)
    return [
      'Type:\tHostPath (bare host directory volume)',
      `Path:\t${v.hostPath.path}`,
      `HostPathType:\t${v.hostPath.type ?? '<none>'}`,
    ];
  if (v.configMap)
    return [
      'Type:\tConfigMap (a volume populated by a ConfigMap)',
      `Name:\t${v.configMap.name ?? ''}`,
      `Optional:\t${v.configMap.optional ?? false}`,
    ];
  if (v.secret)
    return [
      'Type:\tSecret (a volume populated by a Secret)',
      `SecretName:\t${v.secret.secretName ?? ''}`,
      `Optional:\t${v.secret.optional ?? false}`,
    ];
  if (v.persistentVolumeClaim)
    return [
      'Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
      `ClaimName:\t${v.persistentVolumeClaim.claimName}`,
      `ReadOnly:\t${v.persistentVolumeClaim.readOnly ?? false}`,
    ];
  if (v.downwardAPI)
    return [
      'Type:\tDownwardAPI (a volume populated by information about the pod)',
      'Items:',
      ...(v.downwardAPI.items ?? []).map(
        (i) => `  ${i.fieldRef?.fieldPath ?? i.resourceFieldRef?.resource ?? ''} -> ${i.path}`,
      ),
    ];
  if (v.projected)
    return [
      'Type:\tProjected (a volume that contains injected data from multiple sources)',
      ...(v.projected.sources ?? []).flatMap(({ secret, downwardAPI, configMap, serviceAccountToken }) => [
        ...(secret ? [`SecretName:\t${secret.name ?? ''}`, `Optional:\t${secret.optional ?? false}`] : []),
        ...(downwardAPI ? ['DownwardAPI:\ttrue'] : []),
        ...(configMap ? [`ConfigMapName:\t${configMap.name ?? ''}`, `Optional:\t${configMap.optional ?? false}`] : []),
        ...(serviceAccountToken ? [`TokenExpirationSeconds:\t${serviceAccountToken.expirationSeconds ?? 3600}`] : []),
      ]),
    ];
  if (v.nfs)
    return [
      'Type:\tNFS (an NFS mount that lasts the lifetime of a pod)',
      `Server:\t${v.nfs.server}`,
      `Path:\t${v.nfs.path}`,
      `ReadOnly:\t${v.nfs.readOnly ?? false}`,
    ];
  const [type = 'unknown'] = Object.keys(v).filter((k) => k !== 'name');
  return [`Type:\t${type}`];
}
