/**
 * What is in the demo image: busybox with a link for each of its commands, and /hello, a web server that says which pod and
 * node answered and logs each request. Pure: gives files, the caller builds and loads them.
 */
export const DEMO_PORT = 8080;

/** As the runtime's buildImageArchive takes it. */
export interface DemoFile {
  path: string;
  content?: Buffer | string;
  link?: string;
  directory?: boolean;
  mode?: number;
}

/** sh is pid 1 and has to handle SIGTERM itself: the kernel ignores a signal that pid 1 did not ask for. */
const HELLO = `#!/bin/sh
# A page that says which pod and node answered, and a line in the log for each request.
# NODE_NAME comes from the downward API; without it the node is named by its address on the pod network.
port="\${PORT:-${DEMO_PORT}}"
node="\${NODE_NAME:-$(ip route 2>/dev/null | awk '/^default/ { print $3 }')}"
echo "Hello from pod $(hostname) on node \${node:-unknown}" >/www/index.html
trap 'kill "$server"; exit 0' TERM INT
httpd -f -vv -p "$port" -h /www 2>&1 &
server=$!
cat /www/index.html
echo "listening on port $port"
wait "$server"
`;

export function demoImageFiles(busybox: Buffer, commands: readonly string[]): DemoFile[] {
  const folders = ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'usr', 'var'];
  return [
    ...folders.map((path) => ({ path: `${path}/`, directory: true })),
    ...['tmp', 'www'].map((path) => ({ path: `${path}/`, directory: true, mode: 0o1777 })),
    { path: 'bin/busybox', content: busybox, mode: 0o755 },
    ...commands.filter(isCommandName).map((name) => ({ path: `bin/${name}`, link: 'busybox' })),
    { path: 'usr/bin', link: '../bin' },
    { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
    { path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
    { path: 'hello', content: HELLO, mode: 0o755 },
  ];
}

/** A command, not an entrypoint: `mkube run x -- sleep 60` replaces it. */
export const demoImageConfig = {
  Env: ['PATH=/bin:/usr/bin'],
  Cmd: ['/hello'],
  ExposedPorts: { [`${DEMO_PORT}/tcp`]: {} },
};

const isCommandName = (name: string) => /^[a-z0-9[][a-z0-9_.[-]*$/i.test(name) && name !== 'busybox';

/** Does this program need no loader and no libraries? Any other cannot run in an image of its own. */
export function isStaticElf(program: Buffer): boolean {
  if (program.length < 64 || program.readUInt32BE(0) !== 0x7f454c46 || program[4] !== 2 || program[5] !== 1)
    return false;
  const offset = Number(program.readBigUInt64LE(32));
  const size = program.readUInt16LE(54);
  const count = program.readUInt16LE(56);
  const PT_INTERP = 3;
  for (let i = 0; i < count; i++) {
    const at = offset + i * size;
    if (at + 4 > program.length || program.readUInt32LE(at) === PT_INTERP) return false;
  }
  return true;
}
