import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseResolvConf } from './dns.ts';

describe('the resolver of a machine', () => {
  it('is read whatever stands beside what counts', () => {
    const text = [
      '# made by hand',
      '; and by a program',
      'nameserver 192.0.2.1 # the first',
      '  nameserver\t2001:db8::1',
      'nameserver',
      'domain old.test',
      'search a.test b.test. . a.test',
      'options ndots:2 timeout:1',
      'options edns0 timeout:3',
      'sortlist 130.155.160.0',
      'options',
    ];
    assert.deepEqual(parseResolvConf(text.join('\n')), {
      servers: ['192.0.2.1', '2001:db8::1'],
      searches: ['a.test', 'b.test'],
      options: ['ndots:2', 'timeout:3', 'edns0'],
    });
    assert.deepEqual(parseResolvConf(''), { servers: [], searches: [], options: [] });
  });
});
