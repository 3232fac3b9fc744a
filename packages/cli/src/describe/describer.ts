/** What describes a kind: it writes text, section by section. */
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
