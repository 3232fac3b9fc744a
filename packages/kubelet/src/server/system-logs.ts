/** GET /logs/: the machine's own log folder, file by file, as a plain file server has it. No link leads out of it. */
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ServerDeps } from './deps.ts';
import { HttpError } from './http-error.ts';

export function serveSystemLogs(app: FastifyInstance, { settings: { systemLogs: folder } }: ServerDeps): void {
  const answer = async (asked: string, reply: FastifyReply): Promise<FastifyReply> => {
    if (folder === '') throw new HttpError(405, 'logs endpoint is disabled.');
    const file = await resolveBelow(folder, asked);
    const found = await fs.stat(file).catch(refuse);
    if (!found.isDirectory() && !found.isFile()) throw new HttpError(404, NOT_FOUND);
    if (found.isFile()) return reply.type('text/plain; charset=utf-8').send(createReadStream(file));
    if (!asked.endsWith('/') && asked !== '') return reply.redirect(`${path.posix.basename(asked)}/`, 301);
    return reply.type('text/html; charset=utf-8').send(listingOf(await fs.readdir(file, OF_ENTRIES).catch(refuse)));
  };
  app.get('/logs', (_request, reply) => answer('', reply));
  app.get<{ Params: { '*': string } }>('/logs/*', (request, reply) => answer(request.params['*'], reply));
}

const OF_ENTRIES = { withFileTypes: true } as const;
const NOT_FOUND = '404 page not found';

async function resolveBelow(folder: string, asked: string): Promise<string> {
  if (asked.includes('\0') || asked.split('/').includes('..')) throw new HttpError(400, 'invalid URL path');
  const [root, file] = await Promise.all([fs.realpath(folder), fs.realpath(path.join(folder, asked))]).catch(refuse);
  if (file !== root && !file.startsWith(`${root}/`)) throw new HttpError(404, NOT_FOUND);
  return file;
}

function refuse(error: NodeJS.ErrnoException): never {
  if (error.code === 'EACCES' || error.code === 'EPERM') throw new HttpError(403, '403 Forbidden');
  throw new HttpError(404, NOT_FOUND);
}

function listingOf(entries: readonly { name: string; isDirectory(): boolean }[]): string {
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted();
  const lines = names.map(
    (name) => `<a href="./${name.split('/').map(encodeURIComponent).join('/')}">${escape(name)}</a>\n`,
  );
  return `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${lines.join('')}</pre>\n`;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
