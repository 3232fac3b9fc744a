/** ComponentStatus, long deprecated: made up when read. What answers at all has a store that works; nothing else is looked at. */
import type { ComponentStatus } from '@mkube/api';
import { type KubernetesObject, notFound } from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import { respondList } from '../encode/list.ts';
import { respondObject } from '../encode/respond.ts';
import { renderingOf } from '../handlers/rendering.ts';
import { parseSelection } from '../request/selection.ts';
import { Entry } from '../storage/entry.ts';
import type { KindHooks } from './hooks.ts';

const STORE = {
  kind: 'ComponentStatus',
  apiVersion: 'v1',
  metadata: { name: 'etcd-0' },
  conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
} as unknown as ComponentStatus & KubernetesObject;

const AT = { key: '', namespace: '', name: STORE.metadata.name, revision: 0, createRevision: 0 };

export const componentStatusHooks: KindHooks = {
  async get(context) {
    const { info, definition, storage } = context;
    await storage.caches.fresh();
    if (info.name !== STORE.metadata.name) throw notFound(definition, info.name);
    return respondObject(STORE, 200, renderingOf(context));
  },
  async list(context) {
    const rendering = renderingOf(context, { list: true });
    const selection = selectionOf(context);
    await context.storage.caches.fresh();
    return respondList(selection.matches(Entry.ofObject(STORE, AT)) ? [STORE] : [], {}, rendering);
  },
};

const selectionOf = ({ request, definition, info }: ResourceContext) =>
  parseSelection(request.query, definition, info.name);
