/**
 * What was found out about a user's requests, by user and by what they ask (all but the object's name): for those who decide
 * the same again and again. Users are known as objects, which authentication hands out again for the same token or
 * connection, and so is what the same URL asks. Bounded; whoever decides throws it away when the rules change.
 */
import { type RequestInfo, scopeOf } from '../request/info.ts';
import type { User } from '../request/request.ts';

const MOST = 1000;

export class PerUser<T> {
  readonly #users = new WeakMap<User, Map<string, T>>();
  /** The same text each time, whose hash is known. */
  readonly #scopes = new WeakMap<RequestInfo, string>();

  get(user: User, info: RequestInfo): T | undefined {
    return this.#users.get(user)?.get(this.#scopeOf(info));
  }

  set(user: User, info: RequestInfo, found: T): void {
    let known = this.#users.get(user);
    if (!known) this.#users.set(user, (known = new Map()));
    if (known.size >= MOST) known.clear();
    known.set(this.#scopeOf(info), found);
  }

  #scopeOf(info: RequestInfo): string {
    let scope = this.#scopes.get(info);
    if (scope === undefined) this.#scopes.set(info, (scope = scopeOf(info)));
    return scope;
  }
}
