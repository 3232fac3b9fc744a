/** kubectl cp: tar over exec. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { bool, defineCommand, intOr, text } from '../command.ts';
import { unpack } from '../copy/unpack.ts';
import { writeTar } from '../copy/write-tar.ts';
import { CommandError, type Io } from '../io.ts';
import { pathOf } from '../mapper.ts';
import { containerOf, podOf, PODS } from '../pods.ts';
import type { Session } from '../session.ts';
import { runStream } from '../streams.ts';

interface FileSpec {
  namespace: string | undefined;
  pod: string | undefined;
  file: string;
}

export const command = defineCommand({
  name: 'cp',
  usage: '<file-spec-src> <file-spec-dest>',
  summary: 'Copy files and directories to and from containers.',
  examples: '  mkube cp /tmp/foo some-pod:/tmp/bar\n  mkube cp some-namespace/some-pod:/tmp/foo /tmp/bar -c container',
  flags: {
    container: text('Container name.', { short: 'c' }),
    'no-preserve': bool("The copied file/directory's ownership and permissions will not be preserved in the container"),
    retries: intOr(0, 'Set number of retries to complete a copy operation from a container. Accepted, not used.'),
  },
  async run({ args, flags, io, session }) {
    if (args.length !== 2)
      throw new CommandError("source and destination are required\nSee 'mkube cp -h' for help and examples");
    const [from, to] = args.map(parseSpec);
    if (!from || !to) return;
    if (from.pod !== undefined && to.pod !== undefined)
      throw new CommandError('one of src or dest must be a local file specification');
    if (from.file === '' || to.file === '') throw new CommandError('filepath can not be empty');
    const options = { container: flags.container, io, session };
    if (from.pod !== undefined) await copyFromPod(from, to.file, options);
    else if (to.pod !== undefined) await copyToPod(from.file, to, { ...options, noPreserve: flags['no-preserve'] });
    else throw new CommandError('one of src or dest must be a remote file specification');
  },
});

/** 'file', 'pod:file', 'namespace/pod:file' */
function parseSpec(word: string): FileSpec {
  const colon = word.indexOf(':');
  if (colon < 0) return { namespace: undefined, pod: undefined, file: word };
  if (colon === 0) throw new CommandError('filespec must match the canonical format: [[namespace/]pod:]file/path');
  const [first = '', second, ...more] = word.slice(0, colon).split('/');
  if (more.length > 0) throw new CommandError('filespec must match the canonical format: [[namespace/]pod:]file/path');
  const file = word.slice(colon + 1);
  return second === undefined ? { namespace: undefined, pod: first, file } : { namespace: first, pod: second, file };
}

interface CopyOptions {
  container: string | undefined;
  io: Io;
  session: Session;
}

async function copyToPod(file: string, to: FileSpec, options: CopyOptions & { noPreserve: boolean }): Promise<void> {
  const source = path.resolve(options.io.cwd, file);
  if (!fs.existsSync(source)) throw new CommandError(`${file} doesn't exist in local filesystem`);
  const run = await execIn(to, options);
  const isFolder = (await run(['test', '-d', to.file], { quiet: true })) === 0;
  const target = path.posix.normalize(isFolder ? `${to.file}/${path.basename(source)}` : to.file).replace(/\/$/, '');
  const folder = path.posix.dirname(target);
  const preserve = options.noPreserve ? ['--no-same-permissions', '--no-same-owner'] : [];
  const code = await run(['tar', ...preserve, '-xmf', '-', ...(folder === '.' ? [] : ['-C', folder])], {
    stdin: Readable.from(writeTar(source, path.posix.basename(target)), { objectMode: false }),
  });
  if (code !== 0) throw new CommandError(`command terminated with exit code ${code}`, code);
}

async function copyFromPod(from: FileSpec, file: string, options: CopyOptions): Promise<void> {
  const run = await execIn(from, options);
  const prefix = path.posix
    .normalize(from.file)
    .replace(/^(\.\.?\/|\/)+/, '')
    .replace(/\/$/, '');
  const archive = new PassThrough();
  const unpacked = unpack({
    chunks: archive as AsyncIterable<Buffer>,
    prefix,
    target: path.resolve(options.io.cwd, file),
    warn: (line) => options.io.err(line),
  });
  // a refusal must be heard while the pod still sends
  const failed = unpacked.then(() => new Promise<never>(() => undefined));
  const code = await Promise.race([run(['tar', 'cf', '-', from.file], { stdout: archive }), failed]);
  archive.end();
  await unpacked.catch((error: unknown) => {
    if (code === 0) throw error;
  });
  if (code !== 0) throw new CommandError(`command terminated with exit code ${code}`, code);
}

interface Streams {
  stdin?: Readable;
  stdout?: PassThrough;
  quiet?: boolean;
}

/** Commands in the container of a pod: the exit code comes back. */
async function execIn({ namespace, pod: word = '' }: FileSpec, { container: wanted, io, session }: CopyOptions) {
  const rest = await session.rest();
  const where = namespace ?? (await session.namespace());
  const pod = await podOf({ rest, mapper: session.mapper, namespace: where, word });
  const container = containerOf(pod, wanted, io);
  return (words: readonly string[], { stdin, stdout, quiet = false }: Streams): Promise<number> => {
    const parameters = new URLSearchParams([
      ...words.map((w): [string, string] => ['command', w]),
      ['container', container],
      ...(stdin ? [['stdin', 'true'] as [string, string]] : []),
      ['stdout', 'true'],
      ['stderr', 'true'],
    ]);
    const nothing = async (): Promise<void> => undefined;
    const toArchive = (bytes: Buffer): Promise<void> =>
      new Promise((resolve) => (stdout?.write(bytes) ? resolve() : stdout?.once('drain', resolve)));
    const streams: Partial<Io> = {
      stdin: stdin ?? Readable.from([]),
      outBytes: stdout ? toArchive : quiet ? nothing : io.outBytes,
      errBytes: quiet ? nothing : io.errBytes,
    };
    const path = `${pathOf(PODS, where, pod.metadata.name, 'exec')}?${parameters.toString()}`;
    return runStream({ rest, path, stdin: stdin !== undefined, tty: false, io: { ...io, ...streams } });
  };
}
