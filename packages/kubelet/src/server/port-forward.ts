/**
 * Port forwarding over a WebSocket of channels: for the n-th port asked for, channel 2n carries its bytes and 2n+1 what went
 * wrong; the first message of each names the port, as two bytes, the low one first.
 */
import { Duplex } from 'node:stream';
import type { Runtime } from '@mkube/runtime';
import type { ChannelSocket } from './channel-socket.ts';
import { HttpError } from './http-error.ts';

const MOST_PORTS = 64;

export function forwardPortsOf(query: URLSearchParams): number[] {
  const texts = query
    .getAll('ports')
    .concat(query.getAll('port'))
    .flatMap((text) => text.split(','));
  const ports = texts.filter(Boolean).map(Number);
  const isWrong = (port: number): boolean => !Number.isInteger(port) || port < 1 || port > 65_535;
  if (ports.length === 0 || ports.length > MOST_PORTS || ports.some(isWrong)) {
    throw new HttpError(400, 'query parameter "ports" must name ports from 1 to 65535');
  }
  return ports;
}

export async function forwardPorts(
  ports: readonly number[],
  { runtime, sandboxId, channels }: { runtime: Runtime; sandboxId: string; channels: ChannelSocket },
): Promise<void> {
  const forward = async (port: number, index: number): Promise<void> => {
    const head = Buffer.from([port & 255, port >> 8]);
    const data = Duplex.from({ readable: channels.input(index * 2), writable: channels.output(index * 2) });
    await Promise.all([channels.send(index * 2, head), channels.send(index * 2 + 1, head)]);
    try {
      await runtime.portForward(sandboxId, port, data);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!channels.signal.aborted)
        await channels.send(index * 2 + 1, Buffer.from(`error forwarding port ${port}: ${why}`));
    }
  };
  await Promise.all(ports.map(forward));
  channels.close();
}
