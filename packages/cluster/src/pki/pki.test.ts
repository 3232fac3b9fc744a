import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { ClusterState } from '../state/cluster-state.ts';
import { ensurePki, needPair, needText } from './pki.ts';

const YEAR = 365 * 86_400_000;
const owner = { home: os.homedir() };
let folder = '';
beforeEach(() => {
  folder = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-pki-')), 'pki');
});
afterEach(() => fs.rmSync(path.dirname(folder), { recursive: true }));

const state: ClusterState = {
  version: 1,
  id: '012345',
  name: 'sample',
  createdAt: '2026-01-01T00:00:00Z',
  port: 6443,
  serviceCidr: '10.96.0.0/16',
  network: {
    mode: 'namespaces',
    nodeCidr: '10.240.0.0/24',
    podCidr: '10.244.0.0/16',
    hostAddress: '10.240.0.1',
    mtu: 1500,
  },
  nodes: [
    {
      name: 'node-1',
      index: 1,
      address: '10.240.0.11',
      podCidr: '10.244.1.0/24',
      kubeletPort: 10250,
      wanted: 'running',
    },
  ],
  options: { runtime: 'runc' },
};

const certOf = (file: string) => new X509Certificate(needPair(folder, file).cert);

describe('the keys and certificates of a cluster', () => {
  it('are an authority of 10 years and leaves of 1 year, all valid from an hour ago', async () => {
    const now = new Date();
    const issued = await ensurePki({ folder, state, owner, now });
    assert.deepEqual(issued, ['apiserver', 'admin', 'apiserver-kubelet-client', 'kube-proxy', 'node-node-1']);
    const ca = certOf('ca');
    assert.ok(ca.ca);
    for (const file of issued) {
      const leaf = certOf(file);
      assert.ok(leaf.checkIssued(ca) && leaf.verify(ca.publicKey) && !leaf.ca, file);
      assert.ok(Math.abs(Date.parse(leaf.validFrom) - (now.getTime() - 3_600_000)) < 2000);
      assert.ok(Math.abs(Date.parse(leaf.validTo) - now.getTime() - YEAR) < 2000);
    }
    assert.ok(Date.parse(ca.validTo) - now.getTime() > 9.9 * YEAR);
    assert.equal(certOf('admin').subject, 'O=system:masters\nCN=kubernetes-admin');
    assert.equal(certOf('node-node-1').subject, 'O=system:nodes\nCN=system:node:node-1');
    for (const ip of ['127.0.0.1', '10.96.0.1', '10.240.0.1', '::1']) assert.ok(certOf('apiserver').checkIP(ip), ip);
    assert.ok(certOf('apiserver').checkHost('kubernetes.default.svc.cluster.local'));
    assert.match(needText(folder, 'service-account.key'), /^-----BEGIN PRIVATE KEY-----/);
    for (const file of fs.readdirSync(folder))
      assert.equal(fs.statSync(path.join(folder, file)).mode & 0o777, 0o600, file);
  });

  it('are left alone while they are good', async () => {
    await ensurePki({ folder, state, owner, now: new Date() });
    assert.deepEqual(await ensurePki({ folder, state, owner, now: new Date() }), []);
  });

  it('are issued again when they end within 30 days, by the same authority', async () => {
    await ensurePki({ folder, state, owner, now: new Date() });
    const ca = certOf('ca').fingerprint256;
    const later = new Date(Date.now() + YEAR - 29 * 86_400_000);
    assert.equal((await ensurePki({ folder, state, owner, now: later })).length, 5);
    assert.equal(certOf('ca').fingerprint256, ca);
  });

  it('are issued again when their names change, and only those', async () => {
    await ensurePki({ folder, state, owner, now: new Date() });
    const moved = { ...state, network: { ...state.network, hostAddress: '10.240.9.1' } };
    assert.deepEqual(await ensurePki({ folder, state: moved, owner, now: new Date() }), ['apiserver']);
    assert.ok(certOf('apiserver').checkIP('10.240.9.1'));
  });

  it('are issued again when one is damaged or belongs to another key', async () => {
    await ensurePki({ folder, state, owner, now: new Date() });
    fs.writeFileSync(path.join(folder, 'admin.crt'), 'x');
    fs.copyFileSync(path.join(folder, 'apiserver.key'), path.join(folder, 'node-node-1.key'));
    assert.deepEqual(await ensurePki({ folder, state, owner, now: new Date() }), ['admin', 'node-node-1']);
  });
});
