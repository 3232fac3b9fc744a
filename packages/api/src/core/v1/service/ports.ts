/** Services as controllers and proxies read them: which need addresses, and where a port leads in a pod. */
import type { Pod, Service, ServicePort } from '../../../generated/types/core-v1.ts';

/** clusterIP None: names without a virtual address. */
export const isHeadless = (service: Service): boolean => service.spec?.clusterIP === 'None';

/** False for ExternalName and headless services. */
export const hasClusterIP = (service: Service): boolean =>
  service.spec?.type !== 'ExternalName' && !!service.spec?.clusterIP && service.spec.clusterIP !== 'None';

/**
 * The container port that a service's port means in one pod: a number is itself, a name is looked up among the containers'
 * ports of the same protocol (sidecars included). Undefined where the pod has no such port.
 */
export function targetPortOf(pod: Pod, port: ServicePort): number | undefined {
  const { targetPort } = port;
  if (typeof targetPort === 'number' && targetPort !== 0) return targetPort;
  if (targetPort === undefined || targetPort === 0 || targetPort === '') return port.port;
  const sidecars = (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always');
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars])
    for (const candidate of container.ports ?? [])
      if (candidate.name === targetPort && (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
        return candidate.containerPort;
  return undefined;
}
