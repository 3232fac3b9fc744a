import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { proxiesOf, proxyFor } from './proxies.ts';

describe('the proxy of a request', () => {
  const proxies = proxiesOf({ HTTPS_PROXY: 'http://secure:3128', http_proxy: 'plain:8080' });
  const direct = (no: string, url: string): boolean => proxyFor(new URL(url), { ...proxies, no }) === undefined;

  it('is that of its scheme, whatever the case of the variable', () => {
    assert.equal(proxyFor(new URL('https://registry.test/v2/'), proxies), 'http://secure:3128');
    assert.equal(proxyFor(new URL('http://registry.test/v2/'), proxies), 'http://plain:8080');
    assert.equal(proxyFor(new URL('https://registry.test'), {}), undefined);
  });

  it('is none for loopback', () => {
    for (const host of ['localhost:5000', '127.0.0.1:5000', '[::1]:5000']) assert.ok(direct('', `http://${host}/v2/`));
  });

  const cases: [no: string, url: string, isDirect: boolean][] = [
    ['registry.test', 'https://registry.test', true],
    ['registry.test', 'https://eu.registry.test', true],
    ['registry.test', 'https://myregistry.test', false],
    ['.registry.test', 'https://registry.test', false],
    ['*.registry.test', 'https://eu.registry.test', true],
    ['other, registry.test:5000', 'https://registry.test:5000', true],
    ['registry.test:5000', 'https://registry.test', false],
    ['registry.test:443', 'https://registry.test', true],
    ['10.0.0.0/8', 'https://10.9.8.7:5000', true],
    ['10.0.0.0/8', 'https://11.9.8.7', false],
    ['10.0.0.0/99', 'https://10.9.8.7', false],
    ['fd00::/8', 'https://[fd00::1]', true],
    ['10.9.8.7', 'https://10.9.8.7', true],
    ['*', 'https://registry.test', true],
    ['REGISTRY.test', 'https://registry.TEST', true],
  ];
  for (const [no, url, isDirect] of cases)
    it(`is ${isDirect ? 'none' : 'asked'} for ${url} with NO_PROXY=${no}`, () =>
      assert.equal(direct(no, url), isDirect));
});
