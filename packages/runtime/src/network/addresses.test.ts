import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openAddresses } from './addresses.ts';

describe('pod addresses', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'mkube-addresses-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('start after the gateway, stay with their sandbox and rest before they are used again', () => {
    const addresses = openAddresses('10.1.2.0/24', folder);
    assert.equal(addresses.gateway, '10.1.2.1');
    assert.equal(addresses.allocate('a'), '10.1.2.2');
    assert.equal(addresses.allocate('a'), '10.1.2.2');
    assert.equal(addresses.allocate('b'), '10.1.2.3');
    addresses.release('a');
    assert.equal(addresses.allocate('c'), '10.1.2.4');
    assert.deepEqual(readdirSync(folder).toSorted(), ['10.1.2.3', '10.1.2.4']);
  });

  it('are known again after a restart', () => {
    openAddresses('10.1.2.0/24', folder).allocate('a');
    const again = openAddresses('10.1.2.0/24', folder);
    assert.equal(again.addressOf('a'), '10.1.2.2');
    assert.equal(again.allocate('b'), '10.1.2.3');
  });

  it('are never given twice, also by two processes, and run out with a clear error', () => {
    const [one, two] = [openAddresses('10.1.2.0/29', folder), openAddresses('10.1.2.0/29', folder)];
    const given = [one.allocate('a'), two.allocate('b'), one.allocate('c'), two.allocate('d'), one.allocate('e')];
    assert.deepEqual(given.toSorted(), ['10.1.2.2', '10.1.2.3', '10.1.2.4', '10.1.2.5', '10.1.2.6']);
    assert.throws(() => two.allocate('f'), /no free pod address in 10\.1\.2\.0\/29/);
    one.release('c');
    assert.equal(two.allocate('f'), given[2]);
  });

  it('refuse a range that is none', () => assert.throws(() => openAddresses('10.1.2.0', folder), /bad address range/));
});
