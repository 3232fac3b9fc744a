/** The API of a cluster with admin's certificate, for commands that ask a little and end. */
import { type Client, createClient, nodeHttpsTransport } from '@mkube/client';
import { ADMIN } from '../pki/identity.ts';
import { needPair, needText } from '../pki/pki.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { ClusterContext } from './context.ts';

export function adminClient({ paths }: ClusterContext, state: ClusterState): Client {
  const { cert, key } = needPair(paths.pki, ADMIN);
  return createClient(
    nodeHttpsTransport({ server: `https://127.0.0.1:${state.port}`, ca: needText(paths.pki, 'ca.crt'), cert, key }),
    { userAgent: 'mkube' },
  );
}
