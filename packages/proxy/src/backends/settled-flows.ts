/** Has flows forgotten that go to none of a Service's endpoints, whenever the endpoints of UDP have changed: not before, as it reads the whole table. */
import type { ServiceRule } from '../plan.ts';
import type { FlowTable } from './flow-table.ts';
import { staleFlows } from './flows.ts';

export class SettledFlows {
  readonly #table: FlowTable;
  #settled = '';

  constructor(table: FlowTable) {
    this.#table = table;
  }

  /** After the rules are in force: a flow that begins anew follows them. */
  async settle(rules: readonly ServiceRule[]): Promise<void> {
    const udp = rules.filter(({ protocol }) => protocol === 'UDP');
    const now = JSON.stringify(udp);
    if (now === this.#settled) return;
    if (udp.length > 0) for (const flow of staleFlows(await this.#table.list(), udp)) await this.#table.forget(flow);
    this.#settled = now;
  }
}
