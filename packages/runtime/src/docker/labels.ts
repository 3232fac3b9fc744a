/**
 * What the driver writes on Docker's containers to know them again: whose they are, what they are, and the config they were
 * made with. Docker keeps it, so the driver needs no files of its own.
 */
import type { ContainerConfig, SandboxConfig } from '../runtime.ts';

export const SCOPE = 'mkube.scope';
const KIND = 'mkube.kind';
const CONFIG = 'mkube.config';
const SANDBOX = 'mkube.sandbox';

export const ofScope = (scope: string): string => JSON.stringify({ label: [`${SCOPE}=${scope}`] });

export function sandboxLabels(scope: string, config: SandboxConfig): Record<string, string> {
  return { [SCOPE]: scope, [KIND]: 'sandbox', [CONFIG]: JSON.stringify(config) };
}

export function containerLabels(scope: string, sandboxId: string, config: ContainerConfig): Record<string, string> {
  return { [SCOPE]: scope, [KIND]: 'container', [SANDBOX]: sandboxId, [CONFIG]: JSON.stringify(config) };
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
