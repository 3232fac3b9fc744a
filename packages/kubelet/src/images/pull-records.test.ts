import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Credentials } from './credentials.ts';
import { createPullRecords, type VerificationPolicy } from './pull-records.ts';

const credentials = (name: string, password = 'p'): Credentials => ({
  auth: { username: 'me', password },
  secret: { uid: `uid-${name}`, namespace: 'default', name },
});

describe('the records of pulls', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-pulls-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

  /** Each call is another kubelet over the same records. */
  const open = (policy: VerificationPolicy = 'NeverVerifyPreloadedImages', allowlist: string[] = []) => {
    const records = createPullRecords({ folder, policy, allowlist });
    const pull = (reference: string, image: string, given?: Credentials): void => {
      records.pulling(reference);
      records.pulled(reference, image, given);
    };
    const mayUse = (reference: string, image: string, ...shown: Credentials[]): Promise<boolean> =>
      records.mayUse(reference, image, async () => shown);
    return { ...records, pull, mayUse };
  };

  it('let everybody have what was brought by hand, and what came without a secret', async () => {
    const { pull, mayUse } = open();
    assert.equal(await mayUse('r.test/app', 'sha256:1'), true);
    pull('r.test/app', 'sha256:1', credentials('a'));
    assert.equal(await mayUse('r.test/app', 'sha256:1'), false);
    pull('r.test/app', 'sha256:1');
    assert.equal(await mayUse('r.test/app', 'sha256:1'), true);
  });

  it('know the secret with other content, and the same credentials in another secret', async () => {
    open().pull('r.test/app:1', 'sha256:1', credentials('a'));
    const { mayUse } = open();
    assert.equal(await mayUse('r.test/app:2', 'sha256:1', credentials('a', 'new')), true);
    assert.equal(await mayUse('r.test/app:1', 'sha256:1', credentials('b', 'new')), true); // a's new content counts
    assert.equal(await mayUse('r.test/app:1', 'sha256:1', credentials('c', 'wrong')), false);
    assert.equal(await mayUse('r.test/other', 'sha256:1', credentials('a')), false);
  });

  it('forget images that have gone, but none that came since they were looked for', async () => {
    const { pull, keepOnly, mayUse } = open();
    for (const image of ['sha256:1', 'sha256:2']) pull('r.test/app', image, credentials('a'));
    keepOnly(new Set(['sha256:1']), new Date(0));
    assert.equal(await mayUse('r.test/app', 'sha256:2'), false);
    keepOnly(new Set(['sha256:1']), new Date(Date.now() + 1000));
    assert.equal(await mayUse('r.test/app', 'sha256:2'), true);
    assert.equal(await mayUse('r.test/app', 'sha256:1'), false);
  });

  it('take an image whose pull was cut off for one that needs credentials', async () => {
    open().pulling('r.test/app');
    const { failed, pulling, mayUse } = open();
    assert.equal(await mayUse('r.test/app', 'sha256:1', credentials('a')), false);
    pulling('r.test/app');
    pulling('r.test/app');
    failed('r.test/app');
    assert.equal(await mayUse('r.test/app', 'sha256:1'), false); // the other goes on
    failed('r.test/app');
    assert.equal(await mayUse('r.test/app', 'sha256:1'), true);
  });

  it('count as the policy says', async () => {
    open().pull('r.test/app', 'sha256:1', credentials('a'));
    assert.equal(await open('NeverVerify').mayUse('r.test/app', 'sha256:1'), true);
    assert.equal(await open('AlwaysVerify').mayUse('r.test/loaded', 'sha256:2', credentials('a')), false);
    const listed = open('NeverVerifyAllowlistedImages', ['r.test/team/*', 'r.test/one']);
    for (const name of ['r.test/team/x:1', 'r.test/one@sha256:0']) assert.equal(await listed.mayUse(name, 'x'), true);
    for (const name of ['r.test/teams/x', 'r.test/one/x']) assert.equal(await listed.mayUse(name, 'x'), false, name);
  });
});
