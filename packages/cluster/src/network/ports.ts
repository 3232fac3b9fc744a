/** Which TCP port is free: asked of the kernel by binding it for a moment. */
import net from 'node:net';
import { codeOf } from '../state/cluster-error.ts';

export async function isPortFree(port: number, host: string): Promise<boolean> {
  return (await tryPort(port, host)) !== undefined;
}

/** `preferred` where it is free and not among `taken`, else one that the kernel gives. */
export async function choosePort(preferred: number, host: string, taken: readonly number[]): Promise<number> {
  if (preferred !== 0 && !taken.includes(preferred) && (await isPortFree(preferred, host))) return preferred;
  for (;;) {
    const port = await tryPort(0, host);
    if (port === undefined) throw new Error(`no free TCP port on ${host}`);
    if (!taken.includes(port)) return port;
  }
}

/** The port that could be bound, or undefined where it is in use or not ours to bind. */
function tryPort(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', (error) => {
      const code = codeOf(error);
      if (code === 'EADDRINUSE' || code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
