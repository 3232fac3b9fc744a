/** What a body must be for the URL it was sent to: the resource's kind, or a subresource's own. */
import type { ResourceDefinition } from '@mkube/apimachinery';
import type { Expected } from './decode.ts';

export const expectedOf = ({ group, version, kind, schema, custom }: ResourceDefinition): Expected => ({
  group,
  version,
  kind,
  schema,
  custom,
});
