/** kubectl create token. */
import { stringifyYaml } from '@mkube/apimachinery';
import { defineCommand, list, text } from '../../command.ts';
import { CommandError } from '../../io.ts';
import { pathOf } from '../../mapper.ts';
import { formatJson } from '../../printers/structured.ts';
import { durationMillis } from '../../session.ts';

const SERVICE_ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts', namespaced: true } as const;

interface TokenRequest {
  status: { token: string };
}

export const command = defineCommand({
  name: 'token',
  usage: 'SERVICE_ACCOUNT_NAME',
  summary: 'Request a service account token.',
  flags: {
    audience: list('Audience of the requested token.'),
    duration: text('Requested lifetime of the issued token, such as 1h or 30m.', { value: 'duration' }),
    'bound-object-kind': text('Kind of an object to bind the token to. Supported kinds are Node, Pod, Secret.'),
    'bound-object-name': text('Name of an object to bind the token to.'),
    'bound-object-uid': text('UID of an object to bind the token to.'),
    output: text('Output format. One of: (json, yaml).', { short: 'o' }),
  },
  async run({ args, flags, io, session }) {
    const [name, ...more] = args;
    if (name === undefined || more.length > 0)
      throw new CommandError(`exactly one NAME is required, got ${args.length}`);
    const kind = flags['bound-object-kind'];
    const bound = kind && {
      kind,
      apiVersion: 'v1',
      name: flags['bound-object-name'],
      ...(flags['bound-object-uid'] && { uid: flags['bound-object-uid'] }),
    };
    const spec = {
      ...(flags.audience.length > 0 && { audiences: flags.audience }),
      ...(flags.duration && { expirationSeconds: Math.floor(durationMillis(flags.duration) / 1000) }),
      ...(bound && { boundObjectRef: bound }),
    };
    const answer = await (
      await session.rest()
    ).json<TokenRequest>({
      method: 'POST',
      path: pathOf(SERVICE_ACCOUNTS, await session.namespace(), name, 'token'),
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec },
    });
    if (flags.output === 'json') io.out(formatJson(answer));
    else if (flags.output === 'yaml') io.out(await stringifyYaml(answer));
    else io.out(`${answer.status.token}\n`);
  },
});
