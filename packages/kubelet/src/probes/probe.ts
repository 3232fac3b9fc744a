/** Asks one probe once. Never throws: what cannot be asked counts as a failure, with the reason as its output. */
import type { Probe } from '@mkube/api';
import type { Answer } from './answer.ts';
import { runExec, runGrpc, runHttpGet, runTcpSocket, type Target } from './handlers.ts';

export async function probeOnce(probe: Probe, target: Target, signal: AbortSignal): Promise<Answer> {
  const timeoutSeconds = probe.timeoutSeconds ?? 1;
  const timeoutMs = timeoutSeconds * 1000;
  try {
    if (probe.exec) return await runExec(probe.exec, target, timeoutSeconds);
    if (probe.httpGet) {
      return await runHttpGet(probe.httpGet, target, { timeoutMs, userAgent: 'kube-probe/1.35', signal });
    }
    if (probe.tcpSocket) return await runTcpSocket(probe.tcpSocket, target, timeoutMs);
    if (probe.grpc) return await runGrpc(probe.grpc, target, timeoutMs);
    return { ok: false, output: `missing probe handler` };
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) };
  }
}
