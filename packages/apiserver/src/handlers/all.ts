/** The handler of a request by its verb, its subresource, and what the definition serves. */
import type { Subresource } from '@mkube/apimachinery';
import type { Handler, ResourceContext } from '../context.ts';
import type { KindHooks } from '../kinds/hooks.ts';
import { create } from './create.ts';
import { deleteCollection } from './delete-collection.ts';
import { deleteOne } from './delete.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { patch } from './patch.ts';
import { scale } from './scale.ts';
import { update } from './update.ts';
import { watch } from './watch.ts';

const HANDLERS: Readonly<Record<string, Handler>> = {
  create,
  delete: deleteOne,
  deletecollection: deleteCollection,
  get,
  list,
  patch,
  update,
  watch,
};

/** Verbs that subresources of the kind itself (status, and those without a file of their own) answer as the main one. */
const OBJECT_VERBS = new Set(['get', 'patch', 'update']);

export function handlerOf({ definition, info, hooks }: ResourceContext): Handler | undefined {
  const { verb, subresource, name } = info;
  if (subresource) {
    if (subresource === 'scale' && definition.strategy.scale) return OBJECT_VERBS.has(verb) ? scale : undefined;
    const own = hooks.subresources?.[subresource];
    const served = definition.subresources[subresource];
    if (own) return served && takes(served, verb) ? own : undefined;
    const ofKind = served?.kind === definition.kind && OBJECT_VERBS.has(verb) && served.verbs.includes(verb);
    return ofKind ? HANDLERS[verb] : undefined;
  }
  if (!(definition.verbs as readonly string[]).includes(verb)) return undefined;
  // POST goes to the collection, PUT and PATCH to an object.
  if ((verb === 'create' && name) || ((verb === 'update' || verb === 'patch') && !name)) return undefined;
  return own(hooks, verb) ?? pick(verb);
}

const own = (hooks: KindHooks, verb: string): Handler | undefined =>
  verb === 'get' || verb === 'list' ? hooks[verb] : undefined;

/** Connections pass on what Kubernetes has no verb for. */
const takes = ({ verbs }: Subresource, verb: string): boolean =>
  verbs.includes(verb) || (verb === 'options' && verbs.includes('delete'));

const pick = (verb: string): Handler | undefined => (Object.hasOwn(HANDLERS, verb) ? HANDLERS[verb] : undefined);
