import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeMessage, encodeMessage } from './protobuf.ts';
import { criSchema } from './schema.ts';

const schema = criSchema();

describe('protobuf messages of CRI', () => {
  it('come back as they were sent', () => {
    const container = {
      id: 'abc',
      podSandboxId: 'def',
      metadata: { name: 'app', attempt: 300 },
      image: { image: 'busybox' },
      imageRef: '',
      state: 2,
      createdAt: 1_700_000_000_123_456_789n,
      labels: { a: '1', empty: '', '': 'no name' },
      annotations: {},
    };
    const bytes = encodeMessage(schema, 'ListContainersResponse', { containers: [container, container] });
    assert.deepEqual(decodeMessage(schema, 'ListContainersResponse', bytes), { containers: [container, container] });
  });

  it('are written as the format has it', () => {
    const bytes = encodeMessage(schema, 'StopContainerRequest', { containerId: 'ab', timeout: 300 });
    assert.equal(bytes.toString('hex'), '0a02616210ac02');
    const negative = encodeMessage(schema, 'StopContainerRequest', { timeout: -1 });
    assert.equal(negative.toString('hex'), '10ffffffffffffffffff01');
    assert.equal(decodeMessage(schema, 'StopContainerRequest', negative)['timeout'], -1);
  });

  it('may pack their numbers and hold fields that nobody here knows', () => {
    const packed = Buffer.from('1203800105', 'hex');
    assert.deepEqual(decodeMessage(schema, 'PortForwardRequest', packed), { podSandboxId: '', port: [128, 5] });
    const unknown = Buffer.from('f206036162630a0178', 'hex');
    assert.deepEqual(decodeMessage(schema, 'CreateContainerResponse', unknown), { containerId: 'x' });
  });

  it('are refused when they are damaged', () => {
    for (const hex of ['0a', '0a05ab', 'ffffffffffffffffffffff', '0b'])
      assert.throws(() => decodeMessage(schema, 'CreateContainerResponse', Buffer.from(hex, 'hex')), /damaged/, hex);
  });

  it('name no field that the schema does not know', () => {
    assert.throws(
      () => encodeMessage(schema, 'StopContainerRequest', { id: 'x' }),
      /no field id in StopContainerRequest/,
    );
  });
});
