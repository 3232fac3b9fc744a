/**
 * What a command line says of resources: 'pods', 'pod/x deploy/y', 'pods,svc', 'pod a b', '-f file', by kubectl's rules and words.
 * Decides only; what is found is fetched by the command.
 */
import { CommandError } from './io.ts';
import type { Mapping, ResourceMapper } from './mapper.ts';

export interface Target {
  mapping: Mapping;
  /** Undefined: the whole collection. */
  name?: string;
}

export interface Targets {
  targets: Target[];
  /** One object was asked for by name: not a list, errors count. */
  single: boolean;
  /** Printed names carry their kind. */
  manyKinds: boolean;
}

export async function parseTargets(args: readonly string[], mapper: ResourceMapper, verb: string): Promise<Targets> {
  const [first, ...names] = args;
  if (first === undefined)
    throw new CommandError(
      `You must specify the type of resource to ${verb}. Use "mkube api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse "mkube explain <resource>" for a detailed description of that resource (e.g. mkube explain pods).\nSee 'mkube ${verb} -h' for help and examples`,
    );
  if (args.some((a) => a.includes('/'))) return slashForm(args, mapper);
  const mappings = (
    await Promise.all(
      first
        .split(',')
        .filter(Boolean)
        .map((word) => mappingsOf(word, mapper)),
    )
  ).flat();
  const unique = mappings.filter(
    (m, i) => mappings.findIndex((o) => o.resource === m.resource && o.group === m.group) === i,
  );
  const targets =
    names.length === 0
      ? unique.map((mapping) => ({ mapping }))
      : unique.flatMap((mapping) => names.map((name) => ({ mapping, name })));
  return { targets, single: names.length === 1 && unique.length === 1, manyKinds: unique.length > 1 };
}

async function slashForm(args: readonly string[], mapper: ResourceMapper): Promise<Targets> {
  const targets: Target[] = [];
  for (const arg of args) {
    const parts = arg.split('/');
    if (parts.length === 1)
      throw new CommandError(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'mkube get resource/<resource_name>' instead of 'mkube get resource resource/<resource_name>'",
      );
    const [word = '', name = ''] = parts;
    if (parts.length > 2 || !word || !name)
      throw new CommandError('arguments in resource/name form must have a single resource and name');
    for (const one of word.split(',')) targets.push({ mapping: await mapper.byName(one), name });
  }
  const kinds = new Set(targets.map((t) => `${t.mapping.resource}.${t.mapping.group}`));
  return { targets, single: targets.length === 1, manyKinds: kinds.size > 1 };
}

async function mappingsOf(word: string, mapper: ResourceMapper): Promise<Mapping[]> {
  try {
    return [await mapper.byName(word)];
  } catch (error) {
    const category = await mapper.byCategory(word);
    if (category) return category;
    throw error;
  }
}
