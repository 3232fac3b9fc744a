import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attachParser } from './attach-packets.ts';

describe('packets of an attached container', () => {
  const trace =
    '> 2026/01/01 00:00:00.1  length=3 from=0 to=2\n 61 62 63\n' +
    '< 2026/01/01 00:00:00.2  length=6 from=0 to=5\n 02 70 69 6e 67 0a\n' +
    '< 2026/01/01 00:00:00.3  length=18 from=6 to=23\n 03 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e\n 0f 10\n';

  for (const size of [1, 7, trace.length])
    it(`are whole, their streams apart, in pieces of ${size}`, () => {
      const seen: [string, string][] = [];
      const parse = attachParser((stream, data) => seen.push([stream, data.toString('hex')]), '<');
      for (let at = 0; at < trace.length; at += size) parse(trace.slice(at, at + size));
      assert.deepEqual(seen, [
        ['stdout', '70696e670a'],
        ['stderr', '000102030405060708090a0b0c0d0e0f10'],
      ]);
    });
});
