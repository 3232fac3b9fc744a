/** kubectl diff: what apply would change, by a dry run of the server and the machine's diff. Exit code 1: there is a difference. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { type KubernetesObject, stringifyYaml } from '@mkube/apimachinery';
import { applyClientSide, applyServerSide, findApplied } from '../apply/apply-object.ts';
import { bool, defineCommand, type Invocation, text } from '../command.ts';
import { allManifests, fileFlags } from '../files.ts';
import { CommandError } from '../io.ts';
import type { Mapping } from '../mapper.ts';
import { withoutManagedFields } from '../printers/structured.ts';
import { runProgram } from '../run-program.ts';
import { namespaceOf, withNamespace } from '../submit.ts';

const flagTable = {
  ...fileFlags,
  'server-side': bool('If true, apply runs in the server instead of the client.'),
  'force-conflicts': bool('If true, server-side apply will force the changes against conflicts.'),
  'field-manager': text('Name of the manager used to track field ownership.'),
  'show-managed-fields': bool('If true, include managed fields in the diff.'),
} as const;

export const command = defineCommand({
  name: 'diff',
  usage: '-f FILENAME',
  summary: 'Diff the live version against a would-be applied version.',
  examples: '  mkube diff -f pod.json\n  cat service.yaml | mkube diff -f -',
  flags: flagTable,
  async run(invocation) {
    // 1 means that there is a difference, so what goes wrong is more than that
    return compare(invocation).catch((error: unknown) => {
      if (error instanceof CommandError)
        throw new CommandError(error.message, Math.max(2, error.exitCode), { cause: error });
      throw error;
    });
  },
});

async function compare({ flags, io, session }: Invocation<typeof flagTable>): Promise<number> {
  const manifests = await allManifests(flags, io);
  const [rest, mapper] = [await session.rest(), await session.mapper()];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-diff-'));
  try {
    const [live, merged] = ['LIVE', 'MERGED'].map(
      (name) => fs.mkdirSync(path.join(folder, name)) ?? path.join(folder, name),
    );
    for (const { object } of manifests) {
      const mapping = await mapper.byKind(object.apiVersion, object.kind);
      const namespace = await namespaceOf(object, session);
      const input = withNamespace(object, mapping.namespaced ? namespace : undefined);
      const options = { 'dry-run': 'server', validate: 'true', ...flags };
      const apply = { rest, io, mapping, namespace, object: input, flags: options };
      const now = await findApplied(apply);
      const then = (await (flags['server-side'] ? applyServerSide(apply) : applyClientSide(apply))).object;
      const name = fileNameOf(mapping, namespace, object.metadata.name);
      await write(live ?? folder, name, now);
      await write(merged ?? folder, name, then);
    }
    const [program = 'diff', ...args] = (io.env['KUBECTL_EXTERNAL_DIFF'] ?? 'diff -u -N').split(/\s+/).filter(Boolean);
    const code = await runProgram(program, [...args, live ?? '', merged ?? ''], io.env);
    if (code > 1) throw new CommandError(`failed to run "${program}": exit status ${code}`, code);
    return code;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }

  async function write(where: string, name: string, object: KubernetesObject | undefined): Promise<void> {
    if (!object) return;
    const shown = masked(flags['show-managed-fields'] ? object : withoutManagedFields(object));
    fs.writeFileSync(path.join(where, name), await stringifyYaml(shown), { mode: 0o600 });
  }
}

/** One flat name whatever an object is called. */
const fileNameOf = ({ group, version, kind }: Mapping, namespace: string, name: string): string =>
  [group, version, kind, namespace, name]
    .filter(Boolean)
    .join('.')
    .replace(/[^a-zA-Z0-9._-]/g, '_');

/** A secret's values are not for a terminal: that they are there is. */
function masked(object: KubernetesObject): KubernetesObject {
  if (object.kind !== 'Secret') return object;
  const { data } = object as { data?: Record<string, string> };
  return {
    ...object,
    ...(data && { data: Object.fromEntries(Object.keys(data).map((k) => [k, '***'])) }),
  } as KubernetesObject;
}
