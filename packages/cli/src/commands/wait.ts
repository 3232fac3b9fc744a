/** kubectl wait: for a condition, a JSONPath value, creation or deletion. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { bool, defineCommand, text, textOr } from '../command.ts';
import { fileFlags } from '../files.ts';
import { CommandError } from '../io.ts';
import { nameOf, pathOf } from '../mapper.ts';
import { findByPath } from '../printers/jsonpath.ts';
import { selectByCommandLine } from '../select.ts';
import { durationMillis } from '../session.ts';
import { followObject } from '../follow-object.ts';

type Test = (object: KubernetesObject | undefined) => boolean;

export const command = defineCommand({
  name: 'wait',
  usage:
    "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  summary: 'Wait for a specific condition on one or many resources.',
  examples: '  mkube wait --for=condition=Ready pod/hello\n  mkube wait --for=delete pod/hello --timeout=60s',
  flags: {
    ...fileFlags,
    for: text(
      "The condition to wait on: [create|delete|condition=condition-name[=condition-value]|jsonpath='{JSONPath expression}'=[JSONPath value]].",
    ),
    timeout: textOr(
      '30s',
      "The length of time to wait before giving up.  Zero means check once and don't wait, negative means wait for a week.",
    ),
    selector: text('Selector (label query) to filter on.', { short: 'l' }),
    'field-selector': text('Selector (field query) to filter on.'),
    all: bool('Select all resources in the namespace of the specified resource types'),
    'all-namespaces': bool('If present, list the requested object(s) across all namespaces.', { short: 'A' }),
    output: text('Output format. One of: (name).', { short: 'o' }),
  },
  async run({ args, flags, io, session }) {
    if (!flags.for) throw new CommandError('condition not specified: use --for');
    const condition = parseCondition(flags.for);
    const limit = flags.timeout.startsWith('-') ? 7 * 24 * 3600 * 1000 : durationMillis(flags.timeout);
    const signal = AbortSignal.any([io.signal, AbortSignal.timeout(limit)]);
    const rest = await session.rest();
    const selected = await selectByCommandLine({ args, flags, io, session, verb: 'wait' });
    if (selected.length === 0 && flags.for !== 'delete') throw new CommandError('no matching resources found');
    for (const target of selected) {
      const found = await followObject({
        rest,
        path: pathOf(target.mapping, target.namespace),
        name: target.name,
        signal,
        done: condition.test,
        mayBeMissing: condition.mayBeMissing,
      });
      if (!found)
        throw new CommandError(
          `timed out waiting for the condition on ${target.mapping.resource}${target.mapping.group ? `.${target.mapping.group}` : ''}/${target.name}`,
        );
      io.out(
        flags.output === 'name'
          ? `${nameOf(target.mapping, target.name)}\n`
          : `${nameOf(target.mapping, target.name)} condition met\n`,
      );
    }
  },
});

function parseCondition(text: string): { test: Test; mayBeMissing: boolean } {
  if (text.toLowerCase() === 'delete') return { test: (o) => o === undefined, mayBeMissing: true };
  if (text.toLowerCase() === 'create') return { test: (o) => o !== undefined, mayBeMissing: true };
  if (text.startsWith('condition=')) {
    const [type = '', status = 'true'] = text.slice('condition='.length).split('=');
    return { test: (o) => hasCondition(o, type, status), mayBeMissing: false };
  }
  if (text.startsWith('jsonpath=')) {
    const match = /^jsonpath=(['"]?)(\{.*\})\1(?:=(.*))?$/s.exec(text);
    if (!match?.[2])
      throw new CommandError(
        `jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'`,
      );
    const [path, value] = [match[2], match[3]?.replace(/^(['"])(.*)\1$/, '$2')];
    return {
      test: (o) =>
        findByPath(path, o).some((found) =>
          value === undefined ? found !== undefined && found !== null : String(found as string) === value,
        ),
      mayBeMissing: false,
    };
  }
  throw new CommandError(`unrecognized condition: "${text}"`);
}

function hasCondition(object: KubernetesObject | undefined, type: string, status: string): boolean {
  const { status: state, metadata } = (object ?? {}) as KubernetesObject & {
    status?: {
      observedGeneration?: number;
      conditions?: { type: string; status: string; observedGeneration?: number }[];
    };
  };
  const found = state?.conditions?.find((c) => c.type.toLowerCase() === type.toLowerCase());
  if (!found || found.status.toLowerCase() !== status.toLowerCase()) return false;
  const observed = found.observedGeneration ?? state?.observedGeneration;
  return observed === undefined || metadata.generation === undefined || observed >= metadata.generation;
}
