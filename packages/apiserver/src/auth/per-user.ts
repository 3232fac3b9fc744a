/**
 * What was found out about a user's requests, by user and by what they ask: for those who decide the same again and again.
 * Users are known as objects, which authentication hands out again for the same token or connection. Bounded; whoever
 * decides throws it away when the rules change.
 */
import type { User } from '../request/request.ts';

const MOST = 1000;

export class PerUser<T> {
  readonly #users = new WeakMap<User, Map<string, T>>();

  get(user: User, what: string): T | undefined {
    return this.#users.get(user)?.get(what);
  }

  set(user: User, what: string, found: T): void {
    let known = this.#users.get(user);
    if (!known) this.#users.set(user, (known = new Map()));
    if (known.size >= MOST) known.clear();
    known.set(what, found);
  }
}
