/**
 * Reads `socat -x`'s trace of conmon's attach socket: a head line per packet ("> 2026/01/01 …  length=6 from=0 to=5"), its
 * bytes in hexadecimal, then "--". The first byte of a packet says the stream: 2 output, 3 error output.
 */
export function attachParser(
  onData: (stream: 'stdout' | 'stderr', data: Buffer) => void,
  direction: '<' | '>',
): (text: string) => void {
  let held = '';
  let wanted = false;
  let hex = '';
  const onLine = (line: string): void => {
    if (line.startsWith('> ') || line.startsWith('< ')) {
      wanted = line.startsWith(direction);
      hex = '';
    } else if (line === '--') {
      if (wanted) deliver(Buffer.from(hex, 'hex'), onData);
      wanted = false;
    } else if (wanted) hex += line.replaceAll(' ', '');
  };
  return (text) => {
    const lines = (held + text).split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}

function deliver(packet: Buffer, onData: (stream: 'stdout' | 'stderr', data: Buffer) => void): void {
  if (packet.length < 2) return;
  onData(packet[0] === 3 ? 'stderr' : 'stdout', packet.subarray(1));
}
