import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { likeTick } from './tick-shape.ts';

const skip = process.version.startsWith('v20.') ? false : 'another Node makes them otherwise';

/** In a process that has called nothing later: what is kept comes before all that it is to be like. */
const COMPARE = `
const { AsyncResource, createHook } = require('node:async_hooks');
const made = [];
const hook = createHook({ init: (id, type, trigger, resource) => type === 'TickObject' && made.push(resource) });
const kept = (${String(likeTick)})();
hook.enable();
process.nextTick(() => undefined);
hook.disable();
const other = { callback: () => undefined, args: undefined };
process.stdout.write([kept, other].map((one) => %HaveSameMap(one, made[0])).join());
`;

test('V8 cannot tell what is kept from what nextTick makes', { skip }, () => {
  const told = execFileSync(process.execPath, ['--allow-natives-syntax', '-e', COMPARE], { encoding: 'utf8' });
  assert.equal(told, 'true,false');
});
