/** Where the machine's dockerd listens: DOCKER_HOST, where it names a unix socket, else the usual place. */
import type { Env } from '../state/caller.ts';
import { ClusterError } from '../state/cluster-error.ts';

const USUAL = '/var/run/docker.sock';

export function dockerSocketOf(env: Env): string {
  const host = env['DOCKER_HOST'] ?? '';
  if (host === '') return USUAL;
  if (host.startsWith('unix:///')) return host.slice('unix://'.length);
  throw new ClusterError(
    `DOCKER_HOST is ${JSON.stringify(host)}: nodes have to be on this machine, so it must be a unix socket (unix:///var/run/docker.sock)`,
  );
}
