import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJsonPathPrinter } from './jsonpath.ts';

const object = {
  kind: 'List',
  items: [
    {
      kind: 'None',
      metadata: { name: '127.0.0.1', labels: { 'kubernetes.io/hostname': '127.0.0.1' } },
      status: { capacity: { cpu: '4' }, addresses: [{ type: 'LegacyHostIP', address: '127.0.0.1' }] },
    },
    {
      kind: 'None',
      metadata: { name: '127.0.0.2' },
      status: {
        capacity: { cpu: '8' },
        ready: true,
        addresses: [
          { type: 'LegacyHostIP', address: '127.0.0.2' },
          { type: 'another', address: '127.0.0.3' },
        ],
      },
    },
  ],
  users: [
    { name: 'myself', user: {} },
    { name: 'e2e', user: { username: 'admin', password: 'secret' } },
  ],
};

// The first rows are the examples of kubectl's JSONPath documentation.
const cases: [string, string][] = [
  ['kind is {.kind}', 'kind is List'],
  ['kind is {@.kind}', 'kind is List'],
  ["{['kind']}", 'List'],
  ['{..name}', '127.0.0.1 127.0.0.2 myself e2e'],
  ['{.items[*].metadata.name}', '127.0.0.1 127.0.0.2'],
  ['{.users[0].name}', 'myself'],
  ["{.items[*]['metadata.name', 'status.capacity']}", ''],
  ["{.items[0]['kind','metadata']}", 'None {"name":"127.0.0.1","labels":{"kubernetes.io/hostname":"127.0.0.1"}}'],
  ['{.users[?(@.name=="e2e")].user.password}', 'secret'],
  ['{range .items[*]}[{.metadata.name}, {.status.capacity.cpu}] {end}', '[127.0.0.1, 4] [127.0.0.2, 8] '],
  ['{range .items[*]}{.metadata.name}{"\\t"}{"\\n"}{end}', '127.0.0.1\t\n127.0.0.2\t\n'],
  ['{.items[0].metadata.labels.kubernetes\\.io/hostname}', '127.0.0.1'],
  ['{.items[-1].metadata.name}', '127.0.0.2'],
  ['{.items[0:1].metadata.name}', '127.0.0.1'],
  ['{.items[*].status.addresses[?(@.type!="LegacyHostIP")].address}', '127.0.0.3'],
  ['{.items[?(@.status.ready==true)].metadata.name}', '127.0.0.2'],
  ['{.items[?(@.status.ready)].metadata.name}', '127.0.0.2'],
  ['{.status.capacity}', ''],
  ['{.users[1].user}', '{"username":"admin","password":"secret"}'],
  ['{$.kind}', 'List'],
  ['.kind', 'List'],
  ['kind', 'List'],
];
for (const [template, expected] of cases)
  test(`prints ${template}`, () => {
    assert.equal(createJsonPathPrinter(template)(object), expected);
  });

for (const template of ['{.items[', '{range .items[*]}', '{end}', '{.items[x]}', '{"open}'])
  test(`refuses ${template}`, () => {
    assert.throws(() => createJsonPathPrinter(template), /error parsing jsonpath/);
  });

test('says which key is missing when missing keys are not allowed', () => {
  assert.throws(() => createJsonPathPrinter('{.spec}', { allowMissingKeys: false })(object), /spec is not found/);
});
