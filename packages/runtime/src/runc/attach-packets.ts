/**
 * Reads `socat -x`'s trace of conmon's attach socket: a head line per packet ("> 2026/01/01 …  length=6 from=0 to=5"), then
 * its bytes in hexadecimal. The first byte of a packet says the stream: 2 output, 3 error output.
 */
export function attachParser(
  onData: (stream: 'stdout' | 'stderr', data: Buffer) => void,
  direction: '<' | '>',
): (text: string) => void {
  let held = '';
  let missing = 0;
  let hex = '';
  const onLine = (line: string): void => {
    const head = /^([<>]) .* length=(\d+) /.exec(line);
    if (head) {
      missing = head[1] === direction ? Number(head[2]) : 0;
      hex = '';
      return;
    }
    if (missing === 0) return;
    hex += line.replaceAll(' ', '');
    if (hex.length < 2 * missing) return;
    deliver(Buffer.from(hex, 'hex'), onData);
    missing = 0;
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
