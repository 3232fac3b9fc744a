/** Describes a ServiceAccount. */
import type { ServiceAccount } from '@mkube/api';
import type { DescribeInput, Description } from './describer.ts';
import { eventsOf, writeEvents } from './events.ts';
import { writeHead } from './writer.ts';

const HEAD = 'Image pull secrets:';

export async function describeServiceAccount({
  object,
  rest,
  w,
  now,
  showEvents,
}: DescribeInput): Promise<Description> {
  const account = object as unknown as ServiceAccount;
  writeHead(w, account.metadata);
  const names = account.imagePullSecrets?.map((s) => s.name) ?? [];
  if (names.length === 0) w.write(0, `${HEAD}\t<none>`);
  names.forEach((name, i) => w.write(0, `${i === 0 ? HEAD : ' '.repeat(HEAD.length)}\t${name}`));
  if (showEvents) writeEvents(w, await eventsOf(rest, object), now);
}
