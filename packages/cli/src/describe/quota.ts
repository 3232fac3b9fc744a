/** The tables of quotas and limit ranges, of their own and as part of their namespace. */
import type { LimitRange, ResourceQuota } from '@mkube/api';
import type { DescribeInput, Description } from './describer.ts';
import type { Writer } from './writer.ts';

const SCOPES: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

export async function describeResourceQuota({ object, w }: DescribeInput): Promise<Description> {
  const quota = object as unknown as ResourceQuota;
  w.write(0, `Name:\t${quota.metadata.name}`);
  w.write(0, `Namespace:\t${quota.metadata.namespace}`);
  writeQuota(w, 0, quota, { bullet: ' * ', dashes: '--------\t----\t----' });
}

export function writeQuotas(w: Writer, quotas: readonly ResourceQuota[]): void {
  if (quotas.length === 0) return w.write(0, 'No resource quota.');
  w.write(0, 'Resource Quotas');
  for (const quota of quotas.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))) {
    w.write(1, `Name:\t${quota.metadata.name}`);
    writeQuota(w, 1, quota, { bullet: '* ', dashes: '--------\t---\t---' });
  }
}

function writeQuota(
  w: Writer,
  level: number,
  { spec, status }: ResourceQuota,
  { bullet, dashes }: { bullet: string; dashes: string },
): void {
  const scopes = (spec.scopes ?? []).toSorted();
  if (scopes.length > 0) w.write(level, `Scopes:\t${scopes.join(', ')}`);
  for (const scope of scopes) if (SCOPES[scope]) w.write(level, `${bullet}${SCOPES[scope]}`);
  w.write(level, 'Resource\tUsed\tHard');
  w.write(level, dashes);
  for (const name of Object.keys(status?.hard ?? {}).toSorted())
    w.write(level, `${name}\t${status?.used?.[name] ?? '0'}\t${status?.hard?.[name]}`);
}

export async function describeLimitRange({ object, w }: DescribeInput): Promise<Description> {
  const range = object as unknown as LimitRange;
  w.write(0, `Name:\t${range.metadata.name}`);
  w.write(0, `Namespace:\t${range.metadata.namespace}`);
  w.write(0, 'Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio');
  w.write(0, '----\t--------\t---\t---\t---------------\t-------------\t-----------------------');
  writeLimits(w, range, '');
}

export function writeLimitRanges(w: Writer, ranges: readonly LimitRange[]): void {
  if (ranges.length === 0) return w.write(0, 'No LimitRange resource.');
  w.write(0, 'Resource Limits\n Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio');
  w.write(0, ' ----\t--------\t---\t---\t---------------\t-------------\t-----------------------');
  for (const range of ranges) writeLimits(w, range, ' ');
}

function writeLimits(w: Writer, { spec }: LimitRange, prefix: string): void {
  for (const item of spec?.limits ?? []) {
    const columns = [item.min, item.max, item.defaultRequest, item.default, item.maxLimitRequestRatio];
    for (const name of [...new Set(columns.flatMap((c) => Object.keys(c ?? {})))].toSorted())
      w.write(0, `${prefix}${item.type}\t${name}\t${columns.map((c) => c?.[name] ?? '-').join('\t')}`);
  }
}
