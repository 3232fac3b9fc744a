/** The hub of each resource that is watched, made at its first watcher; one timer sends everybody's bookmarks. */
import type { ResourceIdentity } from '@mkube/apimachinery';
import { fieldsOf } from '../request/selection.ts';
import { Hub } from './hub.ts';
import type { Resource } from './resources.ts';
import { objectOf } from '../encode/views.ts';

const BOOKMARK_EVERY = 60_000;

export class Hubs {
  readonly #hubs = new Map<string, Hub>();
  readonly #timer: NodeJS.Timeout;
  #ended = false;

  constructor() {
    this.#timer = setInterval(() => this.#bookmarks(), BOOKMARK_EVERY);
    this.#timer.unref();
  }

  of({ definition, storage }: Resource): Hub {
    const key = `${definition.group}/${definition.version}/${definition.resource}`;
    let hub = this.#hubs.get(key);
    if (!hub) {
      const { caches, cache } = storage;
      hub = new Hub({ caches, cache, fieldsOf: (entry) => fieldsOf(objectOf(entry, definition), definition) });
      this.#hubs.set(key, hub);
    }
    return hub;
  }

  /** Ends the watches of a resource that is no longer what they were promised. */
  drop({ group, version, resource }: ResourceIdentity): void {
    const key = `${group}/${version}/${resource}`;
    this.#hubs.get(key)?.close();
    this.#hubs.delete(key);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Of each resource that has been watched, by 'group/version/resource'. */
  *counts(): Generator<{ resource: ResourceIdentity; watchers: number; sent: number }> {
    for (const [key, { watchers, sent }] of this.#hubs) {
      const [group = '', version = '', resource = ''] = key.split('/');
      yield { resource: { group, version, resource }, watchers, sent };
    }
  }

  /** Ends all watches with a last bookmark. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#timer);
    for (const hub of this.#hubs.values()) hub.end();
  }

  #bookmarks(): void {
    for (const hub of this.#hubs.values()) hub.bookmarks();
  }
}
