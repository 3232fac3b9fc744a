/**
 * How a detached child tells its starter, once, that it serves or why it cannot: one line of JSON on file descriptor 3.
 * Whoever starts it by hand gives no such pipe, and nothing is said.
 */
import fs from 'node:fs';
import type { Readable } from 'node:stream';

export const READY_FD = 3;

export type ReadyMessage = { ready: true; port?: number; notes?: string[] } | { ready: false; error: string };

/** Only for a process that spawnDetached started (it sets MKUBE_READY_FD): another's descriptor 3 is not ours. */
export function sendReady(message: ReadyMessage): void {
  try {
    fs.writeSync(READY_FD, `${JSON.stringify(message)}\n`);
    fs.closeSync(READY_FD);
  } catch {
    // the starter has gone: nobody is left to tell
  }
}

/** undefined when the child ended, or closed its end, without a word. */
export async function receiveReady(pipe: Readable): Promise<ReadyMessage | undefined> {
  let text = '';
  for await (const chunk of pipe) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.includes('\n') ? (JSON.parse(text) as ReadyMessage) : undefined;
}
