/** Who came, whether they could say who they are, and what was written down of it: for /metrics. */
import type { Authenticate } from '../auth/authenticate.ts';
import type { AuditOptions } from '../audit/audit.ts';
import { after, rescued } from '../request/later.ts';
import type { User } from '../request/request.ts';
import type { Metric } from './metrics.ts';

/** Users that stand under their own name; there may be any number of others. */
const NAMED: ReadonlySet<string> = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:anonymous']);

export class AccessCounts {
  #succeeded = 0;
  #failed = 0;
  #audited = 0;
  readonly #users = new Map<string, number>();

  counted(authenticate: Authenticate): Authenticate {
    const believed = (user: User): User => {
      this.#succeeded++;
      const name = NAMED.has(user.username) ? user.username : 'other';
      this.#users.set(name, (this.#users.get(name) ?? 0) + 1);
      return user;
    };
    const refused = (error: unknown): never => {
      this.#failed++;
      throw error;
    };
    return (message, socket) =>
      after(
        rescued(() => authenticate(message, socket), refused),
        believed,
      );
  }

  written({ write, ...options }: AuditOptions): AuditOptions {
    return {
      ...options,
      write: (line) => {
        this.#audited++;
        write(line);
      },
    };
  }

  get metrics(): Metric[] {
    return [
      {
        name: 'authentication_attempts',
        help: 'Requests that said who sends them, by whether they were believed.',
        type: 'counter',
        read: () => [
          { labels: { result: 'success' }, value: this.#succeeded },
          { labels: { result: 'failure' }, value: this.#failed },
        ],
      },
      {
        name: 'authenticated_user_requests',
        help: 'Requests whose sender is known, by user: those of no fixed name are one.',
        type: 'counter',
        read: () => [...this.#users].map(([username, value]) => ({ labels: { username }, value })),
      },
      {
        name: 'apiserver_audit_event_total',
        help: 'Events written to the audit log.',
        type: 'counter',
        read: () => [{ labels: {}, value: this.#audited }],
      },
      {
        name: 'apiserver_audit_requests_rejected_total',
        help: 'Requests refused because the audit log could not be written: none, a failed write is a fault.',
        type: 'counter',
        read: () => [{ labels: {}, value: 0 }],
      },
    ];
  }
}
