/** Options with every default filled in. Pure. */
import { systemClock } from '@mkube/client';
import type { Thresholds } from './eviction/pressure.ts';
import type { VerificationPolicy } from './images/pull-records.ts';
import type { KubeletOptions, Settings } from './options.ts';
import type { ShutdownGrace } from './shutdown/plan.ts';

const DEFAULTS = {
  port: 10250,
  clusterDns: [] as string[],
  clusterDomain: 'cluster.local',
  nodeLabels: {} as Record<string, string>,
  nodeAnnotations: {} as Record<string, string>,
  clock: systemClock,
  random: Math.random,
  maxPods: 110,
  cgroupRoot: '',
  version: 'v1.35.6',
  resolvConf: '/etc/resolv.conf',
  systemLogs: '/var/log',
  containerLogMaxBytes: 10 * 1024 * 1024,
  containerLogMaxFiles: 5,
  syncPeriodSeconds: 60,
  nodeStatusUpdateSeconds: 10,
  nodeStatusReportSeconds: 300,
  leaseDurationSeconds: 40,
  kubeReserved: {} as Record<string, string>,
  systemReserved: {} as Record<string, string>,
  enforceNodeAllocatable: true,
  podPidsLimit: -1,
  singleProcessOomKill: false,
  evictionSoft: {} as Thresholds,
  evictionSoftGracePeriodSeconds: {} as Record<string, number>,
  evictionMinimumReclaim: {} as Thresholds,
  evictionMaxPodGraceSeconds: 0,
  evictionMonitorSeconds: 10,
  evictionPressureTransitionSeconds: 300,
  imageMinimumGcAgeSeconds: 120,
  imageMaximumGcAgeSeconds: 0,
  imagePullCredentialsVerificationPolicy: 'NeverVerifyPreloadedImages' as VerificationPolicy,
  preloadedImagesVerificationAllowlist: [] as string[],
  shutdownGrace: [] as ShutdownGrace[],
  allowedUnsafeSysctls: [] as string[],
  seccompDefault: false,
  // Disks of people's machines are fuller than servers' ever are: only a truly full one counts.
  imageGcHighThresholdPercent: 98,
  imageGcLowThresholdPercent: 96,
  evictionHard: {
    'memory.available': '100Mi',
    'nodefs.available': '1%',
    'nodefs.inodesFree': '1%',
    'imagefs.available': '1%',
    'pid.available': '1%',
  } as Thresholds,
};

export function settingsOf(options: KubeletOptions): Settings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const own = { hostname: options.nodeName, host: options.nodeIP, mountsMemory: process.getuid?.() === 0 };
  return { ...own, ...options, ...DEFAULTS, ...given } as Settings;
}
