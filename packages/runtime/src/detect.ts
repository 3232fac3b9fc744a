/** Picks the engine for `--runtime auto`: the best that can work here, with the reason, and why better ones cannot. */
import { existsSync } from 'node:fs';
import http from 'node:http';
import { createExec, type Exec } from './exec.ts';
import { whyNoRunc } from './runc/requirements.ts';

export type DetectedName = 'runc' | 'docker' | 'process';

export interface DetectedRuntime {
  name: DetectedName;
  /** A sentence for the user. */
  why: string;
  passedOver: { name: DetectedName; why: string }[];
}

export interface DetectOptions {
  exec?: Exec;
  dockerSocket?: string;
}

export async function detectRuntime(options: DetectOptions = {}): Promise<DetectedRuntime> {
  const { exec = createExec(), dockerSocket = '/var/run/docker.sock' } = options;
  const noRunc = await whyNoRunc(exec);
  if (noRunc === undefined) return { name: 'runc', why: 'runc and conmon are here, and we are root', passedOver: [] };
  const passedOver: DetectedRuntime['passedOver'] = [{ name: 'runc', why: noRunc }];
  const noDocker = await whyNoDocker(dockerSocket);
  if (noDocker === undefined) return { name: 'docker', why: `dockerd answers on ${dockerSocket}`, passedOver };
  passedOver.push({ name: 'docker', why: noDocker });
  return { name: 'process', why: 'plain processes, with no isolation, since nothing better can run here', passedOver };
}

/** Undefined where a Docker engine answers. */
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
