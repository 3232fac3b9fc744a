import assert from 'node:assert/strict';
import { X509Certificate, webcrypto } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { loadX509 } from '@mkube/apimachinery/x509';
import { type TestControllers, eventually, runControllers } from '../testing/api.test.ts';
import { lifetime, recognize, refusalOf } from './plan.ts';
import { readRequest } from './request.ts';

const x509 = await loadX509();
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const newKeys = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);

async function authority(): Promise<{ cert: string; key: string }> {
  const keys = await newKeys();
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=test-ca',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new x509.BasicConstraintsExtension(true)],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: ca.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----` };
}

async function requestFor(name: string, dns: string[] = []): Promise<string> {
  const keys = await newKeys();
  const extensions =
    dns.length > 0
      ? [new x509.SubjectAlternativeNameExtension(dns.map((value) => ({ type: 'dns' as const, value })))]
      : [];
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: algorithm,
    extensions,
  });
  return Buffer.from(csr.toString('pem')).toString('base64');
}

const KUBELET = 'kubernetes.io/kube-apiserver-client-kubelet';
const SERVING = 'kubernetes.io/kubelet-serving';
const CLIENT = ['digital signature', 'client auth'] as const;

describe('certificate requests', () => {
  let api: TestControllers;
  let ca: { cert: string; key: string };
  before(async () => {
    ca = await authority();
    api = await runControllers({ only: ['certificatesigningrequest'], flags: { clusterSigning: ca } });
  });
  after(() => api.close());

  it('of a node for itself are approved and signed', async () => {
    await api.client.clusterRoleBindings.create({
      metadata: { name: 'nodes-renew' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
      },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' }],
    });
    const node = api.clientAs({ username: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] });
    await node.certificateSigningRequests.create({
      metadata: { name: 'self' },
      spec: { request: await requestFor('CN=system:node:n1,O=system:nodes'), signerName: KUBELET, usages: [...CLIENT] },
    });
    const { status } = await eventually('it is signed', async () => {
      const csr = await api.client.certificateSigningRequests.get({ name: 'self' });
      return csr.status.certificate !== undefined && csr;
    });
    assert.equal(status.conditions?.[0]?.reason, 'AutoApproved');
    const certificate = new X509Certificate(Buffer.from(status.certificate ?? '', 'base64'));
    assert.match(certificate.subject, /CN=system:node:n1/);
    assert.ok(certificate.verify(new X509Certificate(ca.cert).publicKey));
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  });

  it('of anybody else wait for somebody to approve them', async () => {
    await api.client.certificateSigningRequests.create({
      metadata: { name: 'manual' },
      spec: {
        request: await requestFor('CN=jane'),
        signerName: 'kubernetes.io/kube-apiserver-client',
        usages: [...CLIENT],
        expirationSeconds: 3600,
      },
    });
    const csr = await api.client.certificateSigningRequests.get({ name: 'manual' });
    assert.equal(csr.status.conditions, undefined);
    const conditions = [{ type: 'Approved', status: 'True', reason: 'Test', message: 'approved by hand' }];
    await api.client.certificateSigningRequests.updateSubresource({ name: 'manual' }, 'approval', {
      ...csr,
      status: { conditions },
    });
    const { status } = await eventually('it is signed', async () => {
      const signed = await api.client.certificateSigningRequests.get({ name: 'manual' });
      return signed.status.certificate !== undefined && signed;
    });
    const { validTo } = new X509Certificate(Buffer.from(status.certificate ?? '', 'base64'));
    assert.ok(Math.abs(Date.parse(validTo) - Date.now() - 3_600_000) < 60_000);
  });

  it('that break their signer’s rules fail, and say why', async () => {
    const { client } = api;
    await client.certificateSigningRequests.create({
      metadata: { name: 'wrong' },
      spec: {
        request: await requestFor('CN=nobody'),
        signerName: SERVING,
        usages: ['digital signature', 'server auth'],
      },
    });
    const csr = await client.certificateSigningRequests.get({ name: 'wrong' });
    const conditions = [{ type: 'Approved', status: 'True', reason: 'Test', message: '' }];
    await client.certificateSigningRequests.updateSubresource({ name: 'wrong' }, 'approval', {
      ...csr,
      status: { conditions },
    });
    const failed = await eventually('it has failed', async () =>
      (await client.certificateSigningRequests.get({ name: 'wrong' })).status.conditions?.find(
        ({ type }) => type === 'Failed',
      ),
    );
    assert.match(failed.message ?? '', /O=system:nodes/);
  });
});

describe('the rules of signers', () => {
  const ask = async (signerName: string, usages: string[], subject: string, dns: string[] = []) =>
    refusalOf({ request: '', signerName, usages: usages as never }, await readRequest(await requestFor(subject, dns)));
  const node = 'CN=system:node:n,O=system:nodes';

  it('hold what a certificate is for', async () => {
    assert.equal(await ask(KUBELET, [...CLIENT], node), undefined);
    assert.match((await ask(KUBELET, [...CLIENT], node, ['a.example'])) ?? '', /not allowed/);
    assert.match((await ask(KUBELET, ['server auth'], node)) ?? '', /server auth are not allowed/);
    assert.match((await ask(KUBELET, [...CLIENT], 'CN=system:node:n,O=system:masters')) ?? '', /subject must be/);
    assert.match((await ask(SERVING, ['server auth'], node)) ?? '', /at least one DNS or IP/);
    assert.equal(await ask(SERVING, ['server auth'], node, ['n.example']), undefined);
  });

  it('let only kubelets be approved by themselves', async () => {
    const request = await readRequest(await requestFor(node));
    const spec = (username: string, signerName = KUBELET) => ({
      request: '',
      signerName,
      usages: [...CLIENT],
      username,
    });
    assert.deepEqual(
      recognize(spec('system:node:n'), request).map(({ subresource }) => subresource),
      ['selfnodeclient', 'nodeclient'],
    );
    assert.deepEqual(
      recognize(spec('bootstrapper'), request).map(({ subresource }) => subresource),
      ['nodeclient'],
    );
    assert.deepEqual(recognize(spec('system:node:n', SERVING), request), []);
  });

  it('bound a certificate’s life', () => {
    const now = new Date('2025-01-01T00:00:00Z');
    const seconds = (expirationSeconds?: number) =>
      (lifetime(
        { request: '', signerName: '', ...(expirationSeconds && { expirationSeconds }) },
        now,
      ).notAfter.getTime() -
        now.getTime()) /
      1000;
    assert.deepEqual([seconds(), seconds(60), seconds(7200), seconds(10 ** 9)], [31_536_000, 600, 7200, 31_536_000]);
  });
});
