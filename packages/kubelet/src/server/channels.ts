/**
 * The WebSocket protocols of Kubernetes' streams: every message begins with the number of its channel, as a byte or, in the
 * base64 variants, as a digit. v5 adds channel 255, which closes the channel that it names. Pure.
 */
export interface StreamProtocol {
  /** As agreed on; '' where the client named none. */
  name: string;
  base64: boolean;
  /** Errors are a Status object (v4 on), not a line of text. */
  statusObjects: boolean;
  /** A client may half-close a channel (v5). */
  closes: boolean;
}

const BINARY = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];
const BASE64 = ['v4.base64.channel.k8s.io', 'base64.channel.k8s.io'];

/** The first that the client offers and we speak; offering nothing is the oldest one. */
export function chooseProtocol(offered: readonly string[]): StreamProtocol | undefined {
  if (offered.length === 0) return protocolOf('');
  const name = offered.find((candidate) => BINARY.includes(candidate) || BASE64.includes(candidate));
  return name === undefined ? undefined : protocolOf(name);
}

const protocolOf = (name: string): StreamProtocol => ({
  name,
  base64: BASE64.includes(name),
  statusObjects: /^v[45]\./.test(name),
  closes: name.startsWith('v5.'),
});

export const CHANNELS = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export function encodeMessage(protocol: StreamProtocol, channel: number, payload: Buffer): Buffer | string {
  if (protocol.base64) return `${channel}${payload.toString('base64')}`;
  return Buffer.concat([Buffer.from([channel]), payload]);
}

export function decodeMessage(
  protocol: StreamProtocol,
  message: Buffer,
): { channel: number; payload: Buffer } | undefined {
  if (message.length === 0) return undefined;
  if (!protocol.base64) return { channel: message[0] ?? 0, payload: message.subarray(1) };
  const channel = (message[0] ?? 0) - 48;
  return { channel, payload: Buffer.from(message.toString('latin1', 1), 'base64') };
}

/** The last message of an exec: how it ended. */
export function encodeOutcome(protocol: StreamProtocol, outcome: { exitCode: number } | { error: string }): Buffer {
  if (protocol.statusObjects) return Buffer.from(JSON.stringify(statusOfOutcome(outcome)));
  if ('error' in outcome) return Buffer.from(outcome.error);
  return Buffer.from(
    outcome.exitCode === 0 ? '' : `command terminated with non-zero exit code: exit status ${outcome.exitCode}`,
  );
}

function statusOfOutcome(outcome: { exitCode: number } | { error: string }): object {
  if ('error' in outcome) {
    return { metadata: {}, status: 'Failure', message: outcome.error, reason: 'InternalError', code: 500 };
  }
  const { exitCode } = outcome;
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}
