/**
 * Events of a watch whose server lives in this process: their objects are shared with it and with everybody else who
 * watches, so nothing is parsed for a watcher alone. An object is made when somebody reads it.
 */
import type { Readable } from 'node:stream';
import { type KubernetesObject, type Status, errorOfStatus } from '@mkube/apimachinery';
import type { WatchEvent } from './client.ts';
import type { Held, SharedEvent } from './transport.ts';

export async function* sharedEventsOf<T extends KubernetesObject>(body: Readable): AsyncGenerator<WatchEvent<T>> {
  for await (const batch of body as AsyncIterable<readonly SharedEvent[]>)
    for (const { type, object } of batch) {
      if (type === 'ERROR') throw errorOfStatus(object.read() as Partial<Status>);
      yield new HeldEvent(type as WatchEvent<T>['type'], object as Held<T>);
    }
}

class HeldEvent<T> implements WatchEvent<T> {
  readonly type: WatchEvent<T>['type'];
  readonly held: Held<T>;

  constructor(type: WatchEvent<T>['type'], held: Held<T>) {
    this.type = type;
    this.held = held;
  }

  get object(): T {
    return this.held.read();
  }
}
