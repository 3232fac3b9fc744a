/**
 * What a cluster of two nodes does whatever engine starts its containers: pods of every kind of access, Services and names from
 * both nodes, images, the engine's own restart, power off, and nothing left behind. Each engine's test file says what differs.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkHello } from './check-hello.ts';
import { type CommandCluster, eventually, Following, prepareCluster, repository } from './command-cluster.ts';
import { readMachine } from './machine.ts';
import { serveImage } from './registry.ts';

export interface EngineStory {
  /** For --runtime. */
  runtime: string;
  skip: string | false;
  /** As `get nodes -o wide` shows it. */
  version: RegExp;
  /** Before the cluster is made: what has to be in its environment. */
  open(): Promise<NodeJS.ProcessEnv>;
  /** The engine ends and is there again; containers go on where that is its way. */
  restart(cluster: CommandCluster): Promise<void>;
  containersGoOn: boolean;
  /** Is there what builds images? */
  builds: boolean;
  /** Notes what is the cluster's, and gives what of it is left when called. */
  watchLeftovers(cluster: CommandCluster): Promise<() => Promise<string[]>>;
  close(): Promise<void>;
}

const IMAGE = 'mkube.local/hello:1.0';
const CLI = path.join(repository, 'packages/cli/dist/bundle/mkube.cjs');

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 4,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'web',
            image: IMAGE,
            ports: [{ containerPort: 8080, name: 'http' }],
            readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 },
            lifecycle: { postStart: { exec: { command: ['touch', '/tmp/ready'] } } },
          },
        ],
      },
    },
  },
};
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
};

export function describeEngine(name: string, story: EngineStory): void {
  void describe(`a cluster on ${name}`, { skip: story.skip }, () => {
    let cluster: CommandCluster;
    let open = false;
    const mkube = (...args: string[]) => cluster.must(args, { timeoutMs: 90_000 });
    const apply = (object: object) => cluster.must(['apply', '-f', '-'], { input: JSON.stringify(object) });
    const read = async (...args: string[]) => (await cluster.mkube(['get', ...args])).stdout;
    const runPod = async (pod: string, node: string, spec: object = {}) => {
      const overrides = JSON.stringify({ spec: { nodeName: node, terminationGracePeriodSeconds: 1, ...spec } });
      await mkube('run', pod, `--image=${IMAGE}`, `--overrides=${overrides}`);
      await mkube('wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=60s');
    };
    const inPod = (pod: string, script: string) =>
      cluster.mkube(['exec', pod, '--', 'sh', '-c', script], { timeoutMs: 30_000 });
    const says = (what: string, pod: string, script: string, wanted: RegExp) =>
      eventually(what, async () => wanted.test((await inPod(pod, script)).stdout), 60_000);
    const restartsOf = async (pod: string) =>
      Number(await read('pod', pod, '-o', 'jsonpath={.status.containerStatuses[0].restartCount}'));
    const addresses = async (kind: string, ...more: string[]) =>
      (await read(kind, ...more, '-o', 'jsonpath={.items[*].status.podIP}{.items[*].status.addresses[0].address}'))
        .split(' ')
        .filter(Boolean);

    before(async () => {
      const env = await story.open();
      open = true;
      cluster = prepareCluster(story.runtime);
      Object.assign(cluster.env, env);
      await cluster.must(['up', '--wait', '--runtime', story.runtime], { timeoutMs: 180_000 });
      await Promise.all([runPod('one', 'node-1'), runPod('two', 'node-2'), apply(web), apply(service)]);
      await mkube('rollout', 'status', 'deployment/web', '--timeout=80s');
    });
    after(async () => {
      await cluster?.close();
      if (open) await story.close();
    });

    void test('shows the engine of each node', async () => {
      const lines = (await mkube('get', 'nodes', '-o', 'wide', '--no-headers')).trim().split('\n');
      assert.equal(lines.length, 2);
      for (const line of lines) assert.match(line, story.version);
    });

    void test('runs hello: its log, a command in it, a port of it, and a restart after its end', async () => {
      await checkHello('one', {
        mkube: (args) => cluster.mkube(args, { timeoutMs: 90_000 }),
        follow: (args) => new Following(process.execPath, [CLI, ...args], cluster.env),
      });
      await inPod('one', 'kill 1');
      await eventually('it runs again', async () => (await restartsOf('one')) === 1, 60_000);
      await mkube('wait', '--for=condition=Ready', 'pod/one', '--timeout=60s');
    });

    void test('answers by Services and names from pods on both nodes, and every pod has its share', async () => {
      for (const pod of ['one', 'two']) {
        await says('the API by name', pod, 'nslookup kubernetes.default.svc.cluster.local', /Address: 10\.96\.0\.1\b/);
        await says('the API', pod, 'nc -w 3 kubernetes.default 443 -e true && echo open', /open/);
        const seen = new Set<string>();
        await eventually('answers of all four pods', async () => {
          const { stdout } = await inPod(pod, 'for i in 1 2 3 4 5 6 7 8; do wget -qO- http://web/; done');
          for (const [, own] of stdout.matchAll(/Hello from pod (\S+)/g)) seen.add(own ?? '');
          return seen.size === 4;
        });
      }
    });

    void test('brings a pod to itself by its Service, and pods to one another by their own addresses', async () => {
      const [first = ''] = (await read('pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
      const itself = `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do wget -qO- http://web/; done`;
      await says('an answer of its own', first, itself, new RegExp(`Hello from pod ${first} `));
      const from = await read('pod', 'one', '-o', 'jsonpath={.status.podIP}');
      const to = await read('pod', 'two', '-o', 'jsonpath={.status.podIP}');
      assert.match((await inPod('one', `wget -qO- http://${to}:8080/`)).stdout, /pod two/);
      // the log names who asked: no translation on the way
      await eventually('the asker in the log', async () => (await mkube('logs', 'two')).includes(`${from}]:`));
    });

    void test('answers on a port of every node, from this machine', async () => {
      const port = await read('service', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}');
      for (const address of await addresses('nodes')) {
        const answer = await fetch(`http://${address}:${port}/`, { signal: AbortSignal.timeout(10_000) });
        assert.match(await answer.text(), /^Hello from pod web-/);
      }
    });

    void test('follows readiness within a second', async () => {
      const [pod = '', address] = (
        await read('pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name} {.items[0].status.podIP}')
      ).split(' ');
      const isListed = async () =>
        (await read('endpoints', 'web', '-o', 'jsonpath={.subsets[*].addresses[*].ip}'))
          .split(' ')
          .includes(address ?? '');
      await inPod(pod, 'rm /tmp/ready');
      await eventually('it is no endpoint', async () => !(await isListed()));
      await inPod(pod, 'touch /tmp/ready');
      await mkube('wait', '--for=condition=Ready', `pod/${pod}`, '--timeout=30s');
      await eventually('it is an endpoint again', isListed, 1000);
    });

    void test('gives a pod the network of its node where it asks for it', async () => {
      await runPod('hosted', 'node-2', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' });
      const node = await read('node', 'node-2', '-o', 'jsonpath={.status.addresses[0].address}');
      assert.equal(await read('pod', 'hosted', '-o', 'jsonpath={.status.podIP}'), node);
      assert.match((await inPod('hosted', 'ip -4 addr show eth0')).stdout, new RegExp(`inet ${node}/24`));
      assert.equal((await inPod('hosted', 'hostname; echo $HOSTNAME')).stdout, 'node-2\nnode-2\n');
      const page = await fetch(`http://${node}:8080/`, { signal: AbortSignal.timeout(10_000) });
      assert.match(await page.text(), /Hello from pod/);
      await says('a Service', 'hosted', 'wget -qO- http://web/', /pod web-/);
      await mkube('delete', 'pod', 'hosted');
    });

    void test('runs on every node what was loaded once, and what a registry of this machine serves', async () => {
      const { buildImageArchive, buildTar } = await import('@mkube/runtime');
      const files = [
        { path: 'bin/', directory: true },
        { path: 'bin/sh', content: fs.readFileSync('/bin/busybox'), mode: 0o755 },
      ];
      const config = { Cmd: ['/bin/sh', '-c', 'echo started; exec sh -c "while :; do sleep 1; done"'] };
      const archive = path.join(cluster.home, 'own.tar');
      fs.writeFileSync(archive, buildImageArchive({ tags: ['example.com/own:2'], files, config }));
      assert.match(await mkube('image', 'load', archive), /example\.com\/own:2 loaded/);
      assert.match(await mkube('image', 'ls'), /^example\.com\/own:2 /m);
      const registry = await serveImage({ name: 'own/pulled', tag: '1', layer: buildTar(files), config });
      try {
        const pulled = `${registry.host}/own/pulled:1`;
        const image = (own: string) => ({ containers: [{ name: 'own', image: own }] });
        await Promise.all([
          runPod('loaded-1', 'node-1', image('example.com/own:2')),
          runPod('loaded-2', 'node-2', image('example.com/own:2')),
          runPod('pulled-2', 'node-2', image(pulled)),
        ]);
        for (const pod of ['loaded-1', 'loaded-2', 'pulled-2'])
          assert.equal(await mkube('logs', pod, '-c', 'own'), 'started\n');
        const id = await read(
          'pod',
          'pulled-2',
          '-o',
          'jsonpath={.status.containerStatuses[?(@.name=="own")].imageID}',
        );
        assert.match(id, /sha256:[0-9a-f]{64}$/);
        assert.ok((await mkube('image', 'ls')).includes(`${pulled} `), 'images that were pulled are listed as well');
      } finally {
        registry.close();
      }
      await mkube('delete', 'pod', 'loaded-1', 'loaded-2', 'pulled-2');
    });

    void test('builds an image that every node can run, where Docker is there; else says how to bring one', async () => {
      const folder = path.join(cluster.home, 'context');
      fs.mkdirSync(folder);
      fs.writeFileSync(path.join(folder, 'page'), 'built here');
      fs.writeFileSync(path.join(folder, 'secret'), 'not for the image');
      fs.writeFileSync(path.join(folder, '.dockerignore'), 'secret\n');
      const lines = [`FROM ${IMAGE}`, 'ARG NAME', 'ENV NAME=$NAME', 'COPY . /www/', 'CMD ["/hello"]'];
      fs.writeFileSync(path.join(folder, 'Dockerfile'), lines.join('\n'));
      const argv = ['image', 'build', '-t', 'example.com/built:1', '--build-arg', 'NAME=me', folder];
      if (!story.builds) {
        const { code, stderr } = await cluster.mkube(argv);
        assert.equal(code, 1);
        assert.match(stderr, /nothing here builds images \(.*\): start Docker, or .*mkube image load/);
        return;
      }
      assert.match(await mkube(...argv), /image\/example\.com\/built:1 built\n$/);
      await runPod('built', 'node-2', { containers: [{ name: 'own', image: 'example.com/built:1' }] });
      const seen = await cluster.mkube([
        'exec',
        'built',
        '-c',
        'own',
        '--',
        'sh',
        '-c',
        'ls /www; cat /www/page; echo " $NAME"',
      ]);
      assert.match(seen.stdout, /built here me/);
      assert.doesNotMatch(seen.stdout, /secret/);
      await mkube('delete', 'pod', 'built');
    });

    void test('comes back by itself when the engine was away and is there again', async () => {
      const [one, two] = [await restartsOf('one'), await restartsOf('two')];
      await story.restart(cluster);
      await says('a command in a pod', 'one', 'echo works', /works/);
      if (story.containersGoOn) assert.equal(await restartsOf('one'), one);
      else await eventually('its containers started anew', async () => (await restartsOf('one')) > one, 60_000);
      await mkube('wait', '--for=condition=Ready', 'node/node-1', 'node/node-2', '--timeout=60s');
      await mkube('wait', '--for=condition=Ready', 'pod/one', 'pod/two', '--timeout=90s');
      await runPod('later', 'node-1');
      assert.match(await mkube('logs', 'later'), /Hello from pod later/);
      assert.equal((await restartsOf('two')) > two, !story.containersGoOn);
      await says('its log goes on', 'two', 'wget -qO- http://localhost:8080/', /pod two/);
      await mkube('delete', 'pod', 'later');
    });

    void test('goes on while a kubelet is killed, and the next one finds its containers', async () => {
      const restarts = await restartsOf('one');
      process.kill(cluster.pid('node-1'), 'SIGKILL');
      assert.match(await mkube('up', '--wait'), /is up again/);
      await says('a command in a pod', 'one', 'echo works', /works/);
      assert.equal(await restartsOf('one'), restarts);
    });

    void test('takes a node in, and lets it go with all that was its own', async () => {
      await mkube('node', 'add', 'extra');
      await runPod('guest', 'extra');
      assert.match((await inPod('guest', 'wget -qO- http://web/')).stdout, /pod web-/);
      await mkube('node', 'remove', 'extra');
      assert.equal((await cluster.mkube(['get', 'pod', 'guest'])).code, 1);
    });

    void test('is off after down, starts anew after up, and leaves nothing after a reset, whatever was killed', async () => {
      const { id } = JSON.parse(fs.readFileSync(path.join(cluster.home, 'mkube/mkube/cluster.json'), 'utf8')) as {
        id: string;
      };
      const restarts = await restartsOf('two');
      const leftovers = await story.watchLeftovers(cluster);
      const onMachine = async () =>
        [...(await readMachine())].filter((line) => line.includes(`mk${id}`) || line.includes(cluster.home));
      await mkube('down');
      assert.deepEqual(await onMachine(), []);
      await cluster.must(['up', '--wait'], { timeoutMs: 180_000 });
      await eventually('its containers started anew', async () => (await restartsOf('two')) > restarts, 90_000);
      await mkube('wait', '--for=condition=Ready', 'pod/two', '--timeout=90s');
      const later = await story.watchLeftovers(cluster);
      for (const part of ['server', 'node-1', 'node-2']) process.kill(cluster.pid(part), 'SIGKILL');
      await mkube('reset', '--yes');
      assert.deepEqual([...(await onMachine()), ...(await leftovers()), ...(await later())], []);
    });
  });
}
