// Holds the import table of CONTRIBUTING.md: which package may import which, no cycles, no reach into another package's
// src or dist, no I/O in files named plan, filter, score or validation. Reads imports with oxc-parser; exits 1 with a line per fault.
import fs from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';

const all = [
  'apimachinery',
  'api',
  'store',
  'spdy',
  'client',
  'apiserver',
  'scheduler',
  'controllers',
  'runtime',
  'kubelet',
  'proxy',
  'cluster',
];
/** package -> workspace packages that its product code may import */
const table = {
  apimachinery: [],
  api: ['apimachinery'],
  store: ['apimachinery'],
  spdy: [],
  client: ['apimachinery', 'api'],
  apiserver: ['apimachinery', 'api', 'store', 'spdy'],
  scheduler: ['apimachinery', 'api', 'client'],
  controllers: ['apimachinery', 'api', 'client'],
  runtime: ['spdy'],
  kubelet: ['apimachinery', 'api', 'client', 'runtime'],
  proxy: ['apimachinery', 'api', 'client'],
  cluster: all.filter((p) => p !== 'cluster'),
  cli: ['apimachinery', 'api', 'client', 'cluster'],
};
/** beyond the table for *.test.ts files: a real API server instead of a fake client */
const inTests = ['apimachinery', 'api', 'store', 'client', 'apiserver', 'runtime'];
const pureNames = /^(plan|filter|score|validation|.*-(plan|filter|score|validation))$/;
const ioModules =
  /^(node:)?(fs|fs\/promises|net|http|https|http2|child_process|dns|tls|dgram|worker_threads|os)$|^(undici|ws|fastify|level|pino)$/;

const faults = [];

function sourcesOf(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((e) => e.isFile() && e.name.endsWith('.ts') && !e.name.endsWith('.d.ts'))
    .map((e) => path.join(e.parentPath ?? e.path, e.name));
}

function importsOf(file) {
  const { module } = parseSync(file, fs.readFileSync(file, 'utf8'));
  const fixed = [
    ...module.staticImports.map((i) => ({
      from: i.moduleRequest.value,
      typeOnly: i.entries.length > 0 && i.entries.every((e) => e.isType),
    })),
    ...module.staticExports.flatMap((e) =>
      e.entries.filter((x) => x.moduleRequest).map((x) => ({ from: x.moduleRequest.value, typeOnly: x.isType })),
    ),
  ];
  const text = fs.readFileSync(file, 'utf8');
  const dynamic = module.dynamicImports.map((i) => ({
    from: text.slice(i.moduleRequest.start, i.moduleRequest.end).replace(/^['"]|['"]$/g, ''),
    typeOnly: false,
  }));
  return [...fixed, ...dynamic];
}

/** '/demo-image' of a package that says in its package.json that others may import it by that name. */
const isExported = (pkg, below) =>
  Object.hasOwn(JSON.parse(fs.readFileSync(`packages/${pkg}/package.json`, 'utf8')).exports, `.${below}`);

const graph = new Map();
for (const pkg of Object.keys(table)) {
  for (const file of sourcesOf(`packages/${pkg}/src`)) {
    const isTest = file.endsWith('.test.ts');
    const base = path.basename(file).replace(/\.ts$/, '');
    const edges = [];
    for (const { from, typeOnly } of importsOf(file)) {
      if (from.startsWith('.')) {
        const target = path.normalize(path.join(path.dirname(file), from));
        if (!target.startsWith(`packages/${pkg}/src`)) faults.push(`${file}: reaches out of its package: ${from}`);
        if (!typeOnly) edges.push(target);
        continue;
      }
      const match = /^@mkube\/([a-z]+)(\/.*)?$/.exec(from);
      if (match) {
        const allowed = isTest ? [...table[pkg], ...inTests] : table[pkg];
        if (match[2] && !isExported(match[1], match[2])) faults.push(`${file}: reaches into ${from}`);
        if (match[1] !== pkg && !allowed.includes(match[1])) faults.push(`${file}: ${pkg} may not import ${match[1]}`);
      }
      if (!isTest && pureNames.test(base) && !typeOnly && ioModules.test(from))
        faults.push(`${file}: I/O (${from}) in a pure file`);
    }
    if (!isTest) graph.set(file, edges);
  }
}

const state = new Map();
function visit(file, trail) {
  if (state.get(file) === 'done') return;
  if (state.get(file) === 'open') {
    faults.push(`cycle: ${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}`);
    return;
  }
  state.set(file, 'open');
  for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
  state.set(file, 'done');
}
for (const file of graph.keys()) visit(file, []);

if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`imports: ${graph.size} files, no fault`);
