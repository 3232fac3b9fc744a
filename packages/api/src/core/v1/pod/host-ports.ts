/** Ports of its node that a pod takes for itself. */
import type { Pod } from '../../../generated/types/core-v1.ts';
import { isSidecar } from './resources.ts';

export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

const EVERY_ADDRESS = '0.0.0.0';

export function hostPortsOf({ spec }: Pick<Pod, 'spec'>): HostPort[] {
  return [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)]
    .flatMap((container) => container.ports ?? [])
    .filter(({ hostPort = 0 }) => hostPort > 0)
    .map(({ hostPort = 0, hostIP, protocol }) => ({
      ip: hostIP || EVERY_ADDRESS,
      protocol: protocol ?? 'TCP',
      port: hostPort,
    }));
}

/** The address 0.0.0.0 takes the port of every address. */
export const portsClash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === EVERY_ADDRESS || b.ip === EVERY_ADDRESS);
