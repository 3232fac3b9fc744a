/** Who asks: the subject of a client certificate that the cluster's CA has signed, or the user of a token (TokenReview). */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { TokenReview } from '@mkube/api';
import type { Client } from '@mkube/client';

export interface User {
  name: string;
  groups: readonly string[];
}

export function userOfCertificate(message: IncomingMessage): User | undefined {
  const socket = message.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const subject = socket.getPeerCertificate().subject as { CN?: string | string[]; O?: string | string[] } | undefined;
  const name = [subject?.CN ?? []].flat()[0];
  return name ? { name, groups: [subject?.O ?? []].flat() } : undefined;
}

export const tokenOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];

export async function userOfToken(token: string, client: Client, signal: AbortSignal): Promise<User | undefined> {
  const review = await client.raw<TokenReview>('/apis/authentication.k8s.io/v1/tokenreviews', {
    method: 'POST',
    signal,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
  });
  const user = review.status?.authenticated ? review.status.user : undefined;
  return user?.username ? { name: user.username, groups: user.groups ?? [] } : undefined;
}
