/**
 * Who a container runs as: the pod's numbers, else the image's user, whose names are looked up in the image's own
 * /etc/passwd and /etc/group. Those files are read inside the root file system: links lead nowhere else.
 */
import { constants, closeSync, fstatSync, lstatSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '../atomic-file.ts';
import { RuntimeError, type SecurityContext } from '../runtime.ts';

export interface ContainerUser {
  uid: number;
  gid: number;
  additionalGids: number[];
}

const MAX_FILE = 1 << 20;

/** `imageUser` is the image's: '', 'name', '1000', 'name:group', '1000:1000'. */
export function resolveUser(rootfs: string, imageUser: string, security: SecurityContext): ContainerUser {
  const [userText = '', groupText = ''] =
    security.runAsUser === undefined ? imageUser.split(':') : [String(security.runAsUser)];
  const passwd = parseLines(readInRoot(rootfs, '/etc/passwd'));
  const group = parseLines(readInRoot(rootfs, '/etc/group'));
  const isNumber = /^\d+$/.test(userText);
  const entry = passwd.find((f) => (isNumber ? f[2] === userText : f[0] === (userText || 'root')));
  if (!entry && !isNumber && userText !== '' && userText !== 'root')
    throw new RuntimeError('CannotRun', `unable to find user ${userText}: no matching entries in passwd file`);
  const uid = isNumber ? Number(userText) : Number(entry?.[2] ?? 0);
  const gid = security.runAsGroup ?? (groupText ? groupOf(group, groupText) : Number(entry?.[3] ?? 0));
  const name = entry?.[0];
  const members = security.strictGroups ? [] : group;
  const memberOf = members
    .filter((f) => name !== undefined && f[3]?.split(',').includes(name))
    .map((f) => Number(f[2]));
  const additionalGids = [...new Set([gid, ...memberOf, ...security.supplementalGroups])].filter(Number.isInteger);
  return { uid, gid, additionalGids };
}

function groupOf(group: readonly string[][], text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const entry = group.find((f) => f[0] === text);
  if (!entry) throw new RuntimeError('CannotRun', `unable to find group ${text}: no matching entries in group file`);
  return Number(entry[2]);
}

const parseLines = (text: string): string[][] => text.split('\n').map((line) => line.split(':'));

/** A plain file's text, its path resolved as a chroot would; '' where there is none. */
export function readInRoot(rootfs: string, file: string): string {
  const found = resolveInRoot(rootfs, file);
  if (!found) return '';
  const fd = openSync(found, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    return stat.isFile() && stat.size <= MAX_FILE ? readFileSync(fd, 'utf8') : '';
  } finally {
    closeSync(fd);
  }
}

/** Only for a root that nobody changes meanwhile: a container's before its start. */
export function resolveInRoot(rootfs: string, file: string): string | undefined {
  const rest = file.split('/').toReversed();
  let here = rootfs;
  for (let links = 0, part = rest.pop(); part !== undefined; part = rest.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      here = here === rootfs ? rootfs : path.dirname(here);
      continue;
    }
    const next = path.join(here, part);
    try {
      if (!lstatSync(next).isSymbolicLink()) {
        here = next;
        continue;
      }
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
    if (++links > 40) return undefined;
    const target = readlinkSync(next);
    if (target.startsWith('/')) here = rootfs;
    rest.push(...target.split('/').toReversed());
  }
  return here;
}
