/** What an informer's cache keeps of an object: a way to it. Where the server is elsewhere, that is the object itself. */
import type { KubernetesObject } from '@mkube/apimachinery';
import type { Held } from '../transport.ts';
import { deepFreeze } from './deep-freeze.ts';

/** An object that is kept as it is. */
export class Kept<T extends KubernetesObject> implements Held<T> {
  readonly #object: T;

  constructor(object: T) {
    this.#object = object;
  }

  get namespace(): string {
    return this.#object.metadata.namespace ?? '';
  }

  get name(): string {
    return this.#object.metadata.name;
  }

  get resourceVersion(): string {
    return this.#object.metadata.resourceVersion;
  }

  read(): T {
    return this.#object;
  }
}

/** Of tests: whoever changes the object throws, also where it is shared with the server. */
export class Frozen<T> implements Held<T> {
  readonly #held: Held<T>;

  constructor(held: Held<T>) {
    this.#held = held;
  }

  get namespace(): string {
    return this.#held.namespace;
  }

  get name(): string {
    return this.#held.name;
  }

  get resourceVersion(): string {
    return this.#held.resourceVersion;
  }

  read(): T {
    return deepFreeze(this.#held.read());
  }
}
