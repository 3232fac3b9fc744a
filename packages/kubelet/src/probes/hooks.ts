/** Lifecycle hooks: run once, to the end or to the signal; what fails throws. */
import type { LifecycleHandler } from '@mkube/api';
import { type Clock, sleep } from '@mkube/client';
import { abortOf } from '../abort-of.ts';
import type { Answer } from './answer.ts';
import { runExec, runHttpGet, runTcpSocket, type Target } from './handlers.ts';

export interface HookContext extends Target {
  clock: Clock;
  signal: AbortSignal;
}

const USER_AGENT = 'kube-lifecycle/1.35';
/** A hook that answers nothing is given up with its container's grace; this only bounds what has no signal. */
const LONGEST_MS = 3_600_000;

export async function runHook(hook: LifecycleHandler, context: HookContext): Promise<void> {
  const answer = await Promise.race([run(hook, context), abortOf(context.signal)]);
  if (!answer.ok) throw new Error(answer.output);
}

async function run(hook: LifecycleHandler, context: HookContext): Promise<Answer> {
  const { signal, clock } = context;
  if (hook.exec) {
    const answer = await runExec(hook.exec, context, 0);
    return answer.ok
      ? answer
      : {
          ok: false,
          output: `command '${(hook.exec.command ?? []).join(' ')}' exited with an error: ${answer.output}`,
        };
  }
  if (hook.httpGet) return runHttpGet(hook.httpGet, context, { timeoutMs: LONGEST_MS, userAgent: USER_AGENT, signal });
  if (hook.tcpSocket) return runTcpSocket(hook.tcpSocket, context, LONGEST_MS);
  await sleep(clock, (hook.sleep?.seconds ?? 0) * 1000, signal);
  return { ok: true, output: '' };
}
