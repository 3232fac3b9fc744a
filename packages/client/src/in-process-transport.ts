/**
 * Requests handed to an API server in the same process, behind authentication: `user` is who asks. Everything after that
 * (authorization, admission, validation, storage) is what any other request meets.
 */
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

export interface InProcessUser {
  username: string;
  groups: string[];
  uid?: string;
  extra?: Record<string, string[]>;
}

export type InProcessHandle = (request: TransportRequest & { user: InProcessUser }) => Promise<TransportResponse>;

export const inProcessTransport = (handle: InProcessHandle, user: InProcessUser): Transport => ({
  request: (request) => handle({ ...request, user }),
  close: () => Promise.resolve(),
});
