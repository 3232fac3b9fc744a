/** Whether a Docker engine answers, and if not, why; and whether its networks are this machine's. */
import { existsSync } from 'node:fs';
import http from 'node:http';
import { openDockerClient } from './client.ts';

/** Undefined where one does. */
export function whyNoDocker(socketPath: string): Promise<string | undefined> {
  if (!existsSync(socketPath)) return Promise.resolve(`no Docker socket at ${socketPath}`);
  return new Promise((resolve) => {
    const request = http.get({ socketPath, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `dockerd answered ${response.statusCode}`);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 2 s')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      const hint = error.code === 'EACCES' ? ': only root and members of its group (docker) may use it' : '';
      resolve(`dockerd does not answer on ${socketPath}: ${error.message}${hint}`);
    });
  });
}

/** Undefined where this machine reaches containers by their addresses; else who stands between. */
export async function whyNoDockerNetwork(socketPath: string): Promise<string | undefined> {
  const client = openDockerClient(socketPath);
  try {
    const { SecurityOptions, OperatingSystem } = await client.call<DockerInfo>('/info');
    if (OperatingSystem === 'Docker Desktop') return 'the containers of Docker Desktop are in a machine of their own';
    if ((SecurityOptions ?? []).some((option) => /(^|,)name=rootless/.test(option)))
      return 'this dockerd is not root itself, and its networks are in a namespace of its own';
    return undefined;
  } finally {
    client.close();
  }
}

interface DockerInfo {
  SecurityOptions: string[] | null;
  OperatingSystem: string;
}
