/**
 * What the driver writes on Docker's containers to know them again: whose they are, what they are, and the config they were
 * made with. Docker keeps it, so the driver needs no files of its own.
 */
import type { ContainerConfig, SandboxConfig } from '../runtime.ts';

/** Cluster and node: they stand on all that a driver makes. */
export interface Scope {
  cluster: string;
  node: string;
}

const CLUSTER = 'mkube.cluster';
const NODE = 'mkube.node';
const KIND = 'mkube.kind';
const CONFIG = 'mkube.config';
const SANDBOX = 'mkube.sandbox';

/** A filter of Docker's lists; without a node those of all its nodes. */
export const ofScope = ({ cluster, node }: { cluster: string; node?: string }): { label: string[] } => ({
  label: [`${CLUSTER}=${cluster}`, ...(node === undefined ? [] : [`${NODE}=${node}`])],
});

export const clusterLabels = (cluster: string): Record<string, string> => ({ [CLUSTER]: cluster });

export const isInScope = (labels: Record<string, string>, { cluster, node }: Scope): boolean =>
  labels[CLUSTER] === cluster && labels[NODE] === node;

const scopeLabels = ({ cluster, node }: Scope): Record<string, string> => ({ [CLUSTER]: cluster, [NODE]: node });

export function sandboxLabels(scope: Scope, config: SandboxConfig): Record<string, string> {
  return { ...scopeLabels(scope), [KIND]: 'sandbox', [CONFIG]: JSON.stringify(config) };
}

export function containerLabels(scope: Scope, sandboxId: string, config: ContainerConfig): Record<string, string> {
  return { ...scopeLabels(scope), [KIND]: 'container', [SANDBOX]: sandboxId, [CONFIG]: JSON.stringify(config) };
}

export function readSandboxLabels(labels: Record<string, string>): SandboxConfig | undefined {
  return labels[KIND] === 'sandbox' ? (JSON.parse(labels[CONFIG] ?? '{}') as SandboxConfig) : undefined;
}

export function readContainerLabels(
  labels: Record<string, string>,
): { sandboxId: string; config: ContainerConfig } | undefined {
  if (labels[KIND] !== 'container') return undefined;
  return { sandboxId: labels[SANDBOX] ?? '', config: JSON.parse(labels[CONFIG] ?? '{}') as ContainerConfig };
}
