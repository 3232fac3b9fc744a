export * from './runtime.ts';
export { createFakeRuntime, type FakeRuntime, type FakeRuntimeOptions } from './fake/runtime.ts';
export { createFakeEngine, type FakeEngine, type FakeEngineOptions } from './fake/engine.ts';
export { runFakeShell, type FakeProcess, type FakeProgram } from './fake/shell.ts';
export { createLogEncoder, type LogEncoder, type LogStream } from './logs.ts';
export { openArchiveStore, type ArchiveStore } from './images/archive-store.ts';
export { openImageStore, type ImageStore, type StoredImage } from './images/store.ts';
export { buildImageArchive, buildTar, type BuildOptions, type ImageConfig, type ImageFile } from './images/build.ts';
export { formatReference, normalizeReference, parseReference, type ImageReference } from './images/reference.ts';
export { readJson, writeFileAtomic } from './atomic-file.ts';
export { diskUsage, type DiskUsage } from './disk-usage.ts';
export { takeFileLock } from './file-lock.ts';
export { tryWatch } from './try-watch.ts';
export { timerMs } from './timer-ms.ts';
export { createExec, type Exec } from './exec.ts';
export { mountPoints, mountsUnder } from './mount-table.ts';
export { createRuncRuntime, type RuncOptions } from './runc/runtime.ts';
export { createBridgeNetwork, removeBridgeNetwork } from './network/bridge-network.ts';
export type { AttachRequest, NetworkOptions, PodNetwork } from './network/network.ts';
export { findBusybox, readBusyboxFiles } from './images/busybox.ts';
export { clearRuncRoot } from './runc/clear.ts';
export { createProcessRuntime, type ProcessImage, type ProcessOptions } from './process/runtime.ts';
export { supervise, type SupervisorJob } from './process/supervisor.ts';
export { pullImage, type PullOptions } from './images/registry/pull.ts';
export type { RegistryOptions } from './images/registry/registry-client.ts';
export { pullThrough, servePulls, type PullService } from './images/registry/pull-service.ts';
export { createCriRuntime, type CriOptions } from './cri/runtime.ts';
export { withArchivedImages, type ArchivedImagesOptions } from './cri/archived-images.ts';
export { clearContainerd } from './cri/clear-containerd.ts';
export { findCniPlugins } from './cri/containerd-config.ts';
export { startContainerd, type Containerd, type ContainerdOptions } from './cri/containerd.ts';
export { createDockerRuntime, type DockerOptions } from './docker/runtime.ts';
export {
  ensureDockerNetwork,
  removeByDocker,
  startDockerGateway,
  type DockerNetworkOptions,
} from './docker/docker-network.ts';
export { clearDocker, type ClearDockerOptions } from './docker/clear-docker.ts';
export { openDockerImages, type DockerImages, type DockerBuild } from './docker/docker-images.ts';
export { openCriImages, type CriImages } from './cri/cri-images.ts';
export { whyNoDocker, whyNoDockerNetwork } from './docker/why-no-docker.ts';
export { clearCri, type ClearCriOptions } from './cri/clear-cri.ts';
export { packContext } from './images/build-context.ts';
