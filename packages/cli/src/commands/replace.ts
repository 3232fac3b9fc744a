/** kubectl replace: PUT over what is there, or with --force delete and create anew. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { StatusError } from '@mkube/apimachinery';
import { bool, defineCommand } from '../command.ts';
import { followObject } from '../follow-object.ts';
import { allManifests, fileFlags } from '../files.ts';
import { nameOf, pathOf } from '../mapper.ts';
import { createObjectPrinter } from '../printers/output.ts';
import { dryRunOf, namespaceOf, submitFlags, validationOf, withLastApplied } from '../submit.ts';

export const command = defineCommand({
  name: 'replace',
  usage: '-f FILENAME',
  summary: 'Replace a resource by file name or stdin.',
  flags: {
    ...fileFlags,
    ...submitFlags,
    force: bool('If true, immediately remove resources from API and bypass graceful deletion.'),
  },
  async run({ flags, io, session }) {
    const mode = dryRunOf(flags['dry-run']);
    const manifests = await allManifests(flags, io);
    const [rest, mapper] = [await session.rest(), await session.mapper()];
    const printer = await createObjectPrinter(flags, async (o) =>
      nameOf(await mapper.byKind(o.apiVersion, o.kind), o.metadata.name),
    );
    for (const { object } of manifests) {
      const mapping = await mapper.byKind(object.apiVersion, object.kind);
      const namespace = await namespaceOf(object, session);
      const path = pathOf(mapping, namespace, object.metadata.name);
      const body = flags['save-config'] ? withLastApplied(object) : object;
      const query = {
        fieldManager: flags['field-manager'] ?? 'kubectl-replace',
        fieldValidation: validationOf(flags.validate),
        dryRun: mode === 'server' ? 'All' : undefined,
      };
      const send = async (): Promise<KubernetesObject> => {
        if (mode === 'client') return object;
        if (flags.force) {
          await removeNow(path, pathOf(mapping, namespace), object.metadata.name);
          return rest.json({ method: 'POST', path: pathOf(mapping, namespace), query, body });
        }
        const { metadata } = await rest.json<KubernetesObject>({ path });
        const resourceVersion = body.metadata.resourceVersion ?? metadata.resourceVersion;
        return rest.json({
          method: 'PUT',
          path,
          query,
          body: { ...body, metadata: { ...body.metadata, resourceVersion } },
        });
      };
      const result = await send();
      const suffix = mode === 'client' ? ' (dry run)' : mode === 'server' ? ' (server dry run)' : '';
      io.out(printer ? await printer(result) : `${nameOf(mapping, object.metadata.name)} replaced${suffix}\n`);
    }

    async function removeNow(path: string, collection: string, name: string): Promise<void> {
      try {
        await rest.json({ method: 'DELETE', path, body: { gracePeriodSeconds: 0, propagationPolicy: 'Background' } });
      } catch (error) {
        if (error instanceof StatusError && error.reason === 'NotFound') return;
        throw error;
      }
      await followObject({
        rest,
        path: collection,
        name,
        signal: io.signal,
        done: (o) => o === undefined,
        mayBeMissing: true,
      });
    }
  },
});
