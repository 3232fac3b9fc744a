/** kubectl edit: objects in the user's editor, and what was changed as a patch. What the server refuses is opened again. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type KubernetesObject, StatusError, stringifyYaml } from '@mkube/apimachinery';
import { patchOf } from '../apply/patch-of.ts';
import { defineCommand, text, textOr } from '../command.ts';
import { formatError } from '../errors.ts';
import { fileFlags, parseManifests } from '../files.ts';
import { CommandError } from '../io.ts';
import { nameOf, pathOf } from '../mapper.ts';
import { listOf, withoutManagedFields } from '../printers/structured.ts';
import type { Rest } from '../rest.ts';
import { runProgram } from '../run-program.ts';
import { type Selected, selectByCommandLine } from '../select.ts';

const HEAD = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

export const command = defineCommand({
  name: 'edit',
  usage: '(RESOURCE/NAME | -f FILENAME)',
  summary: 'Edit a resource on the server.',
  examples: '  mkube edit svc/registry\n  KUBE_EDITOR="nano" mkube edit svc/registry',
  flags: {
    ...fileFlags,
    selector: text('Selector (label query) to filter on.', { short: 'l' }),
    subresource: text('If specified, edit will operate on the subresource of the requested object.'),
    'field-manager': textOr('kubectl-edit', 'Name of the manager used to track field ownership.'),
  },
  async run({ args, flags, io, session }) {
    const [program = 'vi', ...words] = (io.env['KUBE_EDITOR'] || io.env['EDITOR'] || 'vi').split(/\s+/).filter(Boolean);
    const rest = await session.rest();
    const selected = await selectByCommandLine({ args, flags, io, session, verb: 'edit' });
    const found = await Promise.all(
      selected.map(async (target) => {
        const place = pathOf(target.mapping, target.namespace, target.name, flags.subresource);
        return { target, path: place, object: await rest.json<KubernetesObject>({ path: place }) };
      }),
    );
    const shown = found.map((f) => withoutManagedFields(f.object));
    const original = await stringifyYaml(shown.length === 1 ? shown[0] : listOf(shown));
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-edit-'));
    const file = path.join(folder, `${(selected[0]?.name ?? 'edit').replace(/[^a-zA-Z0-9._-]/g, '_')}.yaml`);
    let [content, faults] = [original, ''];
    for (;;) {
      fs.writeFileSync(file, HEAD + faults + content, { mode: 0o600 });
      if ((await runProgram(program, [...words, file], io.env)) !== 0)
        throw new CommandError(`there was a problem with the editor "${program}"`);
      const edited = withoutComments(fs.readFileSync(file, 'utf8'));
      if (faults !== '' && edited === content) {
        io.err(`A copy of your changes has been stored to "${file}"\n`);
        throw new CommandError('Edit cancelled, no valid changes were saved.');
      }
      if (edited.trim() === '' || edited === original) {
        io.err(edited === original ? 'Edit cancelled, no changes made.\n' : 'Edit cancelled, saved file was empty.\n');
        break;
      }
      const fault = await save(edited);
      if (fault === undefined) break;
      io.err(fault);
      [content, faults] = [edited, `${fault.trimEnd().replace(/^/gm, '# ')}\n#\n`];
    }
    fs.rmSync(folder, { recursive: true, force: true });

    /** What was wrong, in words for the user; undefined when all is saved. */
    async function save(edited: string): Promise<string | undefined> {
      try {
        const objects: KubernetesObject[] = [];
        for await (const { object } of parseManifests(edited, 'the edited file')) objects.push(object);
        for (const { target, path: place, object } of found) {
          const changed = objects.find((o) => isSame(o, object));
          if (!changed) throw new CommandError('At least one of apiVersion, kind and name was changed');
          await send(rest, { target, path: place, object, changed });
        }
        return undefined;
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof CommandError)) throw error;
        return formatError(error, { path: 'mkube edit', server: undefined });
      }
    }

    async function send(to: Rest, { target, path: place, object, changed }: Edited): Promise<void> {
      const before = withoutManagedFields(object);
      const { patch, contentType } = await patchOf({ original: before, modified: changed, current: before });
      if (Object.keys(patch).length === 0) return;
      const query = { fieldManager: flags['field-manager'] };
      await to.json({ method: 'PATCH', path: place, contentType, query, body: patch });
      io.out(`${nameOf(target.mapping, target.name)} edited\n`);
    }
  },
});

interface Edited {
  target: Selected;
  path: string;
  object: KubernetesObject;
  changed: KubernetesObject;
}

const isSame = (a: KubernetesObject, b: KubernetesObject): boolean =>
  a.apiVersion === b.apiVersion &&
  a.kind === b.kind &&
  a.metadata.name === b.metadata.name &&
  a.metadata.namespace === b.metadata.namespace;

const withoutComments = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
