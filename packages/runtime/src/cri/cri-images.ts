/** Images of an engine behind a CRI socket, for who has no driver at hand. CRI itself loads no archives: containerd's ctr does. */
import { createExec, runOrThrow, type Exec } from '../exec.ts';
import { repackArchive } from '../images/repack.ts';
import type { ImageStore } from '../images/store.ts';
import { RuntimeError, type Image } from '../runtime.ts';
import { openCriClient } from './client.ts';
import { fromCriImage } from './mapping.ts';

export interface CriImages {
  load: ImageStore['load'];
  list(): Promise<Image[]>;
  close(): Promise<void>;
}

/** `tmp` is a folder for archives on their way. */
export async function openCriImages(options: { socketPath: string; tmp: string; exec?: Exec }): Promise<CriImages> {
  const { socketPath, tmp, exec = createExec() } = options;
  const client = await openCriClient(socketPath);
  return {
    list: async () => (await client.call('ListImages', {})).images.map(fromCriImage),
    async load(archive, more = {}) {
      const { runtimeName } = await client.call('Version', { version: 'v1' });
      if (runtimeName !== 'containerd')
        throw new RuntimeError(
          'Unsupported',
          `${runtimeName} takes no archives by CRI: load it with the engine's own tool`,
        );
      return repackArchive(archive, { ...more, tmp, bring: (file) => importImage(exec, socketPath, file) });
    },
    close: () => client.close(),
  };
}

/** Into the namespace of containerd in which CRI looks. */
export async function importImage(exec: Exec, socketPath: string, archive: string): Promise<void> {
  await runOrThrow(exec, ['ctr', '--address', socketPath, '--namespace', 'k8s.io', 'images', 'import', archive]);
}
