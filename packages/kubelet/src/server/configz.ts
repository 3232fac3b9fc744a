/** /configz: the settings that this kubelet goes by, as the KubeletConfiguration that would say the same. Pure. */
import type { Settings } from '../options.ts';

export const configurationOf = (settings: Settings): object => ({
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  ...(settings.staticPodPath !== undefined && { staticPodPath: settings.staticPodPath }),
  syncFrequency: duration(settings.syncPeriodSeconds),
  address: settings.host,
  port: settings.port,
  authentication: {
    x509: {},
    webhook: { enabled: true, cacheTTL: '2m0s' },
    anonymous: { enabled: false },
  },
  authorization: { mode: 'Webhook', webhook: { cacheAuthorizedTTL: '5m0s', cacheUnauthorizedTTL: '30s' } },
  clusterDomain: settings.clusterDomain,
  clusterDNS: settings.clusterDns,
  nodeStatusUpdateFrequency: duration(settings.nodeStatusUpdateSeconds),
  nodeStatusReportFrequency: duration(settings.nodeStatusReportSeconds),
  nodeLeaseDurationSeconds: settings.leaseDurationSeconds,
  cgroupRoot: settings.cgroupRoot,
  maxPods: settings.maxPods,
  ...(settings.podCidr !== undefined && { podCIDR: settings.podCidr }),
  resolvConf: settings.resolvConf,
  imagePullCredentialsVerificationPolicy: settings.imagePullCredentialsVerificationPolicy,
  preloadedImagesVerificationAllowlist: settings.preloadedImagesVerificationAllowlist,
  evictionHard: settings.evictionHard,
  evictionSoft: settings.evictionSoft,
  evictionSoftGracePeriod: durations(settings.evictionSoftGracePeriodSeconds),
  evictionMinimumReclaim: settings.evictionMinimumReclaim,
  evictionMaxPodGracePeriod: settings.evictionMaxPodGraceSeconds,
  evictionPressureTransitionPeriod: duration(settings.evictionPressureTransitionSeconds),
  imageGCHighThresholdPercent: settings.imageGcHighThresholdPercent,
  imageGCLowThresholdPercent: settings.imageGcLowThresholdPercent,
  imageMinimumGCAge: duration(settings.imageMinimumGcAgeSeconds),
  imageMaximumGCAge: duration(settings.imageMaximumGcAgeSeconds),
  kubeReserved: settings.kubeReserved,
  systemReserved: settings.systemReserved,
  enforceNodeAllocatable: settings.enforceNodeAllocatable ? ['pods'] : [],
  podPidsLimit: settings.podPidsLimit,
  singleProcessOOMKill: settings.singleProcessOomKill,
  allowedUnsafeSysctls: settings.allowedUnsafeSysctls,
  seccompDefault: settings.seccompDefault,
  enableSystemLogHandler: settings.systemLogs !== '',
  shutdownGracePeriodByPodPriority: settings.shutdownGrace.map(({ priority, seconds }) => ({
    priority,
    shutdownGracePeriodSeconds: seconds,
  })),
  containerLogMaxSize: `${settings.containerLogMaxBytes / (1024 * 1024)}Mi`,
  containerLogMaxFiles: settings.containerLogMaxFiles,
});

const durations = (all: Partial<Record<string, number>>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).map(([name, seconds]) => [name, duration(seconds ?? 0)]));

/** As Go writes whole seconds: '1m0s', '10s'. */
function duration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
