/**
 * For the tests of this package: a real API server on the memory store, reachable over HTTPS and in process, with
 * certificates of its own making.
 */
import type { ApiServer } from '@mkube/apiserver';
import { type KeyPair, createTestAuthority, startTestServer } from '@mkube/apiserver/testing';
import type { Store } from '@mkube/store';

export interface TestApi {
  handle: ApiServer['handle'];
  store: Store;
  url: string;
  ca: string;
  /** A client certificate: CN is the user, O the groups. */
  certify(user: string, groups: string[]): Promise<KeyPair>;
  close(): Promise<void>;
}

export async function openApi(): Promise<TestApi> {
  const authority = await createTestAuthority();
  const serving = await authority.issue({ commonName: 'kube-apiserver' });
  const { api, store, close } = await startTestServer({
    tls: { ...serving, clientCa: authority.cert },
    kubelet: { ...serving, ca: authority.cert },
  });
  const { port } = await api.listen([{ host: '127.0.0.1', port: 0 }]);
  return {
    handle: (request) => api.handle(request),
    store,
    url: `https://127.0.0.1:${port}`,
    ca: authority.cert,
    certify: (commonName, groups) => authority.issue({ commonName, groups }),
    close,
  };
}

/** Waits until `look` returns something that is no false or undefined. */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 10_000,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`it never came about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
