import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Service } from '@mkube/api';
import { forwardedPorts } from './ports.ts';

const pod = {
  metadata: { name: 'p' },
  spec: {
    containers: [
      {
        name: 'c',
        ports: [
          { name: 'web', containerPort: 8080, protocol: 'TCP' },
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
        ],
      },
    ],
  },
} as unknown as Pod;
const service = {
  metadata: { name: 's' },
  spec: {
    ports: [
      { name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' },
      { port: 81, protocol: 'TCP' },
    ],
  },
} as unknown as Service;

for (const [word, local, remote] of [
  ['5000', 5000, 5000],
  ['8000:80', 8000, 80],
  [':80', 0, 80],
  ['web', 8080, 8080],
  ['9000:web', 9000, 8080],
] as const)
  test(`${word} of a pod`, () => assert.deepEqual(forwardedPorts([word], pod), [{ local, remote }]));

for (const [word, local, remote] of [
  ['80', 80, 8080],
  ['http', 80, 8080],
  ['7000:http', 7000, 8080],
  ['81', 81, 81],
] as const)
  test(`${word} of a service`, () => assert.deepEqual(forwardedPorts([word], pod, service), [{ local, remote }]));

for (const [word, fault, of] of [
  ['8080:', /remote port cannot be empty/],
  ['99999:80', /must be between 0 and 65535/],
  ['0', /remote port must be > 0/],
  ['none', /Pod 'p' does not have a named port 'none'/],
  ['53', /UDP protocol is not supported for 53/],
  ['82', /Service s does not have a service port 82/, service],
] as const)
  test(`${word} is refused`, () => assert.throws(() => forwardedPorts([word], pod, of), fault));
