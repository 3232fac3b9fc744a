/**
 * Takes away what a containerd of ours left behind when everything of it was killed: as after a power cut, nothing of what ran is
 * there, while images and the records of containers stay. Its processes are dead and its mounts are gone before.
 */
import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { readText } from '../atomic-file.ts';

const CNI_RESULTS = '/var/lib/cni/results';

/** `network` is the name that the CNI network was given, or how it starts. */
export function clearContainerd({ folder, network }: { folder: string; network: string }): void {
  const sandboxes = filesIn(path.join(folder, 'root', 'io.containerd.grpc.v1.cri', 'sandboxes'));
  const tasks = path.join(folder, 'state', 'io.containerd.runtime.v2.task');
  for (const socket of [...shimSockets(tasks), ...socketsOfSandboxes(folder, sandboxes)])
    rmSync(socket, { force: true });
  const ours = filesIn(CNI_RESULTS).filter(
    (name) =>
      name.startsWith(`${network}-`) || sandboxes.some((sandbox) => name.startsWith(`cni-loopback-${sandbox}-`)),
  );
  for (const name of ours) rmSync(path.join(CNI_RESULTS, name), { force: true });
  for (const name of ['state', 'addresses', 'containerd.json'])
    rmSync(path.join(folder, name), { recursive: true, force: true });
}

/** containerd's shims listen in a folder of the whole machine; each task's bundle says where. */
function shimSockets(tasks: string): string[] {
  const bundles = filesIn(tasks).flatMap((namespace) =>
    filesIn(path.join(tasks, namespace)).map((id) => path.join(tasks, namespace, id)),
  );
  return bundles
    .map((bundle) => readText(path.join(bundle, 'address')) ?? '')
    .filter((address) => /^unix:\/\/\/run\/containerd\/s\/[0-9a-f]{64}$/.test(address.trim()))
    .map((address) => address.trim().slice('unix://'.length));
}

/**
 * The same of pods whose bundle is gone already: containerd takes it away when it sees a shim die before itself, and leaves the
 * socket. Its name is a hash of containerd's own address, the namespace and the sandbox's id.
 */
function socketsOfSandboxes(folder: string, sandboxes: readonly string[]): string[] {
  const address = /^\s*address = "([^"]+)"/m.exec(readText(path.join(folder, 'config.toml')) ?? '')?.[1];
  if (address === undefined) return [];
  const hashOf = (id: string): string =>
    createHash('sha256')
      .update(path.join(address, 'k8s.io', id))
      .digest('hex');
  return sandboxes.map((id) => path.join('/run/containerd/s', hashOf(id)));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
