/** What of a KubeletConfiguration has to agree with each other, in Kubernetes' words. Pure. */
import { SIGNALS } from '../eviction/pressure.ts';
import type { KubeletOptions } from '../options.ts';
import { graceOf } from '../shutdown/plan.ts';
import { seconds } from './fields.ts';

const HIGH = 'imageGCHighThresholdPercent (--image-gc-high-threshold)';
const LOW = 'imageGCLowThresholdPercent (--image-gc-low-threshold)';

/** Throws for what is wrong; completes `options` with what several fields mean together. */
export function checkConfiguration(fields: Record<string, unknown>, options: Partial<KubeletOptions>): void {
  checkImageGc(options);
  checkSoftThresholds(options);
  checkAllowlist(options);
  const [total, critical] = ['shutdownGracePeriod', 'shutdownGracePeriodCriticalPods'].map((name) =>
    fields[name] === undefined ? 0 : seconds(fields[name]),
  ) as [number, number];
  if (critical > total) refuse(`shutdownGracePeriodCriticalPods ${critical}s must be <= shutdownGracePeriod ${total}s`);
  if (total > 0 && options.shutdownGrace) {
    refuse('Cannot specify both shutdownGracePeriodByPodPriority and shutdownGracePeriod at the same time');
  }
  if (total > 0) options.shutdownGrace = graceOf(total, critical);
}

function checkImageGc({
  imageGcHighThresholdPercent: high,
  imageGcLowThresholdPercent: low,
}: Partial<KubeletOptions>): void {
  for (const [name, percent] of [
    [HIGH, high],
    [LOW, low],
  ] as const) {
    if (percent !== undefined && percent > 100) refuse(`${name} ${percent} must be between 0 and 100, inclusive`);
  }
  if (low !== undefined && high !== undefined && low >= high) refuse(`${LOW} ${low} must be less than ${HIGH} ${high}`);
}

function checkAllowlist(options: Partial<KubeletOptions>): void {
  const { imagePullCredentialsVerificationPolicy: policy, preloadedImagesVerificationAllowlist: list = [] } = options;
  if (list.length > 0 && policy !== 'NeverVerifyAllowlistedImages') {
    refuse(
      'can\'t set `preloadedImagesVerificationAllowlist` if `imagePullCredentialsVertificationPolicy` is not "NeverVerifyAllowlistedImages"',
    );
  }
}

function checkSoftThresholds({
  evictionSoft = {},
  evictionSoftGracePeriodSeconds = {},
}: Partial<KubeletOptions>): void {
  for (const signal of SIGNALS) {
    if (evictionSoft[signal] !== undefined && evictionSoftGracePeriodSeconds[signal] === undefined) {
      refuse(`grace period must be specified for the soft eviction threshold ${signal}`);
    }
  }
}

function refuse(what: string): never {
  throw new Error(`invalid configuration: ${what}`);
}
