import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { StatusError } from '../../errors.ts';
import type { MessageFacts, MessageField } from '../message-facts.ts';
import { createProtobufCodec } from './codec.ts';
import { decodeEnvelope, decodeWatchEvent, encodeWatchFrame, hasProtobufMagic } from './envelope.ts';

const data = new URL('../../../../../../shared/data/', import.meta.url);
const skip = existsSync(data) ? false : 'the folder of Kubernetes facts (../shared/data) is not on this machine';
const read = (file: string): string => readFileSync(new URL(file, data), 'utf8');

test('golden objects decode equal and encode to the same bytes', { skip }, () => {
  const facts = { ...JSON.parse(read('protobuf-nonga.json')), ...JSON.parse(read('protobuf.json')) } as Record<
    string,
    MessageFacts
  >;
  const types = { ...JSON.parse(read('types-nonga.json')), ...JSON.parse(read('types.json')) } as Record<
    string,
    { gvk?: string[] }
  >;
  const byKind = new Map<string, string>();
  for (const [name, { type }] of Object.entries(facts)) {
    const [group, version, kind] = types[type]?.gvk ?? [];
    if (kind) byKind.set(`${group ? `${group}/` : ''}${version}/${kind}`, name);
  }
  const codec = createProtobufCodec({
    messages: (name) => facts[name],
    messageOf: (apiVersion, kind) => byKind.get(`${apiVersion}/${kind}`),
  });
  let checked = 0;
  for (const file of readdirSync(new URL('golden/', data)).filter((name) => name.endsWith('.pb'))) {
    const bytes = readFileSync(new URL(`golden/${file}`, data));
    const json = JSON.parse(read(`golden/${file.replace(/pb$/, 'json')}`)) as { apiVersion: string; kind: string };
    if (!byKind.has(`${json.apiVersion}/${json.kind}`)) continue;
    assert.deepEqual(codec.decode(bytes), json, file);
    assert.equal(codec.encode(json).toString('hex'), bytes.toString('hex'), file);
    checked++;
  }
  assert.ok(checked > 100, `${checked} checked`);
});

const message = (
  fields: Record<number, Omit<MessageField, 'wire'> & { wire?: 0 | 1 | 2 }>,
  rest: Partial<MessageFacts> = {},
): MessageFacts => ({
  type: 'x',
  fields: Object.fromEntries(Object.entries(fields).map(([number, field]) => [number, { wire: 2, ...field }])),
  ...rest,
});
const tables: Record<string, MessageFacts> = {
  Thing: message({
    1: { name: 'name', type: 'string', presence: 'always' },
    2: { name: 'set', type: 'bool', wire: 0, presence: 'set' },
    3: { name: 'count', type: 'int32', wire: 0, presence: 'always' },
    4: { name: 'big', type: 'int64', wire: 0, presence: 'set' },
    5: { name: 'labels', type: 'map', key: 'string', value: 'string' },
    6: { name: 'inner', type: 'Inner', inline: true, presence: 'always' },
    7: { name: 'list', type: 'Thing', repeated: true },
    8: { name: 'ports', type: 'int32', wire: 0, repeated: true },
    9: { name: 'at', type: 'Time', presence: 'always' },
    10: { name: 'data', type: 'bytes', presence: 'set' },
    11: { name: 'ratio', type: 'double', wire: 1, presence: 'set' },
    12: { name: 'raw', type: 'Raw', presence: 'always' },
    13: { name: 'port', type: 'IntOrString', presence: 'always' },
    14: { name: 'extra', type: 'map', key: 'string', value: 'Strings' },
    15: { name: 'micro', type: 'Micro', presence: 'set' },
    16: { name: 'limits', type: 'map', key: 'string', value: 'Quantity' },
    17: { name: 'wait', type: 'Duration', presence: 'set' },
  }),
  Inner: message({ 1: { name: 'source', type: 'string', presence: 'set' } }),
  Time: message({ 1: { name: 'seconds', type: 'int64', wire: 0 } }, { special: 'time' }),
  Micro: message({ 1: { name: 'seconds', type: 'int64', wire: 0 } }, { special: 'microtime' }),
  Raw: message({ 1: { name: 'raw', type: 'bytes' } }, { special: 'raw' }),
  IntOrString: message({ 1: { name: 'type', type: 'int64', wire: 0 } }, { special: 'int-or-string' }),
  Strings: message({ 1: { name: 'items', type: 'string', repeated: true } }, { wraps: 'array' }),
  Quantity: message({ 1: { name: 'string', type: 'string' } }, { special: 'quantity-string' }),
  Duration: message({ 1: { name: 'duration', type: 'int64', wire: 0 } }, { special: 'duration-ns' }),
};
const codec = createProtobufCodec({
  messages: (name) => tables[name],
  messageOf: (_, kind) => (kind in tables ? kind : undefined),
});
const header = { kind: 'Thing', apiVersion: 'v1' };

test('a zero is left out unless the field is a pointer', () => {
  const bytes = codec.encode({ ...header, set: false, big: 0, data: '' } as typeof header);
  assert.equal(hasProtobufMagic(bytes), true);
  assert.deepEqual(codec.decode(bytes), { ...header, set: false, big: 0, data: '' });
  assert.equal(
    Buffer.from(decodeEnvelope(bytes).raw).toString('hex'),
    '0a00100018002000' + '3200' + '4a00' + '5200' + '6200' + '6a06080010001a00',
  );
});

test('anything of the table survives the wire', () => {
  const text = fc.string({ unit: 'grapheme' });
  const thing = fc.letrec((tie) => ({
    thing: fc.record(
      {
        name: fc.string({ minLength: 1 }),
        set: fc.boolean(),
        count: fc.integer({ min: 1 }),
        big: fc.oneof(
          fc.maxSafeInteger(),
          fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
          fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
        ),
        labels: fc.dictionary(text, text, { minKeys: 1, noNullPrototype: true }),
        source: text,
        list: fc.array(tie('thing'), { minLength: 1, maxLength: 3 }),
        ports: fc.array(fc.integer(), { minLength: 1 }),
        at: fc
          .date({ min: new Date(1), noInvalidDate: true, max: new Date(4e12) })
          .map((d) => `${d.toISOString().slice(0, 19)}Z`),
        micro: fc.constant('2025-01-02T03:04:05.123456Z'),
        data: fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
        ratio: fc.double({ noNaN: true }),
        raw: fc.oneof(fc.dictionary(text, fc.boolean(), { noNullPrototype: true }), fc.constant(5)),
        port: fc.oneof(fc.integer({ min: 1 }), text),
        extra: fc.dictionary(text, fc.array(text), { minKeys: 1, noNullPrototype: true }),
        limits: fc.constant({ cpu: '1', memory: '1Gi' }),
        wait: fc.constant('1h0m0s'),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  })).thing;
  fc.assert(
    fc.property(thing, (object) => {
      const decoded = codec.decode(codec.encode({ ...object, ...header }));
      assert.deepEqual(decoded, { ...object, ...header });
    }),
    { numRuns: 300 },
  );
});

test('unknown fields are skipped, packed numbers are read', () => {
  const raw = Buffer.from([0xfa, 0x01, 1, 65, 0x42, 3, 1, 2, 3, 0x0a, 1, 65]);
  assert.deepEqual(codec.decodeMessage('Thing', raw), { ports: [1, 2, 3], name: 'A' });
});

test('a map has __proto__ as a key', () => {
  const labels: unknown = JSON.parse('{"__proto__":"x"}');
  const decoded = codec.decode(codec.encode({ ...header, labels } as typeof header));
  assert.equal(JSON.stringify(decoded['labels']), '{"__proto__":"x"}');
});

test('a watch frame is a length and an event whose object has its envelope', () => {
  const object = codec.encode(header);
  const frame = encodeWatchFrame('ADDED', object);
  assert.equal(frame.readUInt32BE(0), frame.length - 4);
  const event = decodeWatchEvent(frame.subarray(4));
  assert.equal(event.type, 'ADDED');
  assert.deepEqual(Buffer.from(event.object), object);
});

const refused: [title: string, bytes: Uint8Array][] = [
  ['no magic', Buffer.from('{}')],
  ['nothing', new Uint8Array()],
  ['a kind that is unknown', codec.encode(header).fill('X', 8, 13)],
  ['a length beyond the end', Buffer.from('6b38730012ffffffff0f', 'hex')],
  ['a varint without end', Buffer.from(`6b387300${'ff'.repeat(20)}`, 'hex')],
];
for (const [title, bytes] of refused)
  test(`${title} is a bad request`, () => {
    assert.throws(
      () => codec.decode(bytes),
      (error) => error instanceof StatusError && error.code === 400,
    );
  });

test('nesting is limited, inside messages and inside raw objects', () => {
  let raw: Uint8Array = Buffer.alloc(0);
  for (let i = 0; i < 200; i++) raw = codec.encodeMessage('Thing', { list: [] }).length ? nest(raw) : raw;
  assert.throws(() => codec.decodeMessage('Thing', raw), /nested too deeply/);
  let body: unknown = { ...header };
  for (let i = 0; i < 30; i++) body = { ...header, list: [body] };
  assert.doesNotThrow(() => codec.decode(codec.encode(body as typeof header)));
});
const nest = (raw: Uint8Array): Buffer => {
  const length: number[] = [];
  for (let n = raw.length; ; n >>>= 7) {
    length.push(n > 127 ? (n & 127) | 128 : n);
    if (n <= 127) break;
  }
  return Buffer.concat([Buffer.from([0x3a, ...length]), raw]);
};

test('no bytes make it throw anything but a StatusError', () => {
  const valid = codec.encode({
    ...header,
    name: 'a',
    labels: { a: 'b' },
    list: [{ name: 'b' }],
    raw: { x: 1 },
    at: '2025-01-01T00:00:00Z',
  } as typeof header);
  const mangled = fc.tuple(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length)).map(([at, byte, end]) => {
    const bytes = Buffer.from(valid);
    bytes[Math.max(4, at)] = byte;
    return bytes.subarray(0, Math.max(4, end));
  });
  const noise = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.concat([Buffer.from('6b387300', 'hex'), bytes]));
  fc.assert(
    fc.property(fc.oneof(mangled, noise), fc.uint8Array({ maxLength: 64 }), (body, raw) => {
      for (const decode of [() => codec.decode(body), () => codec.decodeMessage('Thing', raw)])
        try {
          decode();
        } catch (error) {
          assert.ok(error instanceof StatusError, String(error));
        }
    }),
    { numRuns: 3000 },
  );
});
