/** kubectl label. */
import { metadataCommand } from '../metadata-command.ts';

export const command = metadataCommand({
  name: 'label',
  field: 'labels',
  past: 'labeled',
  undone: 'unlabeled',
  what: 'label',
  example: '  mkube label pods foo unhealthy=true\n  mkube label pods foo bar-',
});
