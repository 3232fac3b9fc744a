import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Secret } from '@mkube/api';
import { credentialsFor } from './credentials.ts';

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64');
const secretOf = (auths: Record<string, object>): Secret =>
  ({
    metadata: {},
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': encoded({ auths }) },
  }) as unknown as Secret;
const user = (username: string): object => ({ username, password: 'p' });
const userFor = (reference: string, ...secrets: Secret[]): string | undefined =>
  credentialsFor(reference, secrets)[0]?.auth.username;

describe('the credentials for an image', () => {
  it('are those of its registry, by any of the names that Docker Hub goes by', () => {
    const hub = secretOf({ 'https://index.docker.io/v1/': user('hub') });
    for (const name of ['busybox', 'team/app:1', 'docker.io/library/busybox']) assert.equal(userFor(name, hub), 'hub');
    assert.equal(userFor('quay.io/team/app', hub), undefined);
  });

  it('are the most specific: of the repository before the registry', () => {
    const both = secretOf({ 'r.test:5000': user('all'), 'r.test:5000/team': user('team') });
    assert.equal(userFor('r.test:5000/team/app', both), 'team');
    assert.equal(userFor('r.test:5000/teams/app', both), 'all');
    assert.equal(userFor('r.test/team/app', both), undefined);
  });

  it('may be meant for all registries below a name', () => {
    const any = secretOf({ '*.r.test': user('any') });
    assert.equal(userFor('eu.r.test/app', any), 'any');
    for (const other of ['r.test/app', 'a.eu.r.test/app', 'eu.r.test:5000/app', 'eu.rxtest/app'])
      assert.equal(userFor(other, any), undefined);
    const part = secretOf({ 'app*.*.test:5000': user('part') });
    assert.equal(userFor('app-1.eu.test:5000/app', part), 'part');
    assert.equal(userFor('web-1.eu.test:5000/app', part), undefined);
  });

  it('are read in every form that kubectl and docker write', () => {
    const joined = secretOf({ 'r.test': { auth: Buffer.from('me:pass:word').toString('base64') } });
    assert.deepEqual(credentialsFor('r.test/app', [joined])[0]?.auth, { username: 'me', password: 'pass:word' });
    const old = { metadata: {}, data: { '.dockercfg': encoded({ 'r.test': user('old') }) } } as unknown as Secret;
    assert.equal(userFor('r.test/app', old), 'old');
    const token = secretOf({ 'r.test': { identitytoken: 't' } });
    assert.equal(credentialsFor('r.test/app', [token])[0]?.auth.identityToken, 't');
  });

  it('are none where a secret cannot be read', () => {
    const broken = {
      metadata: {},
      data: { '.dockerconfigjson': Buffer.from('{').toString('base64') },
    } as unknown as Secret;
    assert.deepEqual(credentialsFor('r.test/app', [broken]), []);
  });
});
