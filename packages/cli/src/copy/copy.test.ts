import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { readTar } from './read-tar.ts';
import { formatHeader } from './tar-header.ts';
import { unpack } from './unpack.ts';
import { writeTar } from './write-tar.ts';

const folder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-copy-'));

async function* archiveOf(...entries: { name: string; type?: string; linkName?: string; content?: string }[]) {
  for (const { name, type = '0', linkName = '', content = '' } of entries) {
    const body = Buffer.from(content);
    yield formatHeader({ name, size: body.length, mode: 0o644, type, linkName });
    yield Buffer.concat([body, Buffer.alloc((512 - (body.length % 512)) % 512)]);
  }
  yield Buffer.alloc(1024);
}

async function unpackInto(target: string, archive: AsyncIterable<Buffer>, prefix = 'data'): Promise<string[]> {
  const warnings: string[] = [];
  await unpack({ chunks: archive, prefix, target, warn: (line) => warnings.push(line) });
  return warnings;
}

test('a folder goes into an archive and comes out the same, long names and empty files included', async (t) => {
  const root = folder();
  t.after(() => fs.rmSync(root, { recursive: true }));
  const long = 'x'.repeat(90);
  fs.mkdirSync(path.join(root, 'from', long, long), { recursive: true });
  fs.writeFileSync(path.join(root, 'from', long, long, 'deep'), 'deep');
  fs.writeFileSync(path.join(root, 'from', 'empty'), '');
  fs.writeFileSync(path.join(root, 'from', 'big'), Buffer.alloc(1_000_001, 7), { mode: 0o755 });
  fs.mkdirSync(path.join(root, 'from', 'hollow'));
  const warnings = await unpackInto(path.join(root, 'to'), writeTar(path.join(root, 'from'), 'data'));
  assert.deepEqual(warnings, []);
  const list = (at: string) => (fs.readdirSync(at, { recursive: true }) as string[]).toSorted();
  assert.deepEqual(list(path.join(root, 'to')), list(path.join(root, 'from')));
  assert.equal(fs.readFileSync(path.join(root, 'to', long, long, 'deep'), 'utf8'), 'deep');
  assert.ok(fs.readFileSync(path.join(root, 'to', 'big')).equals(Buffer.alloc(1_000_001, 7)));
  assert.equal(fs.statSync(path.join(root, 'to', 'big')).mode & 0o777, 0o755);
});

test('nothing leaves the target: names with dots, links, and links that were there before', async (t) => {
  const root = folder();
  t.after(() => fs.rmSync(root, { recursive: true }));
  const target = path.join(root, 'to');
  const warnings = await unpackInto(
    target,
    archiveOf(
      { name: 'data/../../outside', content: 'bad' },
      { name: 'data/link', type: '2', linkName: '/etc/passwd' },
      { name: 'data/hard', type: '1', linkName: 'data/ok' },
      { name: 'data/ok', content: 'good' },
    ),
  );
  assert.deepEqual(fs.readdirSync(root), ['to']);
  assert.deepEqual(fs.readdirSync(target), ['ok']);
  assert.match(warnings.join(''), /outside target destination.*skipping symlink: .*link".*skipping symlink: .*hard"/s);
  fs.symlinkSync(root, path.join(target, 'way-out'));
  await assert.rejects(unpackInto(target, archiveOf({ name: 'data/way-out/x', content: 'bad' })), /it is not a folder/);
  fs.symlinkSync(path.join(root, 'elsewhere'), path.join(target, 'last'));
  await assert.rejects(unpackInto(target, archiveOf({ name: 'data/last', content: 'bad' })), /it is a link/);
  assert.deepEqual(fs.readdirSync(root), ['to']);
});

test('an archive that was tampered with is refused: another prefix, a wrong checksum, an end too early', async (t) => {
  const root = folder();
  t.after(() => fs.rmSync(root, { recursive: true }));
  await assert.rejects(unpackInto(root, archiveOf({ name: 'other/x' })), /tar contents corrupted/);
  const broken = formatHeader({ name: 'data/x', size: 1, mode: 0, type: '0', linkName: '' });
  broken[0] = 65;
  await assert.rejects(unpackInto(root, chunks(broken)), /tar contents corrupted/);
  const cut = formatHeader({ name: 'data/x', size: 1000, mode: 0o644, type: '0', linkName: '' });
  await assert.rejects(unpackInto(root, chunks(cut, Buffer.alloc(10))), /tar contents corrupted/);
});

test('a file copied onto a folder goes into it', async (t) => {
  const root = folder();
  t.after(() => fs.rmSync(root, { recursive: true }));
  await unpackInto(root, archiveOf({ name: 'tmp/file', content: 'x' }), 'tmp/file');
  assert.equal(fs.readFileSync(path.join(root, 'file'), 'utf8'), 'x');
});

test('names that are too long for a header are read from what GNU tar and pax write before it', async () => {
  const long = `data/${'y'.repeat(150)}`;
  const names: string[] = [];
  for await (const entry of readTar(
    archiveOf({ name: '././@LongLink', type: 'L', content: `${long}\0` }, { name: 'cut' }),
  ))
    names.push(entry.name);
  assert.deepEqual(names, [long]);
});

async function* chunks(...all: Buffer[]) {
  yield* all;
}
