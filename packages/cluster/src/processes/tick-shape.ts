/**
 * V8 forgets the shape of objects when a collection finds none of them alive. Node's notes of what `process.nextTick` is to call live
 * shortly: a process that rested for a while has none at that moment, and `nextTick`, which was compiled for their shape, takes five
 * times as long from then on (50 and 250 ns; a request over HTTPS calls it six times). One object of that shape that stays prevents it.
 */
import { AsyncResource } from 'node:async_hooks';

/** Of Node 20's shape; where another Node makes them otherwise, this keeps nothing that matters and does no harm. */
export function likeTick(): object {
  // known to Node alone, but for the resources of its users, which carry the same
  const [id = Symbol(), trigger = Symbol()] = Object.getOwnPropertySymbols(new AsyncResource('tick'));
  // Node counts them in floating point: fields that had begun with integers would be of another shape
  return { [id]: 0.5, [trigger]: 0.5, callback: () => undefined, args: undefined };
}

/** For the life of the process. */
export const keepTickShape = (): void => {
  Object.defineProperty(process, Symbol('tick'), { value: likeTick() });
};
