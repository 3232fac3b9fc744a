/** Describes a Namespace, with its quotas and limits. */
import type { LimitRange, Namespace, ResourceQuota } from '@mkube/api';
import type { DescribeInput, Description } from './describer.ts';
import { writeLimitRanges, writeQuotas } from './quota.ts';
import { formatTime, writeHead } from './writer.ts';

export async function describeNamespace({ object, rest, w }: DescribeInput): Promise<Description> {
  const { metadata, status } = object as unknown as Namespace;
  const items = async <T>(resource: string): Promise<T[]> =>
    (await rest.json<{ items: T[] }>({ path: `/api/v1/namespaces/${encodeURIComponent(metadata.name)}/${resource}` }))
      .items;
  const [quotas, ranges] = await Promise.all([
    items<ResourceQuota>('resourcequotas'),
    items<LimitRange>('limitranges'),
  ]);
  writeHead(w, metadata);
  w.write(0, `Status:\t${status.phase ?? ''}`);
  if (status.conditions?.length) {
    w.write(0, 'Conditions:');
    w.write(1, 'Type\tStatus\tLastTransitionTime\tReason\tMessage');
    w.write(1, '----\t------\t------------------\t------\t-------');
    for (const c of status.conditions)
      w.write(1, `${c.type}\t${c.status}\t${formatTime(c.lastTransitionTime)}\t${c.reason ?? ''}\t${c.message ?? ''}`);
  }
  w.write(0, '');
  writeQuotas(w, quotas);
  w.write(0, '');
  writeLimitRanges(w, ranges);
}
