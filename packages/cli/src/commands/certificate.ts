/** kubectl certificate approve and deny. */
import type { CertificateSigningRequest } from '@mkube/api';
import { type AnyCommand, bool, type CommandGroup, defineCommand, subcommandsOf } from '../command.ts';
import { allManifests, fileFlags } from '../files.ts';
import { CommandError } from '../io.ts';
import { nameOf, pathOf } from '../mapper.ts';
import { createObjectPrinter, outputFlags } from '../printers/output.ts';
import type { Rest } from '../rest.ts';

const REQUESTS = {
  group: 'certificates.k8s.io',
  version: 'v1',
  resource: 'certificatesigningrequests',
  singular: 'certificatesigningrequest',
  kind: 'CertificateSigningRequest',
  namespaced: false,
} as const;

type Verdict = 'Approved' | 'Denied';

const judging = (name: 'approve' | 'deny', verdict: Verdict): AnyCommand =>
  defineCommand({
    name,
    usage: '(-f FILENAME | NAME)',
    summary: name === 'approve' ? 'Approve a certificate signing request.' : 'Deny a certificate signing request.',
    examples: `  mkube certificate ${name} csr-sqgzp`,
    flags: {
      ...fileFlags,
      ...outputFlags,
      force: bool(`Update the CSR even if it is already ${verdict.toLowerCase()}.`),
    },
    async run({ args, flags, io, session }) {
      const files = flags.filename.length > 0 ? await allManifests(flags, io) : [];
      const names = [...args, ...files.map((m) => m.object.metadata.name)];
      if (names.length === 0) throw new CommandError('one or more CSRs must be specified as <name> or -f <filename>');
      const rest = await session.rest();
      const printer = await createObjectPrinter(flags, async (o) => nameOf(REQUESTS, o.metadata.name));
      for (const csr of names) {
        const judged = await judge({ rest, name: csr, verb: name, verdict, force: flags.force });
        io.out(printer ? await printer(judged) : `${nameOf(REQUESTS, csr)} ${verdict.toLowerCase()}\n`);
      }
    },
  });

interface Judgement {
  rest: Rest;
  name: string;
  verb: 'approve' | 'deny';
  verdict: Verdict;
  force: boolean;
}

async function judge({ rest, name, verb, verdict, force }: Judgement): Promise<unknown> {
  const path = pathOf(REQUESTS, undefined, name);
  const csr = await rest.json<CertificateSigningRequest>({ path });
  const conditions = csr.status?.conditions ?? [];
  const opposite = verdict === 'Approved' ? 'Denied' : 'Approved';
  if (conditions.some((c) => c.type === opposite))
    throw new CommandError(`certificate signing request "${name}" is already ${opposite}`);
  const known = conditions.some((c) => c.type === verdict);
  if (known && !force) return csr;
  const condition = {
    type: verdict,
    status: 'True',
    reason: verdict === 'Approved' ? 'KubectlApprove' : 'KubectlDeny',
    message: `This CSR was ${verdict.toLowerCase()} by kubectl certificate ${verb}.`,
  };
  const status = { ...csr.status, conditions: known ? conditions : [...conditions, condition] };
  return rest.json({ method: 'PUT', path: `${path}/approval`, body: { ...csr, status } });
}

export const command: CommandGroup = {
  name: 'certificate',
  summary: 'Modify certificate resources such as certificate requests.',
  subcommands: subcommandsOf([judging('approve', 'Approved'), judging('deny', 'Denied')]),
};
