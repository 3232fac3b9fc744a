/** What the generators of `create` share: one NAME, the flags of sending, and an object made of them. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { type AnyCommand, defineCommand, type Flags, type Invocation } from './command.ts';
import { CommandError } from './io.ts';
import { createObject, type SubmitFlags, submitFlags } from './submit.ts';

interface Generator<T extends Flags> {
  /** 'role' */
  name: string;
  /** After 'NAME'. */
  usage?: string;
  summary: string;
  examples?: string;
  flags: T;
  /** Flags that must be given, said before anything else. */
  required?: readonly (keyof T & string)[];
  /** Said before the server's refusal. */
  failure?: string;
  make(name: string, invocation: Invocation<T>): object | Promise<object>;
}

export function createCommand<const T extends Flags>(generator: Generator<T>): AnyCommand {
  const { name, usage, summary, examples, flags, required = [], failure } = generator;
  return defineCommand({
    name,
    usage: `NAME${usage ? ` ${usage}` : ''} [--dry-run=server|client|none]`,
    summary,
    ...(examples && { examples }),
    flags: { ...submitFlags, ...flags } as Flags,
    async run(invocation) {
      const { args, io, session, path } = invocation;
      const given = invocation.flags as unknown as SubmitFlags;
      checkRequired(required, invocation.flags);
      const object = (await generator.make(oneName(args, path), invocation as never)) as KubernetesObject;
      await createObject({ object, flags: given, io, session, generated: failure === undefined ? {} : { failure } });
    },
  });
}

function checkRequired(required: readonly string[], flags: Record<string, unknown>): void {
  const missing = required.filter((f) => flags[f] === undefined || (Array.isArray(flags[f]) && flags[f].length === 0));
  if (missing.length > 0) throw new CommandError(`required flag(s) ${missing.map((f) => `"${f}"`).join(', ')} not set`);
}

function oneName(args: readonly string[], path: string): string {
  const [name] = args;
  if (name === undefined || args.length > 1)
    throw new CommandError(`exactly one NAME is required, got ${args.length}\nSee '${path} -h' for help and examples`);
  return name;
}

/** '--verb=get,list --verb=watch', each word once. */
export const wordsOf = (values: readonly string[]): string[] => [
  ...new Set(values.flatMap((v) => v.split(',')).filter(Boolean)),
];
