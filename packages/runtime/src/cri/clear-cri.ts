/** Ends or removes what carries these labels in a CRI engine, whoever made it: for when its kubelet is gone. */
import { RuntimeError, type Labels } from '../runtime.ts';
import { openCriClient, type CriClient } from './client.ts';

export interface ClearCriOptions {
  socketPath: string;
  labels: Labels;
  /** Else their records stay, as after a power cut. */
  remove: boolean;
}

export async function clearCri({ socketPath, labels, remove }: ClearCriOptions): Promise<void> {
  const client = await openCriClient(socketPath);
  try {
    const { items } = await client.call('ListPodSandbox', { filter: { labelSelector: labels } }, { deadline: 5000 });
    await Promise.all(items.map(({ id }) => endSandbox(client, id, remove)));
  } finally {
    await client.close();
  }
}

async function endSandbox(client: CriClient, podSandboxId: string, remove: boolean): Promise<void> {
  const { containers } = await client.call('ListContainers', { filter: { podSandboxId } });
  const stop = ({ id }: { id: string }) => client.call('StopContainer', { containerId: id, timeout: 0 }).catch(gone);
  await Promise.all(containers.map(stop));
  await client.call('StopPodSandbox', { podSandboxId }).catch(gone);
  if (remove) await client.call('RemovePodSandbox', { podSandboxId }).catch(gone);
}

function gone(error: unknown): void {
  if (!(error instanceof RuntimeError && error.code === 'NotFound')) throw error;
}
