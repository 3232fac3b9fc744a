/** kubectl annotate. */
import { metadataCommand } from '../metadata-command.ts';

export const command = metadataCommand({
  name: 'annotate',
  field: 'annotations',
  past: 'annotated',
  undone: 'annotated',
  what: 'annotation',
  example: "  mkube annotate pods foo description='my frontend'",
});
