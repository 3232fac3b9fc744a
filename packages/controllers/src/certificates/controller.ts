/** Approves requests of kubelets for their own client certificates, signs what is approved, and clears old requests away. */
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '@mkube/api';
import { formatTime } from '@mkube/apimachinery';
import { type Controller, TerminalError, watch } from '@mkube/client';
import type { ControllerContext } from '../context.ts';
import { ignoreNotFound } from '../owned/claim.ts';
import { SIGNERS, hasCondition, lifetime, recognize, refusalOf, staleAt } from './plan.ts';
import { readRequest, signRequest } from './request.ts';

export function certificateController(context: ControllerContext): Controller {
  const { client, clock, flags } = context;
  const requests = context.informer('certificateSigningRequests');
  return {
    name: 'certificatesigningrequest',
    watches: [watch(requests)],
    async reconcile(name, signal) {
      const csr = requests.lister.get(name);
      if (!csr) return undefined;
      const left = staleAt(csr) - clock.now().getTime();
      if (left <= 0) return remove(csr, signal);
      if (!hasCondition(csr, 'Denied') && !hasCondition(csr, 'Failed') && !csr.status.certificate) {
        if (!hasCondition(csr, 'Approved')) await approve(csr, signal);
        else if (flags.clusterSigning && SIGNERS.includes(csr.spec.signerName))
          await sign(csr, flags.clusterSigning, signal);
      }
      return { requeueAfter: left };
    },
  };

  async function remove({ metadata }: CertificateSigningRequest, signal: AbortSignal): Promise<undefined> {
    await client.certificateSigningRequests
      .delete(metadata, { signal, preconditions: { uid: metadata.uid } })
      .catch(ignoreNotFound);
  }

  async function approve(csr: CertificateSigningRequest, signal: AbortSignal): Promise<void> {
    const request = await readRequest(csr.spec.request).catch(ignoreMalformed);
    if (!request) return;
    for (const { subresource, message } of recognize(csr.spec, request)) {
      if (!(await isAllowed(csr, subresource, signal))) continue;
      const condition = conditionOf('Approved', 'AutoApproved', message);
      const status = { ...csr.status, conditions: [...(csr.status.conditions ?? []), condition] };
      await client.certificateSigningRequests.updateSubresource(
        csr.metadata,
        'approval',
        { ...csr, status },
        { signal },
      );
      return;
    }
  }

  async function isAllowed(
    { spec }: CertificateSigningRequest,
    subresource: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { username = '', uid, groups, extra } = spec;
    const resourceAttributes = {
      group: 'certificates.k8s.io',
      resource: 'certificatesigningrequests',
      subresource,
      verb: 'create',
      version: '*',
    };
    const review = {
      spec: {
        user: username,
        ...(uid && { uid }),
        ...(groups && { groups }),
        ...(extra && { extra }),
        resourceAttributes,
      },
    };
    return (await client.subjectAccessReviews.create(review, { signal })).status?.allowed ?? false;
  }

  async function sign(
    csr: CertificateSigningRequest,
    ca: { cert: string; key: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { spec, status } = csr;
    try {
      const refusal = refusalOf(spec, await readRequest(spec.request));
      if (refusal) throw new TerminalError(refusal);
      const pem = await signRequest(spec.request, { ca, usages: spec.usages ?? [], ...lifetime(spec, clock.now()) });
      await write(csr, { ...status, certificate: Buffer.from(pem).toString('base64') }, signal);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      const failed = conditionOf('Failed', 'SignerValidationFailure', error.message);
      await write(csr, { ...status, conditions: [...(status.conditions ?? []), failed] }, signal);
    }
  }

  async function write(
    csr: CertificateSigningRequest,
    status: CertificateSigningRequest['status'],
    signal: AbortSignal,
  ): Promise<void> {
    await client.certificateSigningRequests.updateStatus({ ...csr, status }, { signal });
  }

  function conditionOf(type: string, reason: string, message: string): CertificateSigningRequestCondition {
    const time = formatTime(clock.now());
    return { type, status: 'True', reason, message, lastUpdateTime: time, lastTransitionTime: time };
  }
}

/** Whoever approves by hand is told by the signer then. */
function ignoreMalformed(error: unknown): undefined {
  if (!(error instanceof TerminalError)) throw error;
}
