/** From a command line to named objects: out of files, by name, or as members of a collection (selector, --all). */
import type { KubernetesObject } from '@mkube/apimachinery';
import { allManifests, type FileFlags } from './files.ts';
import { CommandError, type Io } from './io.ts';
import { pathOf } from './mapper.ts';
import { parseTargets, type Target } from './resource-args.ts';
import type { Rest } from './rest.ts';
import type { Session } from './session.ts';

export interface Selection {
  targets: readonly Target[];
  rest: Rest;
  /** Undefined: all namespaces. */
  namespace: string | undefined;
  selector?: string;
  fieldSelector?: string;
  all: boolean;
}

export interface Selected extends Target {
  name: string;
  namespace: string | undefined;
  object?: KubernetesObject;
}

export async function selectObjects({
  targets,
  rest,
  namespace,
  selector,
  fieldSelector,
  all,
}: Selection): Promise<Selected[]> {
  const selected: Selected[] = [];
  for (const { mapping, name } of targets) {
    if (name !== undefined) {
      if (selector) throw new CommandError(`name cannot be provided when a selector is specified`);
      if (all) throw new CommandError("setting 'all' parameter but found a non empty selector or name");
      selected.push({ mapping, name, namespace });
      continue;
    }
    if (!selector && !fieldSelector && !all)
      throw new CommandError(`resource(s) were provided, but no name was specified`);
    const list = await rest.json<{ items: KubernetesObject[] }>({
      path: pathOf(mapping, namespace),
      query: { labelSelector: selector, fieldSelector },
    });
    selected.push(
      ...list.items.map((object) => ({
        mapping,
        name: object.metadata.name,
        namespace: object.metadata.namespace ?? namespace,
        object,
      })),
    );
  }
  return selected;
}

export interface SelectFlags extends Partial<FileFlags> {
  selector?: string;
  'field-selector'?: string;
  all?: boolean;
  'all-namespaces'?: boolean;
}

export interface CommandLine {
  args: readonly string[];
  flags: SelectFlags;
  io: Io;
  session: Session;
  verb: string;
}

/** What -f, TYPE NAME, TYPE/NAME or TYPE -l say. Objects of files come with their content. */
export async function selectByCommandLine({ args, flags, io, session, verb }: CommandLine): Promise<Selected[]> {
  const [rest, mapper] = [await session.rest(), await session.mapper()];
  const namespace = flags['all-namespaces'] ? undefined : await session.namespace();
  const { filename = [], recursive = false, kustomize } = flags;
  if (filename.length > 0 || kustomize)
    return Promise.all(
      (await allManifests({ filename, recursive, kustomize }, io)).map(async ({ object }) => ({
        mapping: await mapper.byKind(object.apiVersion, object.kind),
        name: object.metadata.name,
        namespace: object.metadata.namespace ?? namespace,
        object,
      })),
    );
  const { targets } = await parseTargets(args, mapper, verb);
  const { selector, 'field-selector': fieldSelector, all = false } = flags;
  return selectObjects({
    targets,
    rest,
    namespace,
    all,
    ...(selector !== undefined && { selector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  });
}
