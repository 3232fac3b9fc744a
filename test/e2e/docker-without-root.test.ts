// A cluster of somebody who is not root and may use Docker: nodes share the machine's address, pods are in a network of Docker's.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkHello } from '../lib/check-hello.ts';
import { eventually, Following, prepareCluster, repository, type Result, run, whyNoContainers } from '../lib/index.ts';
import { type Dockerd, startDockerd } from '../lib/dockerd.ts';

const NOBODY = 65534;
const skip =
  whyNoContainers() || (fs.existsSync('/usr/sbin/dockerd') ? false : 'no dockerd: apt-get install docker.io');

describe('Docker without root', { skip }, () => {
  const cluster = prepareCluster('dockergroup');
  const home = path.join(cluster.home, 'home');
  const bundle = path.join(repository, 'packages/cli/dist/bundle/mkube.cjs');
  const become = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath, bundle];
  let dockerd: Dockerd;
  let env: NodeJS.ProcessEnv;
  const mkube = (args: string[], input = ''): Promise<Result> => run('setpriv', [...become, ...args], env, { input });
  const must = async (args: string[], input?: string) => {
    const { code, stdout, stderr } = await mkube(args, input);
    assert.equal(code, 0, `mkube ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const runPod = async (name: string, spec: object) => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } } };
    await must(['apply', '-f', '-'], JSON.stringify({ ...pod, spec: { terminationGracePeriodSeconds: 1, ...spec } }));
    await must(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s']);
  };
  const image = 'mkube.local/hello:1.0';
  const inPod = (pod: string, script: string) => mkube(['exec', pod, '--', 'sh', '-c', script]);
  const says = (what: string, script: string, wanted: RegExp) =>
    eventually(what, async () => wanted.test((await inPod('one', script)).stdout), 60_000);
  /** What containers wrote, in folders of the caller's. */
  const foreignFiles = () => run('find', [home, '-not', '-user', String(NOBODY)], process.env, {});

  before(async () => {
    dockerd = await startDockerd({ group: String(NOBODY) });
    fs.chmodSync(cluster.home, 0o755);
    fs.mkdirSync(home);
    fs.chownSync(home, NOBODY, NOBODY);
    env = {
      ...cluster.env,
      DOCKER_HOST: dockerd.host,
      HOME: home,
      MKUBE_HOME: path.join(home, '.mkube'),
      KUBECONFIG: path.join(home, '.kube/config'),
    };
  });
  after(async () => {
    await mkube(['reset', '--yes']);
    await dockerd?.close();
    await cluster.close();
  });

  it('is what auto takes, and a line says so', async () => {
    // clusters of other users do not say which ports they have chosen
    const { code, stdout, stderr } = await mkube(['up', '--wait', '--port', '0']);
    assert.equal(code, 0, stderr);
    assert.match(stdout + stderr, /runtime docker: .*this is not root: nodes share this machine's address; no runc: /);
    assert.match(await must(['get', 'nodes', '-o', 'wide']), /node-1 +Ready .*docker:.*\n.*node-2 +Ready .*docker:/);
    const { id } = JSON.parse(fs.readFileSync(path.join(home, '.mkube/mkube/cluster.json'), 'utf8')) as { id: string };
    for (const pid of fs.readdirSync(path.join(home, '.mkube/mkube/run')).filter((name) => name.endsWith('.pid'))) {
      const [first = ''] = fs.readFileSync(path.join(home, '.mkube/mkube/run', pid), 'utf8').split(/\s/);
      assert.equal(fs.statSync(`/proc/${first}`).uid, NOBODY, `${pid} of mk${id}`);
    }
  });

  it('runs pods with all that is asked of them: logs, commands, ports', async () => {
    await Promise.all([
      runPod('one', { nodeName: 'node-1', containers: [{ name: 'c', image }] }),
      runPod('two', { nodeName: 'node-2', containers: [{ name: 'c', image }] }),
    ]);
    await checkHello('one', { mkube, follow: (args) => new Following('setpriv', [...become, ...args], env) });
  });

  it('has Services and names, for pods and for this machine', async () => {
    await must(['expose', 'pod', 'two', '--port=80', '--target-port=8080', '--type=NodePort']);
    await must(['expose', 'pod', 'one', '--port=80', '--target-port=8080']);
    await says('the other, by its Service', 'wget -qO- http://two/', /Hello from pod two/);
    await says('itself, by its Service', 'wget -qO- http://one.default/', /Hello from pod one/);
    await says('the API', 'nc -w 3 kubernetes.default 443 -e true && echo open', /open/);
    const path = '{.spec.clusterIP} {.spec.ports[0].nodePort}';
    const [address = '', port] = (await must(['get', 'service', 'two', '-o', `jsonpath=${path}`])).split(' ');
    const node = await must(['get', 'node', 'node-1', '-o', 'jsonpath={.status.addresses[0].address}']);
    for (const host of [address, `${node}:${port}`]) {
      const page = () => fetch(`http://${host}/`, { signal: AbortSignal.timeout(5000) }).then((a) => a.text());
      assert.match(await eventually(`an answer of ${host}`, page, 30_000), /Hello from pod two/);
    }
  });

  it('takes away what containers wrote, with their pods', async () => {
    const volumes = [{ name: 'v', emptyDir: {} }];
    const command = ['sh', '-c', 'mkdir -p /v/a/b && touch /v/a/b/c && sleep 1000'];
    const container = { name: 'c', image, command, volumeMounts: [{ name: 'v', mountPath: '/v' }] };
    const securityContext = { fsGroup: 2000 };
    await runPod('writes', { nodeName: 'node-1', securityContext, volumes, containers: [container] });
    await eventually('its files', async () => (await foreignFiles()).stdout.includes('/a/b/c'));
    await must(['delete', 'pod', 'writes']);
    await eventually('they are gone', async () => (await foreignFiles()).stdout === '');
    await runPod('stays', { nodeName: 'node-1', volumes, containers: [container] });
  });

  it('comes back by itself when dockerd was away and is there again', async () => {
    await dockerd.restart();
    await says('the other, by its Service, from a new container', 'wget -qO- http://two/', /Hello from pod two/);
    await must(['wait', '--for=condition=Ready', 'node/node-1', 'node/node-2', '--timeout=60s']);
  });

  it('is off and on again, and leaves nothing after a reset', async () => {
    await must(['down']);
    const running = await dockerd.get<object[]>('/containers/json');
    assert.deepEqual(running, []);
    await must(['up', '--wait']);
    await must(['wait', '--for=condition=Ready', 'pod/one', 'pod/two', '--timeout=90s']);
    await says('the other, by its Service', 'wget -qO- http://two/', /Hello from pod two/);
    await must(['reset', '--yes']);
    assert.deepEqual(fs.readdirSync(path.join(home, '.mkube')), []);
    const networks = await dockerd.get<{ Name: string }[]>('/networks');
    assert.deepEqual(
      [await dockerd.get('/containers/json?all=true'), networks.filter(({ Name }) => Name.startsWith('mk'))],
      [[], []],
    );
  });
});
