/** The ports at which load balancers ask whether this node has endpoints of a Service: 200 where it has, 503 where it has none. */
import http from 'node:http';
import type { Logger } from 'pino';
import type { HealthCheck } from './plan.ts';

export interface HealthCheckPorts {
  /** Listens at what is new, and no more at what is gone; a port that somebody else has is tried again the next time. */
  sync(checks: readonly HealthCheck[]): Promise<void>;
  close(): Promise<void>;
}

interface Port {
  check: HealthCheck;
  server: http.Server;
}

export function openHealthCheckPorts({ log, host }: { log: Logger; host?: string }): HealthCheckPorts {
  const ports = new Map<number, Port>();
  const shut = ({ server, check }: Port): Promise<void> =>
    new Promise((resolve) => {
      ports.delete(check.port);
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const open = (check: HealthCheck): Promise<void> =>
    new Promise((resolve) => {
      const port: Port = { check, server: http.createServer((_request, response) => answer(port.check, response)) };
      port.server.once('error', (err) => {
        log.warn({ err, service: `${check.namespace}/${check.name}` }, 'cannot answer for the health of a Service');
        resolve();
      });
      port.server.listen({ port: check.port, ...(host && { host }) }, () => {
        ports.set(check.port, port);
        resolve();
      });
    });
  return {
    async sync(checks) {
      const wanted = new Map(checks.map((check) => [check.port, check]));
      await Promise.all([...ports.values()].filter(({ check }) => !wanted.has(check.port)).map(shut));
      for (const check of wanted.values()) {
        const port = ports.get(check.port);
        if (port) port.check = check;
        else await open(check);
      }
    },
    close: async () => void (await Promise.all([...ports.values()].map(shut))),
  };
}

/** In kube-proxy's form. */
function answer({ namespace, name, localEndpoints }: HealthCheck, response: http.ServerResponse): void {
  response.writeHead(localEndpoints > 0 ? 200 : 503, {
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    'x-load-balancing-endpoint-weight': String(localEndpoints),
  });
  const body = { service: { namespace, name }, localEndpoints, serviceProxyHealthy: true };
  response.end(JSON.stringify(body, undefined, '\t'));
}
