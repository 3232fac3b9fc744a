/** kubectl version. */
import { stringifyYaml } from '@mkube/apimachinery';
import { bool, defineCommand, text } from '../command.ts';
import { CommandError } from '../io.ts';
import { formatJson } from '../printers/structured.ts';
import { CLIENT_VERSION } from '../client-version.ts';

interface VersionInfo {
  gitVersion: string;
}

export const command = defineCommand({
  name: 'version',
  summary: 'Print the client and server version information for the current context.',
  flags: {
    client: bool('If true, shows client version only (no server required).'),
    output: text("One of 'yaml' or 'json'.", { short: 'o' }),
  },
  async run({ flags, io, session }) {
    if (flags.output !== undefined && flags.output !== 'json' && flags.output !== 'yaml')
      throw new CommandError("--output must be 'yaml' or 'json'");
    const found: { clientVersion: VersionInfo; serverVersion?: VersionInfo } = { clientVersion: CLIENT_VERSION };
    let failure: unknown;
    if (!flags.client) {
      try {
        found.serverVersion = await (await session.rest()).json<VersionInfo>({ path: '/version' });
      } catch (error) {
        failure = error;
      }
    }
    if (flags.output === 'json') io.out(formatJson(found));
    else if (flags.output === 'yaml') io.out(await stringifyYaml(found));
    else {
      io.out(`Client Version: ${found.clientVersion.gitVersion}\n`);
      if (found.serverVersion) io.out(`Server Version: ${found.serverVersion.gitVersion}\n`);
    }
    if (failure !== undefined)
      throw failure instanceof Error ? failure : new CommandError('the server cannot be reached');
  },
});
