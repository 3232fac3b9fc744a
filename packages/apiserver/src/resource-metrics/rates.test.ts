import { strict as assert } from 'node:assert';
import { describe, test } from 'node:test';
import { parseSamples } from '@mkube/apimachinery';
import { type NodeSample, type Point, nodeSampleOf } from './node-sample.ts';
import { baselineOf, keptWith, usageBetween } from './rates.ts';

const point = (at: number, cpuSeconds: number, rest: Partial<Point> = {}): Point => ({
  at,
  cpuSeconds,
  memoryBytes: 8 * 1024 * 1024,
  startedAt: undefined,
  ...rest,
});
const sample = (at: number): NodeSample => ({ at, node: undefined, pods: new Map() });

describe('usage of nodes and containers', () => {
  test('lines of the text format are read, labels unescaped, others passed over', () => {
    const text = [
      '# HELP a what it is',
      'a 1',
      String.raw`b{x="1,2",y="a\"b\\c\nd"} 2.5e3 1700`,
      'c{} +Inf -5',
      'broken{',
      '',
    ].join('\n');
    assert.deepEqual(
      [...parseSamples(text)],
      [
        { name: 'a', labels: {}, value: 1, timestamp: undefined },
        { name: 'b', labels: { x: '1,2', y: 'a"b\\c\nd' }, value: 2500, timestamp: 1700 },
        { name: 'c', labels: {}, value: Infinity, timestamp: -5 },
      ],
    );
  });

  test('a container counts only where nothing of it is missing', () => {
    const of = 'container="c",namespace="n",pod="p"';
    const text = [
      'node_cpu_usage_seconds_total 12 2000',
      'node_memory_working_set_bytes 100 2000',
      `container_cpu_usage_seconds_total{${of}} 3 1900`,
      `container_memory_working_set_bytes{${of}} 50 1900`,
      `container_start_time_seconds{${of}} 1`,
      'container_cpu_usage_seconds_total{container="d",namespace="n",pod="q"} 3 1900',
    ].join('\n');
    const { node, pods } = nodeSampleOf(text, 5000);
    assert.deepEqual(node, { at: 2000, cpuSeconds: 12, memoryBytes: 100, startedAt: undefined });
    assert.deepEqual([...pods.keys()], ['n/p']);
    assert.deepEqual(pods.get('n/p')?.get('c'), { at: 1900, cpuSeconds: 3, memoryBytes: 50, startedAt: 1000 });
  });

  const rates: [what: string, before: Point | undefined, now: Point, cpu: string | undefined, windowMs?: number][] = [
    ['half a core', point(0, 10), point(10_000, 15), '500m', 10_000],
    ['less than a milli', point(0, 10), point(10_000, 10.00001), '1u', 10_000],
    ['nothing used', point(0, 10), point(10_000, 10), '0', 10_000],
    ['one reading alone', undefined, point(10_000, 10), undefined],
    ['began since', undefined, point(10_000, 1, { startedAt: 8000 }), '500m', 2000],
    ['began anew since', point(0, 50), point(10_000, 1, { startedAt: 5000 }), '200m', 5000],
    ['counts less than before', point(0, 50), point(10_000, 1), undefined],
    ['the same reading twice', point(0, 5), point(0, 5), undefined],
  ];
  for (const [what, before, now, cpu, windowMs] of rates)
    test(`usage: ${what}`, () => {
      const found = usageBetween(before, now);
      assert.equal(found?.usage.cpu, cpu);
      assert.equal(found?.windowMs, windowMs);
      if (found) assert.equal(found.usage.memory, '8Mi');
    });

  test('rates are over a whole window where there has been one', () => {
    const at = (...times: number[]) => times.map((seconds) => sample(seconds * 1000));
    assert.equal(baselineOf(at(0)), undefined);
    assert.equal(baselineOf(at(0, 1))?.at, 0);
    assert.equal(baselineOf(at(0, 5, 10, 15, 20))?.at, 5000);
    assert.equal(baselineOf(at(0, 40))?.at, 0);
    assert.deepEqual(
      keptWith(at(0, 80, 100), sample(100_000)).map((kept) => kept.at),
      [80_000, 100_000],
    );
  });
});
