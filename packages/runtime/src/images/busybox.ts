/** The files of a small image made of the machine's static busybox: the program and a link for each of its commands. */
import { existsSync, readFileSync } from 'node:fs';
import type { Exec } from '../exec.ts';
import { runOrThrow } from '../exec.ts';
import type { ImageFile } from './build.ts';

const PLACES = ['/bin/busybox', '/usr/bin/busybox', '/usr/lib/busybox/bin/busybox'];

export const findBusybox = (): string | undefined => PLACES.find((file) => existsSync(file));

export async function readBusyboxFiles(exec: Exec, binary: string): Promise<ImageFile[]> {
  const names = (await runOrThrow(exec, [binary, '--list'])).toString().split('\n');
  const links = names.filter((name) => name !== '' && name !== 'busybox');
  return [
    ...['bin/', 'etc/', 'dev/', 'proc/', 'sys/', 'root/'].map((name) => ({ path: name, directory: true })),
    { path: 'tmp/', directory: true, mode: 0o1777 },
    { path: 'bin/busybox', content: readFileSync(binary), mode: 0o755 },
    ...links.map((name) => ({ path: `bin/${name}`, link: 'busybox' })),
    { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' },
    { path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
  ];
}
