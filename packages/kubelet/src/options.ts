/** What createKubelet is given, and the defaults: Kubernetes' own wherever it has one. */
import type { Client, Clock } from '@mkube/client';
import type { Runtime } from '@mkube/runtime';
import type { Logger } from 'pino';
import type { Thresholds } from './eviction/pressure.ts';
import type { VerificationPolicy } from './images/pull-records.ts';
import type { ShutdownGrace } from './shutdown/plan.ts';

export interface KubeletOptions {
  nodeName: string;
  client: Client;
  runtime: Runtime;
  /** Absolute; everything the kubelet keeps is below it. */
  rootDir: string;
  nodeIP: string;
  /** Default: the node's name. */
  hostname?: string;
  /** Of the kubelet's own server; 0: any free one. */
  port?: number;
  /** Address to listen on; default: the node's. */
  host?: string;
  /** PEM. Without it there is no server: a simulated node. */
  tls?: { cert: string; key: string; clientCa: string };
  /** Where a cluster DNS answers. While there is none, ClusterFirst pods resolve as the host does. */
  clusterDns?: string[];
  clusterDomain?: string;
  nodeLabels?: Record<string, string>;
  nodeAnnotations?: Record<string, string>;
  podCidr?: string;
  providerId?: string;
  log: Logger;
  clock?: Clock;
  random?: () => number;
  maxPods?: number;
  /** Path below the cgroup roots, '' for the roots themselves: '/mkube123456/node-1'. */
  cgroupRoot?: string;
  /** 'v1.35.6': what `get nodes` shows. */
  version?: string;
  /** The host's resolver file. */
  resolvConf?: string;
  /** Folder of static pod manifests. */
  staticPodPath?: string;
  /** Full list of the node's pods beside the watch; while the watch is down it is every second. */
  syncPeriodSeconds?: number;
  containerLogMaxBytes?: number;
  containerLogMaxFiles?: number;
  nodeStatusUpdateSeconds?: number;
  nodeStatusReportSeconds?: number;
  leaseDurationSeconds?: number;
  /** Below these a pod is evicted at once: quantities or shares, by Kubernetes' signals. */
  evictionHard?: Thresholds;
  /** Below these a pod is evicted once its grace is over, in seconds by signal. */
  evictionSoft?: Thresholds;
  evictionSoftGracePeriodSeconds?: Partial<Record<string, number>>;
  /** How much more than the threshold has to be free before eviction is over. */
  evictionMinimumReclaim?: Thresholds;
  /** Most that a pod gets to end in when a soft threshold evicts it. */
  evictionMaxPodGraceSeconds?: number;
  /** How often it is looked at what is left on the node. */
  evictionMonitorSeconds?: number;
  /** How long a condition of pressure stays after it was last seen. */
  evictionPressureTransitionSeconds?: number;
  /** Quantities kept from pods: { cpu: '100m', memory: '200Mi' }. */
  kubeReserved?: Record<string, string>;
  systemReserved?: Record<string, string>;
  /** Keep all pods together within the node's allocatable, by their cgroup. */
  enforceNodeAllocatable?: boolean;
  /** Processes per pod; -1: no limit. */
  podPidsLimit?: number;
  /** Out of memory one process of a container ends, and not all of it; heeded on cgroup v2, as on v1 it is always so. */
  singleProcessOomKill?: boolean;
  /** Percent of the image file system at which unused images go, and down to which. */
  imageGcHighThresholdPercent?: number;
  imageGcLowThresholdPercent?: number;
  imageMinimumGcAgeSeconds?: number;
  /** Images that nobody used for so long go whether or not there is need; 0: never. */
  imageMaximumGcAgeSeconds?: number;
  /** Folder that the server shows as the machine's logs; '': none. */
  systemLogs?: string;
  /** Keep secrets and tokens in a tmpfs, and mount subPaths: default: as root. */
  mountsMemory?: boolean;
  /** Which images that are there run only for pods that could pull them. */
  imagePullCredentialsVerificationPolicy?: VerificationPolicy;
  /** With the policy NeverVerifyAllowlistedImages: repositories, or prefixes that end in '/*'. */
  preloadedImagesVerificationAllowlist?: readonly string[];
  /** Folder of what is known of pulls; shared by nodes that share their images. Default: in the node's own. */
  pullRecords?: string;
  /** How long pods have to end when the machine shuts down, by priority; none: it is not waited for them. */
  shutdownGrace?: readonly ShutdownGrace[];
  /** Sysctls that may be set beside the safe ones: names, or prefixes that end in '*'. */
  allowedUnsafeSysctls?: readonly string[];
  /** Containers that say nothing of seccomp run with the runtime's default profile. */
  seccompDefault?: boolean;
}

export type Settings = Required<
  Omit<KubeletOptions, 'tls' | 'podCidr' | 'providerId' | 'staticPodPath' | 'pullRecords'>
> &
  Pick<KubeletOptions, 'tls' | 'podCidr' | 'providerId' | 'staticPodPath' | 'pullRecords'>;
