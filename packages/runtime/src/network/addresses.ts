/**
 * Addresses of a node's pods: a file per address in use, named by it, holding the sandbox's id. Made exclusively, so two
 * processes never give out the same one. Given out in turn: an address rests as long as can be before it is used again.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isErrno, readText } from '../atomic-file.ts';
import { RuntimeError } from '../runtime.ts';

export interface Addresses {
  /** The bridge's own: the first of the range. */
  readonly gateway: string;
  readonly prefixLength: number;
  allocate(id: string): string;
  addressOf(id: string): string | undefined;
  release(id: string): void;
  ids(): string[];
}

export function openAddresses(cidr: string, folder: string): Addresses {
  const range = parseCidr(cidr);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const byId = new Map<string, string>();
  for (const address of readdirSync(folder)) byId.set(readText(path.join(folder, address)) ?? '', address);
  let next = Math.max(1, ...[...byId.values()].map((address) => toNumber(address) - range.base)) + 1;
  const claim = (address: string, id: string): boolean => {
    try {
      writeFileSync(path.join(folder, address), id, { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false;
      throw error;
    }
  };
  return {
    gateway: toAddress(range.base + 1),
    prefixLength: range.prefixLength,
    allocate(id) {
      const known = byId.get(id);
      if (known) return known;
      for (let tries = 0; tries < range.size - 3; tries++) {
        if (next > range.size - 2) next = 2;
        const address = toAddress(range.base + next++);
        if (!claim(address, id)) continue;
        byId.set(id, address);
        return address;
      }
      throw new RuntimeError('Unavailable', `no free pod address in ${cidr}: ${byId.size} are in use`);
    },
    addressOf: (id) => byId.get(id),
    release(id) {
      const address = byId.get(id);
      if (address) rmSync(path.join(folder, address), { force: true });
      byId.delete(id);
    },
    ids: () => [...byId.keys()],
  };
}

export function parseCidr(cidr: string): { base: number; prefixLength: number; size: number } {
  const match = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr);
  const prefixLength = Number(match?.[2]);
  if (!match?.[1] || !(prefixLength >= 8 && prefixLength <= 30)) throw new Error(`bad address range ${cidr}`);
  const size = 2 ** (32 - prefixLength);
  return { base: Math.floor(toNumber(match[1]) / size) * size, prefixLength, size };
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toAddress(value: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join('.');
}
