/** Describes ConfigMaps, whose data is shown, and Secrets, of which only the size is (but for a service account's token, which is what one came for). */
import type { ConfigMap, Secret } from '@mkube/api';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writeHead } from './writer.ts';

export async function describeConfigMap({ object, rest, w, now, showEvents }: DescribeInput): Promise<Description> {
  const { metadata, data, binaryData } = object as unknown as ConfigMap;
  writeHead(w, metadata);
  w.write(0, '\nData\n====');
  for (const [key, value] of sorted(data)) w.write(0, `${key}:\n----\n${value}\n`);
  w.write(0, '\nBinaryData\n====');
  for (const [key, value] of sorted(binaryData)) w.write(0, `${key}: ${sizeOf(value)} bytes`);
  w.write(0, '');
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}

export async function describeSecret({ object, w }: DescribeInput): Promise<Description> {
  const { metadata, type, data } = object as unknown as Secret;
  writeHead(w, metadata);
  w.write(0, `\nType:\t${type ?? ''}\n\nData\n====`);
  for (const [key, value] of sorted(data)) {
    const isToken = key === 'token' && type === 'kubernetes.io/service-account-token';
    w.write(0, `${key}:\t${isToken ? Buffer.from(value, 'base64').toString('utf8') : `${sizeOf(value)} bytes`}`);
  }
}

const sizeOf = (base64: string): number => Buffer.from(base64, 'base64').length;

const sorted = (data: Record<string, string> | undefined): [string, string][] =>
  Object.entries(data ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
