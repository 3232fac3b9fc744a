/** Names of clusters and nodes are DNS labels: they become folders, host names and parts of certificates. */
import { ClusterError } from './cluster-error.ts';

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export function isDnsLabel(text: string): boolean {
  return LABEL.test(text);
}

export function checkName(what: 'cluster' | 'node', name: string): void {
  if (isDnsLabel(name)) return;
  throw new ClusterError(
    `${JSON.stringify(name)} is not a name for a ${what}: use at most 63 lower-case letters, digits and '-', ` +
      `starting and ending with a letter or digit (for example 'my-${what}')`,
  );
}
