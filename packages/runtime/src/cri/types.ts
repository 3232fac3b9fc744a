/** The messages of schema.ts as TypeScript sees them. What is sent may leave fields out; what is read has them all. */
export interface CriSandboxMetadata {
  name: string;
  uid: string;
  namespace: string;
  attempt: number;
}

export interface CriSandbox {
  id: string;
  metadata?: CriSandboxMetadata;
  state: number;
  createdAt: bigint;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** In a status alone. */
  network?: { ip: string; additionalIps: { ip: string }[] };
}

export interface CriContainer {
  id: string;
  podSandboxId: string;
  metadata?: { name: string; attempt: number };
  image?: { image: string };
  imageRef: string;
  state: number;
  createdAt: bigint;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface CriResources {
  cpuPeriod?: number;
  cpuQuota?: number;
  cpuShares?: number;
  memoryLimitInBytes?: number;
  oomScoreAdj?: number;
  hugepageLimits?: { pageSize: string; limit: number }[];
  unified?: Record<string, string>;
  memorySwapLimitInBytes?: number;
}

export interface CriContainerStatus extends Omit<CriContainer, 'podSandboxId'> {
  startedAt: bigint;
  finishedAt: bigint;
  exitCode: number;
  reason: string;
  message: string;
  logPath: string;
  resources?: { linux?: CriResources };
}

export interface CriImage {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  size: number;
  uid?: { value: number };
  username: string;
  pinned: boolean;
}

export interface CriStats {
  cpu?: { timestamp: bigint; usageCoreNanoSeconds?: { value: bigint } };
  memory?: { workingSetBytes?: { value: number }; usageBytes?: { value: number } };
  writableLayer?: { usedBytes?: { value: number } };
}

export interface CriEvent {
  containerId: string;
  containerEventType: number;
  createdAt: bigint;
  podSandboxStatus?: CriSandbox;
}

/** What each call gives back. */
export interface CriAnswers {
  Version: { runtimeName: string; runtimeVersion: string };
  /** Of CRI since 1.28; 0 is systemd's, 1 the kernel's own files. */
  RuntimeConfig: { linux?: { cgroupDriver: number } };
  Status: { status?: { conditions: { type: string; status: boolean; reason: string; message: string }[] } };
  RunPodSandbox: { podSandboxId: string };
  StopPodSandbox: object;
  RemovePodSandbox: object;
  PodSandboxStatus: { status?: CriSandbox };
  ListPodSandbox: { items: CriSandbox[] };
  CreateContainer: { containerId: string };
  StartContainer: object;
  StopContainer: object;
  RemoveContainer: object;
  ListContainers: { containers: CriContainer[] };
  ContainerStatus: { status?: CriContainerStatus; info: Record<string, string> };
  UpdateContainerResources: object;
  ReopenContainerLog: object;
  ExecSync: { stdout: Buffer; stderr: Buffer; exitCode: number };
  Exec: { url: string };
  Attach: { url: string };
  PortForward: { url: string };
  ContainerStats: { stats?: CriStats };
  ListImages: { images: CriImage[] };
  ImageStatus: { image?: CriImage };
  PullImage: { imageRef: string };
  RemoveImage: object;
  ImageFsInfo: { imageFilesystems: { fsId?: { mountpoint: string }; usedBytes?: { value: number } }[] };
}

export type CriMethod = keyof CriAnswers;
