/**
 * For integration tests: a real API server on the memory store, entered in process, with controllers under their own
 * identities and caches whose objects are frozen. Everything ends with `close`.
 */
import { randomBytes } from 'node:crypto';
import { startTestServer } from '@mkube/apiserver/testing';
import { type Client, type InProcessUser, createClient, inProcessTransport } from '@mkube/client';
import { pino } from 'pino';
import { createControllers } from '../create-controllers.ts';
import type { Flags } from '../flags.ts';

export interface TestApi {
  /** system:masters. */
  client: Client;
  clientAs(user: InProcessUser): Client;
  close(): Promise<void>;
}

export async function openApi(): Promise<TestApi> {
  const { api, close } = await startTestServer({ log: pino({ level: process.env['MKUBE_TEST_LOG'] ?? 'silent' }) });
  const clientAs = (user: InProcessUser) => createClient(inProcessTransport((request) => api.handle(request), user));
  return {
    client: clientAs({ username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }),
    clientAs,
    close,
  };
}

export interface TestControllers extends TestApi {
  /** A namespace of this test's own. */
  namespace: string;
  stop(): Promise<void>;
}

/** The API with some controllers (all, if none are named) at work. */
export async function runControllers(
  options: { only?: string[]; flags?: Partial<Flags> } = {},
): Promise<TestControllers> {
  const api = await openApi();
  const stop = new AbortController();
  const { flags } = options;
  // Pods are refused where there is no service account for them.
  const only = options.only && ['serviceaccount', ...options.only];
  const client = api.clientAs({ username: 'system:kube-controller-manager', groups: ['system:authenticated'] });
  const log = pino({ level: process.env['MKUBE_TEST_LOG'] ?? 'silent' });
  const running = createControllers({
    client,
    clientAs: api.clientAs,
    log,
    freeze: true,
    ...(only && { only }),
    ...(flags && { flags }),
  }).run(stop.signal);
  const namespace = `test-${randomBytes(3).toString('hex')}`;
  await api.client.namespaces.create({ metadata: { name: namespace } });
  await eventually('the namespace has its service account', () =>
    api.client.serviceAccounts.get({ name: 'default', namespace }),
  );
  const end = async () => {
    stop.abort();
    await running;
  };
  return {
    ...api,
    namespace,
    stop: end,
    async close() {
      await end();
      await api.close();
    },
  };
}

/** Waits until `look` returns something that is no false or undefined; fails with the last error or `what` at the deadline. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>, ms = 10_000): Promise<T> {
  const deadline = Date.now() + ms;
  let failure: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline) throw new Error(`it never came about that ${what}`, { cause: failure });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
