/** Why a connection did not come about, in the words that users of Kubernetes know and search for. Pure. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'read: connection reset by peer',
  ETIMEDOUT: 'i/o timeout',
};

export function dialFailure(error: unknown): string {
  const { code = '', message, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  const words = WORDS[code];
  if (words === undefined) return message || String(error);
  return address === undefined ? words : `dial tcp ${address}:${port}: ${words}`;
}
