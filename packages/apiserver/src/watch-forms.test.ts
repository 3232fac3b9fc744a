/** The same changes watched in every form that clients ask for: JSON, protobuf, Table, metadata alone, the old paths. */
import { strict as assert } from 'node:assert';
import { after, before, describe, test } from 'node:test';
import { decodeWatchEvent } from '@mkube/apimachinery';
import { decodeProtobufBody } from './encode/protobuf.ts';
import { ADMIN, type TestServer, readAll, startTestServer } from './testing/test-server.ts';

const NS = '/api/v1/namespaces/forms';
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const META = 'g=meta.k8s.io;v=v1';
const MERGE = { headers: { 'content-type': 'application/merge-patch+json' } };

interface Frame {
  type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- any object
  object: any;
}

const jsonFrames = (bytes: Buffer): Frame[] =>
  bytes
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Frame);

function protobufFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at);
    const { type, object } = decodeWatchEvent(bytes.subarray(at + 4, end));
    frames.push({ type, object: decodeProtobufBody(Buffer.from(object)) });
    at = end;
  }
  return frames;
}

describe('a watch', () => {
  let server: TestServer;
  let since = '';
  before(async () => {
    server = await startTestServer();
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'forms' } });
    since = (await server.ask('GET', `${NS}/configmaps`)).body.metadata.resourceVersion as string;
    await server.ask('POST', `${NS}/configmaps`, { metadata: { name: 'c', labels: { a: 'b' } }, data: { k: '1' } });
    await server.ask('PATCH', `${NS}/configmaps/c`, { data: { k: '2' } }, MERGE);
    await server.ask('DELETE', `${NS}/configmaps/c`);
  });
  after(() => server.close());

  /** All that comes within a second: the past is told at once, then the server ends the watch with a bookmark. */
  async function watched(accept: string, path = `${NS}/configmaps?watch=1`): Promise<{ type: string; bytes: Buffer }> {
    const query = `&resourceVersion=${since}&timeoutSeconds=1&allowWatchBookmarks=true`;
    const request = { method: 'GET', path: path + query, headers: { accept }, user: ADMIN };
    const { status, headers, body } = await server.api.handle(request);
    assert.equal(status, 200);
    // The server's own timers keep no process alive.
    const alive = setInterval(() => undefined, 1000);
    const bytes = await readAll(body);
    clearInterval(alive);
    return { type: String(headers['content-type']), bytes };
  }

  const TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'];
  const typesOf = (frames: Frame[]): string[] => frames.map(({ type }) => type);

  test('in the version of before tells what the new one does', async () => {
    for (const as of ['Table', 'PartialObjectMetadata']) {
      const [today, before] = await Promise.all(
        ['v1', 'v1beta1'].map((v) => watched(`application/json;as=${as};g=meta.k8s.io;v=${v}`)),
      );
      const text = String(today?.bytes).replaceAll('"meta.k8s.io/v1"', '"meta.k8s.io/v1beta1"');
      assert.deepEqual(jsonFrames(before?.bytes ?? Buffer.alloc(0)), jsonFrames(Buffer.from(text)));
    }
  });

  test('in JSON and in protobuf tells the same objects', async () => {
    const json = await watched('application/json');
    const proto = await watched(`${PROTOBUF},application/json`);
    assert.equal(json.type, 'application/json');
    assert.equal(proto.type, `${PROTOBUF};stream=watch`);
    const [plain, packed] = [jsonFrames(json.bytes), protobufFrames(proto.bytes)];
    assert.deepEqual(typesOf(plain), TYPES);
    assert.deepEqual(typesOf(packed), TYPES);
    for (const [i, { object }] of plain.slice(0, 3).entries()) assert.deepEqual(packed[i]?.object, object);
    const { kind, apiVersion, metadata } = packed[3]?.object ?? {};
    assert.deepEqual([kind, apiVersion], ['ConfigMap', 'v1']);
    assert.ok(Number(metadata.resourceVersion) >= Number(plain[2]?.object.metadata.resourceVersion));
  });

  test('of metadata alone tells no data, in both encodings', async () => {
    const json = jsonFrames((await watched(`application/json;as=PartialObjectMetadata;${META}`)).bytes);
    const packed = protobufFrames((await watched(`${PROTOBUF};as=PartialObjectMetadata;${META}`)).bytes);
    for (const frames of [json, packed]) {
      assert.deepEqual(typesOf(frames), TYPES);
      for (const { object } of frames) {
        assert.deepEqual([object.kind, object.apiVersion], ['PartialObjectMetadata', 'meta.k8s.io/v1']);
        assert.equal(object.data, undefined);
      }
      assert.deepEqual(frames[0]?.object.metadata.labels, { a: 'b' });
    }
  });

  test('as Tables names its columns once, and shows a row for each change', async () => {
    const frames = jsonFrames((await watched(`application/json;as=Table;${META}`)).bytes);
    assert.deepEqual(typesOf(frames), TYPES);
    const [added, modified] = frames.map(({ object }) => object);
    assert.deepEqual(
      added.columnDefinitions.map(({ name }: { name: string }) => name),
      ['Name', 'Data', 'Age'],
    );
    for (const { object } of frames.slice(1)) assert.equal(object.columnDefinitions, null);
    for (const table of [added, modified]) {
      assert.equal(table.kind, 'Table');
      assert.deepEqual(table.rows[0].cells.slice(0, 2), ['c', 1]);
      assert.equal(table.rows[0].object.kind, 'PartialObjectMetadata');
    }
  });

  test('by its old paths is the same', async () => {
    const wanted = jsonFrames((await watched('application/json')).bytes).slice(0, 3);
    for (const path of [
      '/api/v1/watch/configmaps?',
      '/api/v1/watch/namespaces/forms/configmaps?',
      '/api/v1/watch/namespaces/forms/configmaps/c?',
      `${NS}/configmaps?watch=true&fieldSelector=metadata.name%3Dc`,
    ])
      assert.deepEqual(jsonFrames((await watched('application/json', path)).bytes).slice(0, 3), wanted, path);
  });
});
