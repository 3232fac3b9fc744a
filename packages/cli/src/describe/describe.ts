/** Which kinds have a description of their own; every other is described by its fields. */
import type { KubernetesObject } from '@mkube/apimachinery';
import type { Rest } from '../rest.ts';
import type { Writer } from './writer.ts';

export interface DescribeInput {
  object: KubernetesObject;
  rest: Rest;
  w: Writer;
  now: Date;
  showEvents: boolean;
}

/** Written to `w`; nothing else comes back. */
export type Description = void;

export type Describer = (input: DescribeInput) => Promise<Description>;

/** By 'Kind' or 'Kind.group'; loaded when needed. */
export const describers: Readonly<Record<string, () => Promise<Describer>>> = {
  Pod: async () => (await import('./pod.ts')).describePod,
  Node: async () => (await import('./node.ts')).describeNode,
  'Deployment.apps': async () => (await import('./deployment.ts')).describeDeployment,
};

export const describeAny = async (): Promise<Describer> => (await import('./any.ts')).describeAny;
