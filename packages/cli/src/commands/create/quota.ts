/** kubectl create quota. */
import { text } from '../../command.ts';
import { createCommand } from '../../create-command.ts';
import { CommandError } from '../../io.ts';

export const command = createCommand({
  name: 'quota',
  usage: '[--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]',
  summary: 'Create a quota with the specified name.',
  examples: '  mkube create quota my-quota --hard=cpu=1,memory=1G,pods=2,services=3',
  flags: {
    hard: text('A comma-delimited set of resource=quantity pairs that define a hard limit.'),
    scopes: text('A comma-delimited set of quota scopes that must all match each object tracked by the quota.'),
  },
  failure: 'failed to create quota:',
  make(name, { flags }) {
    const scopes = flags.scopes?.split(',');
    if (scopes?.includes('')) throw new CommandError('invalid resource quota scope ""');
    return {
      kind: 'ResourceQuota',
      apiVersion: 'v1',
      metadata: { name },
      spec: { ...(flags.hard && { hard: quantitiesOf(flags.hard) }), ...(scopes && { scopes }) },
      status: {},
    };
  },
});

const quantitiesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split(',').map((pair) => {
      const [key = '', value = '', ...more] = pair.split('=');
      if (!key || !value || more.length > 0)
        throw new CommandError(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
      return [key, value];
    }),
  );
