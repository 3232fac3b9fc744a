/** A pod's resolv.conf. Pure. */
import type { SandboxConfig } from './runtime.ts';

/** Undefined where the pod has nothing to say of it. */
export function resolverText({ servers, searches, options }: SandboxConfig['dns']): string | undefined {
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
  ];
  return lines.length > 0 ? `${lines.join('\n')}\n` : undefined;
}
