import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stopSignalOf } from './stop-signal.ts';

describe('the signal that ends a container', () => {
  const cases: [text: string, number: number][] = [
    ['SIGTERM', 15],
    ['QUIT', 3],
    ['sigint', 2],
    ['9', 9],
    ['SIGRTMIN', 34],
    ['SIGRTMIN+3', 37], // systemd in a container
    ['RTMAX-2', 62],
    ['SIGRTMAX+1', 15],
    ['SIGNONE', 15],
    ['0', 15],
    ['', 15],
  ];
  for (const [text, number] of cases)
    it(`is ${number} for ${JSON.stringify(text)}`, () => assert.equal(stopSignalOf(text), number));
});
