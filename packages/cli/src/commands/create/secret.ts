/** kubectl create secret generic|tls|docker-registry. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { KubernetesObject } from '@mkube/apimachinery';
import { type AnyCommand, type CommandGroup, defineCommand, text, textOr } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { createObject, submitFlags } from '../../submit.ts';
import { keyValueFlags, readKeyValues } from './key-values.ts';

const secretOf = (name: string, type: string, data: Iterable<[string, Buffer]>): KubernetesObject =>
  ({
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name },
    type,
    data: Object.fromEntries([...data].map(([key, bytes]) => [key, bytes.toString('base64')])),
  }) as unknown as KubernetesObject;

function nameOf(args: readonly string[]): string {
  const [name, ...more] = args;
  if (name === undefined || more.length > 0) throw new CommandError(`exactly one NAME is required, got ${args.length}`);
  return name;
}

const generic = defineCommand({
  name: 'generic',
  usage: 'NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]',
  summary: 'Create a secret from a local file, directory, or literal value',
  flags: { ...submitFlags, ...keyValueFlags, type: textOr('', 'The type of secret to create') },
  async run({ args, flags, io, session }) {
    const object = secretOf(nameOf(args), flags.type || 'Opaque', readKeyValues(flags, io.cwd));
    await createObject({ object, flags, io, session, generated: { failure: 'failed to create secret' } });
  },
});

const tls = defineCommand({
  name: 'tls',
  usage: 'NAME --cert=path/to/cert/file --key=path/to/key/file',
  summary: 'Create a TLS secret',
  flags: {
    ...submitFlags,
    cert: text('Path to PEM encoded public key certificate.'),
    key: text('Path to private key associated with given certificate.'),
  },
  async run({ args, flags, io, session }) {
    if (!flags.cert || !flags.key) throw new CommandError('cert and key must be specified');
    const read = (file: string): Buffer => {
      try {
        return fs.readFileSync(path.resolve(io.cwd, file));
      } catch (error) {
        throw new CommandError(`open ${file}: no such file or directory`, 1, { cause: error });
      }
    };
    const data: [string, Buffer][] = [
      ['tls.crt', read(flags.cert)],
      ['tls.key', read(flags.key)],
    ];
    await createObject({
      object: secretOf(nameOf(args), 'kubernetes.io/tls', data),
      flags,
      io,
      session,
      generated: { failure: 'failed to create secret' },
    });
  },
});

const dockerRegistry = defineCommand({
  name: 'docker-registry',
  usage: 'NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string]',
  summary: 'Create a secret for use with a Docker registry',
  flags: {
    ...submitFlags,
    'docker-server': textOr('https://index.docker.io/v1/', 'Server location for Docker registry'),
    'docker-username': textOr('', 'Username for Docker registry authentication'),
    'docker-password': textOr('', 'Password for Docker registry authentication'),
    'docker-email': textOr('', 'Email for Docker registry'),
  },
  async run({ args, flags, io, session }) {
    const { 'docker-username': username, 'docker-password': password, 'docker-email': email } = flags;
    if (!username || !password)
      throw new CommandError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      );
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    const config = JSON.stringify({
      auths: { [flags['docker-server']]: { username, password, ...(email && { email }), auth } },
    });
    const object = secretOf(nameOf(args), 'kubernetes.io/dockerconfigjson', [
      ['.dockerconfigjson', Buffer.from(config)],
    ]);
    await createObject({ object, flags, io, session, generated: { failure: 'failed to create secret' } });
  },
});

const entry = (name: string, of: AnyCommand) => ({
  name,
  summary: of.summary,
  group: 'Available Commands',
  load: async () => of,
});

export const command: CommandGroup = {
  name: 'secret',
  summary: 'Create a secret with specified type.',
  subcommands: [entry('docker-registry', dockerRegistry), entry('generic', generic), entry('tls', tls)],
};
