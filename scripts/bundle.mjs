// Bundles what `tsc -b` made: the CLI as one file, and beside it the cluster's life, the server and the kubelet, each loaded only
// when it is needed, so that `mkube get` stays light. Native modules stay outside. Usage: node scripts/bundle.mjs [--analyze]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build, analyzeMetafile } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const outdir = path.join(root, 'packages/cli/dist/bundle');
const natives = ['classic-level', '@lydell/node-pty', 'bufferutil', 'utf-8-validate'];

/** The CLI reaches the cluster package through one import(): that becomes a require of the bundle beside it. */
const clusterBeside = {
  name: 'cluster-beside',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@mkube\/cluster$/ }, () => ({ path: './cluster.cjs', external: true })),
};

/** The kinds and their facts are much, and few commands ask for them: a bundle of its own. */
const apiBeside = {
  name: 'api-beside',
  setup: ({ onResolve }) => onResolve({ filter: /^@mkube\/api$/ }, () => ({ path: './api.cjs', external: true })),
};

/** Only engines of CRI are spoken to by gRPC: nodes on runc and Docker never load it. */
const grpcBeside = {
  name: 'grpc-beside',
  setup: ({ onResolve }) => onResolve({ filter: /^@grpc\/grpc-js$/ }, () => ({ path: './grpc.cjs', external: true })),
};

/** Our own modules do no work at import (a rule of STYLE), so one of which nothing is used can be left out. */
const pureModules = {
  name: 'pure-modules',
  setup: ({ onResolve, resolve }) =>
    onResolve({ filter: /^(@mkube\/|\.)/ }, async ({ path: asked, pluginData, ...rest }) => {
      if (pluginData === pureModules || rest.kind === 'entry-point' || !/packages\/[a-z]+\/dist/.test(rest.importer))
        return;
      const { importer, kind, resolveDir, namespace } = rest;
      const found = await resolve(asked, { importer, kind, resolveDir, namespace, pluginData: pureModules });
      return { ...found, sideEffects: false };
    }),
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  external: natives,
  // import() of a bundled file as require(): no second module loader at run time
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': '__bundleUrl', 'process.env.NODE_ENV': '"production"' },
  banner: { js: 'const __bundleUrl=require("node:url").pathToFileURL(__filename).href;' },
};

const bundles = [
  { name: 'mkube', entry: 'packages/cli/dist/launch.js' },
  { name: 'cli', entry: 'packages/cli/dist/main.js', plugins: [clusterBeside, apiBeside] },
  { name: 'api', entry: 'packages/api/dist/index.js' },
  { name: 'cluster', entry: 'packages/cluster/dist/life/index.js', plugins: [grpcBeside] },
  { name: 'server', entry: 'packages/cli/dist/launch.js' },
  { name: 'server-main', entry: 'packages/cluster/dist/processes/server-main.js' },
  { name: 'kubelet', entry: 'packages/cli/dist/launch.js' },
  { name: 'kubelet-main', entry: 'packages/cluster/dist/processes/kubelet-main.js', plugins: [grpcBeside] },
  { name: 'services', entry: 'packages/cluster/dist/processes/services-main.js' },
  { name: 'grpc', entry: 'node_modules/@grpc/grpc-js/build/src/index.js' },
  { name: 'puller', entry: 'packages/cluster/dist/processes/puller-main.js' },
  // for the process driver: what keeps one process, and the demo image's twin
  { name: 'supervisor', entry: 'packages/runtime/dist/process/supervisor-main.js' },
  { name: 'hello', entry: 'packages/cluster/dist/image/hello-main.js' },
];

const staged = `${outdir}.${process.pid}`;
fs.rmSync(staged, { recursive: true, force: true });
try {
  for (const { name, entry, plugins = [] } of bundles) {
    const outfile = path.join(staged, `${name}.cjs`);
    const { metafile } = await build({ ...common, entryPoints: [entry], outfile, plugins: [...plugins, pureModules] });
    if (process.argv.includes('--analyze')) console.log(await analyzeMetafile(metafile));
  }
  fs.mkdirSync(outdir, { recursive: true });
  // each file is replaced at once: a CLI that starts meanwhile finds the old one or the new one
  // what launch.ts kept of the old one is of no use any more
  for (const name of fs.readdirSync(outdir)) if (name.endsWith('.cache')) fs.rmSync(path.join(outdir, name));
  // what explain says, where the build made it: loaded from beside the bundle when asked for
  const descriptions = path.join(root, 'packages/api/dist/descriptions-data.js');
  if (fs.existsSync(descriptions)) fs.copyFileSync(descriptions, path.join(staged, 'descriptions-data.js'));
  for (const name of fs.readdirSync(staged)) fs.renameSync(path.join(staged, name), path.join(outdir, name));
} finally {
  fs.rmSync(staged, { recursive: true, force: true });
}
warmUp();
const sizes = bundles.map(
  ({ name }) => `${name} ${Math.round(fs.statSync(path.join(outdir, `${name}.cjs`)).size / 1024)} KiB`,
);
console.log(`bundled: ${sizes.join(', ')}`);

/** A `get` that reaches nobody: what it compiles on its way is kept for the commands to come. */
function warmUp() {
  const config = path.join(outdir, 'nobody.json');
  const [cluster, user] = [{ server: 'https://127.0.0.1:1' }, {}];
  const text = {
    clusters: [{ name: 'x', cluster }],
    users: [{ name: 'x', user }],
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
    'current-context': 'x',
  };
  fs.writeFileSync(config, JSON.stringify(text));
  spawnSync(process.execPath, [path.join(outdir, 'mkube.cjs'), 'get', 'pods'], {
    env: { PATH: process.env.PATH, KUBECONFIG: config },
    timeout: 20_000,
  });
  fs.rmSync(config);
}
