/** Whether a Docker engine answers, and if not, why. */
import { existsSync } from 'node:fs';
import http from 'node:http';

/** Undefined where one does. */
export function whyNoDocker(socketPath: string): Promise<string | undefined> {
  if (!existsSync(socketPath)) return Promise.resolve(`no Docker socket at ${socketPath}`);
  return new Promise((resolve) => {
    const request = http.get({ socketPath, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `dockerd answered ${response.statusCode}`);
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 2 s')));
    request.on('error', (error) => resolve(`dockerd does not answer on ${socketPath}: ${error.message}`));
  });
}
