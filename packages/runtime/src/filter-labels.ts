/** Whether an object's labels hold all that a list filter names. */
import type { Labels } from './runtime.ts';

export function matchesLabels(labels: Labels, wanted: Labels = {}): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value);
}
