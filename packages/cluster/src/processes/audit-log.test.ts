/** The audit log's file. */
import { strict as assert } from 'node:assert';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { clusterPaths } from '../state/paths.ts';
import { openAppended, openAuditLog } from './audit-log.ts';

describe('an audit log', () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'mkaudit-'));
  after(() => fs.rmSync(home, { recursive: true }));
  const read = (name: string): string => fs.readFileSync(path.join(home, name), 'utf8');

  it('goes on where it was, and makes room when it is full', () => {
    const file = path.join(home, 'log');
    const first = openAppended(file, 8);
    first.write('abc');
    first.close();
    const log = openAppended(file, 8);
    for (const line of ['def', 'ghi', 'jkl']) log.write(line);
    log.close();
    assert.equal(read('log.1'), 'abc\ndef\n');
    assert.equal(read('log'), 'ghi\njkl\n');
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  });

  it('stays in the file that it has where there is no room to be made', () => {
    const file = path.join(home, 'stuck');
    fs.mkdirSync(path.join(home, 'stuck.1', 'in the way'), { recursive: true });
    const log = openAppended(file, 4);
    log.write('abc');
    assert.throws(() => log.write('def'), /EISDIR|ENOTEMPTY|EEXIST/);
    const other = fs.openSync(path.join(home, 'other'), 'w'); // gets the number of a file that was closed
    assert.throws(() => log.write('ghi'), /EISDIR|ENOTEMPTY|EEXIST/);
    fs.rmSync(path.join(home, 'stuck.1'), { recursive: true });
    log.write('jkl');
    log.close();
    fs.closeSync(other);
    assert.deepEqual([read('stuck.1'), read('stuck'), read('other')], ['abc\n', 'jkl\n', '']);
  });

  it('is kept where the cluster has a policy, and a policy that says nothing sensible is refused by its file', () => {
    const paths = clusterPaths(home, 'c');
    fs.mkdirSync(paths.logs, { recursive: true });
    assert.equal(openAuditLog(paths), undefined);
    fs.writeFileSync(paths.auditPolicy, 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n');
    const log = openAuditLog(paths);
    assert.equal(log?.policy.rules[0]?.level, 'Metadata');
    log.close();
    fs.writeFileSync(paths.auditPolicy, 'kind: Policy\n');
    assert.throws(() => openAuditLog(paths), /audit-policy\.yaml: an audit policy is an object of kind Policy/);
  });
});
