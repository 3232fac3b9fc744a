/** kubectl auth whoami: who the server takes one for. */
import type { KubernetesObject } from '@mkube/apimachinery';
import { defineCommand } from '../../command.ts';
import { createObjectPrinter, outputFlags } from '../../printers/output.ts';
import { createTextTable } from '../../printers/text-table.ts';

interface UserInfo {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

export const command = defineCommand({
  name: 'whoami',
  summary: 'Check self subject attributes.',
  flags: outputFlags,
  async run({ flags, io, session }) {
    const review = await (
      await session.rest()
    ).json<KubernetesObject & { status: { userInfo: UserInfo } }>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
    const printer = await createObjectPrinter(flags, async () => 'selfsubjectreview.authentication.k8s.io/', {
      ordered: true,
    });
    io.out(printer ? await printer(review) : tableOf(review.status.userInfo));
  },
});

function tableOf({ username, uid, groups = [], extra = {} }: UserInfo): string {
  const list = (values: readonly string[]): string => `[${values.join(' ')}]`;
  return createTextTable().print([
    ['ATTRIBUTE', 'VALUE'],
    ...(username ? [['Username', username]] : []),
    ...(uid ? [['UID', uid]] : []),
    ...(groups.length > 0 ? [['Groups', list(groups)]] : []),
    ...Object.keys(extra)
      .toSorted()
      .map((key) => [`Extra: ${key}`, list(extra[key] ?? [])]),
  ]);
}
