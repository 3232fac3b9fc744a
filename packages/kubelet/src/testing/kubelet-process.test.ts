/**
 * For tests that kill a kubelet: run as a program it is one, over runc, with its configuration as JSON in its only argument.
 * Loaded as a test it does nothing.
 */
import { createClient, httpsTransport } from '@mkube/client';
import { createBridgeNetwork, createRuncRuntime, openImageStore, pullImage, type Runtime } from '@mkube/runtime';
import { pino } from 'pino';
import { createKubelet } from '../index.ts';

export interface KubeletProcessConfig {
  nodeName: string;
  rootDir: string;
  server: string;
  ca: string;
  cert: string;
  key: string;
  runtime: RuncConfig;
}

export interface RuncConfig {
  root: string;
  imageRoot: string;
  cgroupRoot: string;
  network: { bridge: string; podCidr: string; namePrefix: string; stateDir: string };
}

/** `pulls`: from registries, into the store of images. */
export function openRunc(
  { network, ...rest }: RuncConfig,
  { pulls = false }: { pulls?: boolean } = {},
): Promise<Runtime> {
  const images = openImageStore(rest.imageRoot);
  return createRuncRuntime({
    ...rest,
    network: createBridgeNetwork(network),
    ...(pulls && { pullImage: (ref, options) => pullImage(images, ref, options) }),
  });
}

async function main(config: KubeletProcessConfig): Promise<void> {
  const { nodeName, rootDir, server, ca, cert, key } = config;
  const kubelet = createKubelet({
    nodeName,
    rootDir,
    client: createClient(httpsTransport({ server, ca, cert, key })),
    runtime: await openRunc(config.runtime),
    nodeIP: '127.0.0.1',
    cgroupRoot: config.runtime.cgroupRoot,
    log: pino({ level: process.env['MKUBE_TEST_LOG'] ?? 'silent' }),
  });
  await kubelet.run(new AbortController().signal);
}

const [, , argument] = process.argv;
if (argument?.startsWith('{')) void main(JSON.parse(argument) as KubeletProcessConfig);
