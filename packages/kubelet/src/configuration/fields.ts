/** The fields of a KubeletConfiguration that this kubelet acts on, each with its way into the options. Pure. */
import { parseDuration, parseQuantity, valueOf } from '@mkube/apimachinery';
import { SIGNALS, type Thresholds } from '../eviction/pressure.ts';
import { VERIFICATION_POLICIES } from '../images/pull-records.ts';
import type { KubeletOptions } from '../options.ts';

/** Gives the options that a field's value stands for; throws what is wrong with it. */
export type Field = (value: unknown) => Partial<KubeletOptions>;

export const FIELDS: Readonly<Record<string, Field>> = {
  allowedUnsafeSysctls: (value) => ({ allowedUnsafeSysctls: texts(value) }),
  clusterDNS: (value) => ({ clusterDns: texts(value) }),
  clusterDomain: (value) => ({ clusterDomain: text(value) }),
  containerLogMaxFiles: (value) => ({ containerLogMaxFiles: count(value) }),
  containerLogMaxSize: (value) => ({ containerLogMaxBytes: valueOf(text(value)) }),
  enableSystemLogHandler: (value) => (flag(value) ? {} : { systemLogs: '' }),
  enforceNodeAllocatable: (value) => ({ enforceNodeAllocatable: texts(value).includes('pods') }),
  evictionHard: (value) => ({ evictionHard: thresholds(value) }),
  evictionMaxPodGracePeriod: (value) => ({ evictionMaxPodGraceSeconds: count(value) }),
  evictionMinimumReclaim: (value) => ({ evictionMinimumReclaim: thresholds(value) }),
  evictionPressureTransitionPeriod: (value) => ({ evictionPressureTransitionSeconds: seconds(value) }),
  evictionSoft: (value) => ({ evictionSoft: thresholds(value) }),
  evictionSoftGracePeriod: (value) => ({
    evictionSoftGracePeriodSeconds: Object.fromEntries(
      Object.entries(signals(value)).map(([signal, period]) => [signal, seconds(period)]),
    ),
  }),
  imageGCHighThresholdPercent: (value) => ({ imageGcHighThresholdPercent: count(value) }),
  imageGCLowThresholdPercent: (value) => ({ imageGcLowThresholdPercent: count(value) }),
  imageMaximumGCAge: (value) => ({ imageMaximumGcAgeSeconds: seconds(value) }),
  imageMinimumGCAge: (value) => ({ imageMinimumGcAgeSeconds: seconds(value) }),
  imagePullCredentialsVerificationPolicy: (value) => ({
    imagePullCredentialsVerificationPolicy: oneOf(VERIFICATION_POLICIES, value),
  }),
  kubeReserved: (value) => ({ kubeReserved: amounts(value) }),
  maxPods: (value) => ({ maxPods: count(value) }),
  nodeStatusReportFrequency: (value) => ({ nodeStatusReportSeconds: seconds(value) }),
  nodeStatusUpdateFrequency: (value) => ({ nodeStatusUpdateSeconds: seconds(value) }),
  podPidsLimit: (value) => ({ podPidsLimit: integer(value) }),
  preloadedImagesVerificationAllowlist: (value) => ({ preloadedImagesVerificationAllowlist: texts(value) }),
  resolvConf: (value) => ({ resolvConf: text(value) }),
  seccompDefault: (value) => ({ seccompDefault: flag(value) }),
  // both come together in validation.ts, as each needs the other
  shutdownGracePeriod: (value) => (seconds(value), {}),
  shutdownGracePeriodCriticalPods: (value) => (seconds(value), {}),
  shutdownGracePeriodByPodPriority: (value) => ({
    shutdownGrace: list(value).map((entry) => {
      const { priority, shutdownGracePeriodSeconds } = map(entry);
      return { priority: integer(priority), seconds: count(shutdownGracePeriodSeconds) };
    }),
  }),
  singleProcessOOMKill: (value) => ({ singleProcessOomKill: flag(value) }),
  staticPodPath: (value) => ({ staticPodPath: text(value) }),
  syncFrequency: (value) => ({ syncPeriodSeconds: seconds(value) }),
  systemReserved: (value) => ({ systemReserved: amounts(value) }),
};

export const seconds = (value: unknown): number => {
  const nanos = typeof value === 'string' ? parseDuration(value) : undefined;
  if (nanos === undefined || nanos < 0n) throw new Error(`${JSON.stringify(value)} is not a duration like "1m30s"`);
  return Number(nanos) / 1e9;
};

function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`${JSON.stringify(value)} is not a text`);
  return value;
}

function oneOf<T extends string>(known: readonly T[], value: unknown): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new Error(`${JSON.stringify(value)} is none of ${known.join(', ')}`);
  return found;
}

function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Error(`${JSON.stringify(value)} is neither true nor false`);
  return value;
}

function integer(value: unknown): number {
  if (!Number.isInteger(value)) throw new Error(`${JSON.stringify(value)} is not an integer`);
  return value as number;
}

function count(value: unknown): number {
  if (integer(value) < 0) throw new Error(`${String(value)} is less than 0`);
  return value as number;
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('it has to be a list');
  return value;
}

const texts = (value: unknown): string[] => list(value).map(text);

function map(value: unknown): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('it has to be a map');
  return value as Record<string, unknown>;
}

function amounts(value: unknown): Record<string, string> {
  const entries = Object.entries(map(value)).map(([name, quantity]) => [name, text(quantity)] as const);
  for (const [, quantity] of entries) parseQuantity(quantity);
  return Object.fromEntries(entries);
}

function signals(value: unknown): Record<string, unknown> {
  const given = map(value);
  for (const signal of Object.keys(given)) {
    if (!(SIGNALS as string[]).includes(signal)) {
      throw new Error(`unsupported eviction signal ${signal}; there are ${SIGNALS.join(', ')}`);
    }
  }
  return given;
}

function thresholds(value: unknown): Thresholds {
  const entries = Object.entries(signals(value)).map(([signal, quantity]) => [signal, text(quantity)] as const);
  for (const [signal, quantity] of entries) {
    if (!/^\d+(\.\d+)?%$/.test(quantity)) parseQuantity(quantity);
    else if (Number(quantity.slice(0, -1)) > 100)
      throw new Error(`eviction percentage threshold ${signal} must be <= 100%: ${quantity}`);
  }
  return Object.fromEntries(entries);
}
