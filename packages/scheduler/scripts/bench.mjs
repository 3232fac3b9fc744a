// Decisions per second of the scheduler's core (decide, assume), without an API: by number of nodes and kind of pod. Prints, asserts
// nothing. Usage: node packages/scheduler/scripts/bench.mjs [pods]   (after a build)
import { allPlugins } from '../dist/plugins/all.js';
import { schedulePod } from '../dist/schedule-pod.js';
import { podInfoOf } from '../dist/snapshot/pod-info.js';
import { nodeOf, podOf, snapshotOf } from '../dist/testing.js';

const PODS = Number(process.argv[2] ?? 10_000);
const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const containers = [{ name: 'c', image: 'busybox', resources: { requests: { cpu: '10m', memory: '16Mi' } } }];
const ownerReferences = (i) => [
  { kind: 'ReplicaSet', name: 'rs', uid: `rs-${i % 200}`, controller: true, apiVersion: 'apps/v1' },
];
const term = (app, topologyKey) => ({ labelSelector: { matchLabels: { app } }, topologyKey });
const required = (...terms) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms });

const kinds = {
  plain: () => ({}),
  'anti-affinity': (app) => ({ affinity: { podAntiAffinity: required(term(app, HOST)) } }),
  affinity: (app) => ({ affinity: { podAffinity: required(term(app, ZONE)) } }),
  'zone spread': (app) => ({
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app } } },
    ],
  }),
};

function run(nodes, spec) {
  const snapshot = snapshotOf(
    Array.from({ length: nodes }, (_, i) =>
      nodeOf(`n${i}`, {
        labels: { [ZONE]: `z${i % 3}` },
        status: { allocatable: { cpu: '64', memory: '256Gi', pods: '500' } },
      }),
    ),
  );
  const pods = Array.from({ length: PODS }, (_, i) => {
    const app = `app-${i % 200}`;
    return podOf(`p${i}`, {
      metadata: { labels: { app }, ownerReferences: ownerReferences(i) },
      spec: { containers, ...spec(app) },
    });
  });
  const from = performance.now();
  let start = 0;
  let placed = 0;
  for (const pod of pods) {
    const info = podInfoOf(pod);
    const decision = schedulePod(info, { snapshot, plugins: allPlugins, random: Math.random, start });
    start = (start + decision.examined) % nodes;
    if (!('node' in decision)) continue;
    snapshot.placePod(info, decision.node.name);
    placed++;
  }
  return { rate: PODS / ((performance.now() - from) / 1000), placed };
}

for (const nodes of [100, 1000, 5000]) {
  let plain = 0;
  for (const [kind, spec] of Object.entries(kinds)) {
    run(100, spec);
    const { rate, placed } = run(nodes, spec);
    plain ||= rate;
    console.log(
      `${nodes} nodes, ${kind.padEnd(14)} ${rate.toFixed(0).padStart(7)} pods/s  ${(rate / plain).toFixed(2)}x plain, ${placed} placed`,
    );
  }
}
