import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Client } from '../client.ts';
import { createClient } from '../create-client.ts';
import { inProcessTransport } from '../in-process-transport.ts';
import { type TestApi, openApi } from '../testing/api.test.ts';
import { createEventRecorder } from './recorder.ts';

describe('an event recorder', () => {
  let api: TestApi;
  let client: Client;
  before(async () => {
    api = await openApi();
    client = createClient(inProcessTransport(api.handle, { username: 'admin', groups: ['system:masters'] }));
  });
  after(() => api.close());

  it('writes an event about an object, and counts it when it comes again', async () => {
    const subject = await client.configMaps.create({ metadata: { name: 'subject', namespace: 'default' } });
    const recorder = createEventRecorder(client, { component: 'tester', host: 'here' });
    for (let i = 0; i < 3; i++) recorder.event(subject, 'Normal', 'Tested', 'It was tested');
    await recorder.flush();
    const { items } = await client.events.list({ namespace: 'default' });
    const [event, ...others] = items.filter(({ involvedObject }) => involvedObject.uid === subject.metadata.uid);
    assert.ok(event && others.length === 0);
    assert.deepEqual(
      [event.count, event.reason, event.message, event.source],
      [3, 'Tested', 'It was tested', { component: 'tester', host: 'here' }],
    );
    assert.deepEqual([event.involvedObject.kind, event.involvedObject.apiVersion], ['ConfigMap', 'v1']);
  });

  it('keeps events of one moment in their order', async () => {
    const recorder = createEventRecorder(client, { component: 'tester' });
    const subject = { kind: 'Pod', apiVersion: 'v1', name: 'busy', namespace: 'default', uid: 'u' };
    const reasons = Array.from({ length: 20 }, (_, i) => `Reason${i}`);
    const at = new Date();
    for (const reason of reasons) recorder.event(subject, 'Normal', reason, reason, at);
    await recorder.flush();
    const { items } = await client.events.list({ namespace: 'default', fieldSelector: 'involvedObject.name=busy' });
    assert.deepEqual(
      items.map(({ reason }) => reason),
      reasons,
    );
  });

  it('makes a new one where the old has lived out its time', async () => {
    const recorder = createEventRecorder(client, { component: 'tester' });
    const subject = {
      kind: 'Pod',
      apiVersion: 'v1',
      name: 'short',
      namespace: 'default',
      uid: 'u',
      fieldPath: 'spec.containers{c}',
    };
    recorder.event(subject, 'Warning', 'Again', 'and again');
    await recorder.flush();
    const find = async () =>
      (await client.events.list({ namespace: 'default' })).items.filter(
        ({ involvedObject }) => involvedObject.name === 'short',
      );
    for (const { metadata } of await find()) await client.events.delete(metadata);
    recorder.event(subject, 'Warning', 'Again', 'and again');
    await recorder.flush();
    const [event] = await find();
    assert.deepEqual([event?.count, event?.involvedObject.fieldPath], [2, 'spec.containers{c}']);
  });

  it('loses an event about a namespace that is not there, and nothing else', async () => {
    const recorder = createEventRecorder(client, { component: 'tester' });
    recorder.event({ kind: 'Pod', name: 'x', namespace: 'nowhere' }, 'Normal', 'Lost', 'lost');
    recorder.event({ kind: 'Pod', name: 'kept', namespace: 'default' }, 'Normal', 'Kept', 'kept');
    await recorder.flush();
    const { items } = await client.events.list({ namespace: 'default' });
    assert.ok(items.some(({ reason }) => reason === 'Kept'));
  });
});
