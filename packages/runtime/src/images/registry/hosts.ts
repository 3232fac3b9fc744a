/**
 * Where to ask for the images of a registry: mirrors, certificates and the rest as containerd's certs.d folders say it, so that
 * what people have for containerd works here. Of several folders the first that knows the host counts; read for every pull.
 *
 *   <folder>/<host>/hosts.toml            or <host>_<port>_/, or _default/ for hosts that have no folder
 *     server = "https://registry.test"    asked when no host of the list below had it
 *     [host."https://mirror.test"]        capabilities, ca, client, skip_verify, override_path, header
 *   <folder>/<host>/*.crt, *.cert, *.key  without a hosts.toml, as Docker has it
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RuntimeError } from '../../runtime.ts';

export interface Place {
  /** With the way to its API: 'https://registry.test/v2'. */
  base: string;
  /** Plain HTTP is tried where TLS is not spoken. */
  mayBePlain: boolean;
  /** 'resolve' a name to a manifest, 'pull' blobs. */
  capabilities: readonly string[];
  /** The registry that a mirror is asked about. */
  namespace?: string;
  headers: Record<string, string>;
  tls: TlsChoice;
}

export interface TlsChoice {
  skipVerify: boolean;
  /** PEM, beside the usual authorities. */
  ca: readonly string[];
  /** PEM of this machine's own certificates and their keys. */
  client: readonly { cert: string; key: string }[];
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;
const ALL = ['pull', 'resolve'];
const USUAL_TLS: TlsChoice = { skipVerify: false, ca: [], client: [] };

export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** In the order in which they are asked. Throws for a file that cannot be used, naming it. */
export async function placesOf(registry: string, folders: readonly string[]): Promise<Place[]> {
  const folder = folders.map((root) => folderOf(root, registry)).find((found) => found !== undefined);
  if (folder === undefined) return [usualPlace(registry)];
  const file = path.join(folder, 'hosts.toml');
  if (!existsSync(file)) return [{ ...usualPlace(registry), tls: tlsOfFiles(folder) }];
  try {
    return await placesOfFile(registry, file);
  } catch (cause) {
    throw new RuntimeError('CannotRun', `${file}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

function folderOf(root: string, registry: string): string | undefined {
  const names = [registry.replace(/:(\d+)$/, '_$1_'), registry, '_default'];
  return names.map((name) => path.join(root, name)).find((folder) => existsSync(folder));
}

function usualPlace(registry: string): Place {
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const mayBePlain = isLoopback(registry);
  return { base: `https://${host}/v2`, mayBePlain, capabilities: ALL, headers: {}, tls: USUAL_TLS };
}

type Table = Record<string, unknown>;

async function placesOfFile(registry: string, file: string): Promise<Place[]> {
  const { parse } = await import('smol-toml'); // only for those who have such a file
  const { host = {}, ...top } = parse(readFileSync(file, 'utf8')) as Table;
  const folder = path.dirname(file);
  const hosts = Object.entries(tableOf(host, 'host')).map(([url, table]) =>
    placeOf(url, tableOf(table, `host."${url}"`), { registry, folder }),
  );
  const server = top['server'] === undefined ? usualPlace(registry) : undefined;
  return [
    ...hosts,
    server
      ? { ...server, ...settingsOf(top, folder, server) }
      : placeOf(textOf(top['server'], 'server'), top, { registry, folder }),
  ];
}

function placeOf(given: string, table: Table, { registry, folder }: { registry: string; folder: string }): Place {
  const text = /^https?:\/\//.test(given) ? given : `${isLoopback(given) ? 'http' : 'https'}://${given}`;
  if (!URL.canParse(text)) throw new Error(`${JSON.stringify(given)} is not the address of a registry`);
  const url = new URL(text);
  const way = url.pathname.replace(/\/+$/, '');
  const base = `${url.origin}${table['override_path'] === true ? way : `${way}/v2`}`;
  const usual: Place = { base, mayBePlain: false, capabilities: ALL, headers: {}, tls: USUAL_TLS };
  const isMirror = url.host !== registry && new URL(usualPlace(registry).base).host !== url.host;
  return { ...usual, ...settingsOf(table, folder, usual), ...(isMirror && { namespace: registry }) };
}

function settingsOf(table: Table, folder: string, usual: Place): Pick<Place, 'capabilities' | 'headers' | 'tls'> {
  const { capabilities, ca, client, skip_verify: skipVerify, header = {} } = table;
  const read = (name: string): string => readFileSync(path.resolve(folder, name), 'utf8');
  return {
    capabilities: capabilities === undefined ? usual.capabilities : textsOf(capabilities, 'capabilities'),
    headers: Object.fromEntries(
      Object.entries(tableOf(header, 'header')).map(([name, value]) => [name, textsOf(value, name).join(', ')]),
    ),
    tls: {
      skipVerify: skipVerify === true,
      ca: ca === undefined ? [] : textsOf(ca, 'ca').map(read),
      client: clientsOf(client).map(([cert, key]) => ({ cert: read(cert), key: read(key) })),
    },
  };
}

/** One file with both, a list of such, or a list of pairs. */
function clientsOf(client: unknown): [cert: string, key: string][] {
  if (client === undefined) return [];
  const list: unknown[] = Array.isArray(client) ? client : [client];
  return list.map((entry) => {
    const [cert, key] = textsOf(entry, 'client');
    if (cert === undefined) throw new Error('client has to name a certificate, or pairs of certificate and key');
    return [cert, key || cert];
  });
}

function tlsOfFiles(folder: string): TlsChoice {
  const names = readdirSync(folder);
  const read = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
  const certs = names.filter((name) => name.endsWith('.cert') && names.includes(`${name.slice(0, -5)}.key`));
  return {
    skipVerify: false,
    ca: names.filter((name) => name.endsWith('.crt')).map(read),
    client: certs.map((name) => ({ cert: read(name), key: read(`${name.slice(0, -5)}.key`) })),
  };
}

function tableOf(value: unknown, name: string): Table {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error(`${name} has to be a table`);
  return value as Table;
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new Error(`${name} has to be a text`);
  return value;
}

const textsOf = (value: unknown, name: string): string[] =>
  Array.isArray(value) ? value.map((entry) => textOf(entry, name)) : [textOf(value, name)];
