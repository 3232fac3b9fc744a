/** kubectl explain: what a kind and its fields mean, out of the server's OpenAPI. */
import { bool, defineCommand, text, textOr } from '../command.ts';
import { explain, headOfKind } from '../explain/explain.ts';
import type { OpenApiDocument } from '../explain/schema.ts';
import { CommandError } from '../io.ts';
import type { Mapping, ResourceMapper } from '../mapper.ts';

export const command = defineCommand({
  name: 'explain',
  usage: 'TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext]',
  summary: 'Describe fields and structure of various resources.',
  examples: '  mkube explain pods\n  mkube explain pods.spec.containers\n  mkube explain deployments --recursive',
  flags: {
    recursive: bool('When true, print the name of all the fields recursively.'),
    'api-version': text('Use given api-version (group/version) of the resource.'),
    output: textOr('plaintext', 'Format in which to render the schema. Valid values are: (plaintext).', { short: 'o' }),
  },
  async run({ args, flags, io, session }) {
    const [word, ...more] = args;
    if (word === undefined)
      throw new CommandError(
        'You must specify the type of resource to explain. Use "mkube api-resources" for a complete list of supported resources.',
      );
    if (more.length > 0) throw new CommandError('We accept only this format: explain RESOURCE');
    if (!flags.output.startsWith('plaintext'))
      throw new CommandError(`unrecognized format: ${flags.output}. Valid formats are: plaintext`);
    const { mapping, fields } = await findResource(await session.mapper(), word, flags['api-version']);
    const { group, version } = mapping;
    const document = await (
      await session.rest()
    ).json<OpenApiDocument>({ path: `/openapi/v3/${group ? `apis/${group}` : 'api'}/${version}` });
    io.out(headOfKind(mapping));
    io.out(explain({ document, kind: mapping, fields, recursive: flags.recursive }));
  },
});

/** 'pods.spec', but 'deployments.apps.spec' too: the longest head that names a resource is one. */
async function findResource(
  mapper: ResourceMapper,
  word: string,
  apiVersion: string | undefined,
): Promise<{ mapping: Mapping; fields: string[] }> {
  const [name = '', ...fields] = word.replace(/\.$/, '').split('.');
  const all = await mapper.all();
  for (let taken = fields.length; taken > 0; taken--) {
    const group = fields.slice(0, taken).join('.');
    const isNamed = all.some((m) => m.group === group || `${m.version}.${m.group}` === group);
    if (isNamed) return { mapping: await mapper.byName(`${name}.${group}`), fields: fields.slice(taken) };
  }
  const mapping = await mapper.byName(name);
  if (apiVersion === undefined) return { mapping, fields };
  return { mapping: await mapper.byKind(apiVersion, mapping.kind), fields };
}
