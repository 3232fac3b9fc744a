/** The kernel's table of flows, through `conntrack`. No shell. Where that is not installed, flows live on, and the log says so once. */
import { execFile } from 'node:child_process';
import type { Logger } from 'pino';
import { type Flow, parseFlows } from './flows.ts';

export interface FlowTable {
  /** Of UDP. */
  list(): Promise<Flow[]>;
  forget(flow: Flow): Promise<void>;
}

/** What it printed; undefined where there is no such program. */
export type ConntrackRun = (args: readonly string[]) => Promise<string | undefined>;

export function openFlowTable(log: Logger, run: ConntrackRun = runConntrack): FlowTable {
  let isMissing = false;
  const ask = async (...args: string[]): Promise<string> => {
    const said = isMissing ? '' : await run(args);
    if (said !== undefined) return said;
    isMissing = true;
    log.warn('conntrack is not installed: clients of UDP stay with endpoints that are gone until they fall silent');
    return '';
  };
  return {
    list: async () => parseFlows(await ask('-L', '-p', 'udp')),
    async forget({ source, target }) {
      const from = ['-s', source.ip, '--sport', String(source.port)];
      await ask('-D', '-p', 'udp', ...from, '-d', target.ip, '--dport', String(target.port));
    },
  };
}

const MOST_OUTPUT = 64 * 1024 * 1024;

const runConntrack: ConntrackRun = (args) =>
  new Promise((resolve, reject) => {
    execFile('conntrack', args, { maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
      // it went by itself meanwhile
      if (!error || stderr.includes('0 flow entries')) return resolve(stdout);
      if (error.code === 'ENOENT') return resolve(undefined);
      return reject(new Error(`conntrack ${args[0]} failed: ${stderr.trim() || error.message}`));
    });
  });
