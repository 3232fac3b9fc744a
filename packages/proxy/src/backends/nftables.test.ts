import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import type { ServiceRule } from '../plan.ts';
import { openFlowTable } from './flow-table.ts';
import { createNftablesBackend, renderServices, transactionOf } from './nftables.ts';

const options = { table: 'mkube-services', serviceCidr: '10.96.0.0/16' };
const rule = (name: string, more: Partial<ServiceRule> = {}): ServiceRule => ({
  name,
  protocol: 'TCP',
  port: 80,
  clusterIPs: ['10.96.0.9'],
  externalIPs: [],
  nodePort: undefined,
  backends: [{ ip: '10.1.0.2', port: 8080 }],
  externalBackends: [],
  keepsClientAddress: false,
  affinitySeconds: undefined,
  ...more,
});

test('refuses a service without endpoints and drops what is no service', () => {
  const { body, chains } = renderServices([rule('a', { backends: [] })], options);
  assert.match(body, /no-endpoints \{[^}]*elements = \{ 10\.96\.0\.9 \. tcp \. 80 \}/);
  assert.match(body, /ip daddr 10\.96\.0\.0\/16 drop/);
  assert.deepEqual(chains, []);
});

test('asks in its own name for clients inside where it is told to', () => {
  const own = /chain svc-\w+ \{\s+meta mark set meta mark \| 0x4000\s+meta l4proto/;
  assert.doesNotMatch(renderServices([rule('a')], options).body, own);
  assert.match(renderServices([rule('a')], { ...options, masqueradesAll: true }).body, own);
});

test('removes the chains of services that went, and only those', () => {
  const before = renderServices([rule('a'), rule('b', { clusterIPs: ['10.96.0.10'] })], options);
  const next = renderServices([rule('a')], options);
  const script = transactionOf('t', next, before);
  assert.equal(script.match(/delete chain/g)?.length, 1);
  assert.ok(!script.includes(`delete chain ip t ${next.chains[0]}`));
});

const skip =
  process.getuid?.() !== 0 || ['nft', 'conntrack'].some((tool) => spawnSync(tool, ['--version']).error !== undefined)
    ? 'needs root, nft and conntrack'
    : false;

describe('in a network namespace', { skip }, () => {
  const namespace = `mkt-${randomBytes(3).toString('hex')}`;
  const inside = (...argv: string[]) => ['--net=/run/netns/' + namespace, '--', ...argv];
  const run = async (script: string) =>
    void execFileSync('nsenter', inside('nft', '-f', '-'), { input: script, stdio: ['pipe', 'ignore', 'pipe'] });
  const flows = openFlowTable(pino({ level: 'silent' }), async (args) => {
    const { stdout, status, stderr } = spawnSync('nsenter', inside('conntrack', ...args), { encoding: 'utf8' });
    if (status !== 0 && !stderr.includes('0 flow entries')) throw new Error(stderr);
    return stdout;
  });
  let backend: ReturnType<typeof spawn> | undefined;
  before(() => {
    execFileSync('ip', ['netns', 'add', namespace]);
    execFileSync('nsenter', inside('ip', '-batch', '-'), {
      input: 'link set lo up\naddr add 10.1.0.2/32 dev lo\naddr add 10.240.0.7/32 dev lo\nroute add default dev lo\n',
    });
    const server = `require('net').createServer((s)=>s.end('served by '+s.localAddress+':'+s.localPort)).listen(8080,'10.1.0.2',()=>console.log('up'))`;
    backend = spawn('nsenter', inside(process.execPath, '-e', server), { stdio: ['ignore', 'pipe', 'inherit'] });
    return new Promise((resolve) => backend?.stdout?.once('data', resolve));
  });
  after(() => {
    backend?.kill();
    execFileSync('ip', ['netns', 'del', namespace]);
  });
  const get = (ip: string, port: number): string => {
    const client = `require('net').connect({host:'${ip}',port:${port},timeout:3000}).on('data',(d)=>{process.stdout.write(String(d));process.exit()}).on('error',(e)=>{process.stdout.write(e.code);process.exit()}).on('timeout',()=>{process.stdout.write('timeout');process.exit()})`;
    return execFileSync('nsenter', inside(process.execPath, '-e', client), { encoding: 'utf8' });
  };

  test('a client of UDP that goes on reaches the endpoint that comes after the first', async () => {
    const proxy = createNftablesBackend({ ...options, run, flows });
    const names = (port: number) =>
      `require('dgram').createSocket('udp4').on('message',function(m,r){this.send('${port}',r.port,r.address)}).bind(${port},'10.1.0.2',()=>console.log('up'));`;
    const endpoints = spawn('nsenter', inside(process.execPath, '-e', names(9001) + names(9002)), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => endpoints.stdout.once('data', resolve));
    const asker = spawn(
      'nsenter',
      inside(
        process.execPath,
        '-e',
        "const s=require('dgram').createSocket('udp4').on('message',(m)=>console.log(String(m)));s.bind(12345,()=>setInterval(()=>s.send('?',53,'10.96.0.13'),50))",
      ),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const answer = (port: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (data: Buffer): void => {
          if (!data.toString().split('\n').includes(String(port))) return;
          asker.stdout.off('data', look);
          resolve();
        };
        asker.stdout.on('data', look);
      });
    const dns = (port: number) =>
      rule('dns', { protocol: 'UDP', port: 53, clusterIPs: ['10.96.0.13'], backends: [{ ip: '10.1.0.2', port }] });
    try {
      await proxy.sync([dns(9001)]);
      await answer(9001);
      await proxy.sync([dns(9002)]);
      await answer(9002);
    } finally {
      asker.kill();
      endpoints.kill();
      await proxy.clear();
    }
  });

  test('a cluster address, a node port and a sticky service answer; what has no endpoints is refused; changes take effect', async () => {
    const proxy = createNftablesBackend({ ...options, run, flows });
    const web = rule('web', { nodePort: 30_080, externalBackends: [{ ip: '10.1.0.2', port: 8080 }] });
    const sticky = rule('sticky', {
      clusterIPs: ['10.96.0.11'],
      affinitySeconds: 60,
      backends: [{ ip: '10.1.0.2', port: 8080 }],
    });
    const empty = rule('empty', { clusterIPs: ['10.96.0.12'], backends: [] });
    await proxy.sync([web, sticky, empty]);
    assert.equal(get('10.96.0.9', 80), 'served by 10.1.0.2:8080');
    assert.equal(get('10.240.0.7', 30_080), 'served by 10.1.0.2:8080');
    assert.equal(get('10.96.0.11', 80), 'served by 10.1.0.2:8080');
    assert.equal(get('10.96.0.11', 80), 'served by 10.1.0.2:8080');
    assert.equal(get('10.96.0.12', 80), 'ECONNREFUSED');
    await proxy.sync([{ ...web, backends: [], externalBackends: [] }]);
    assert.equal(get('10.96.0.9', 80), 'ECONNREFUSED');
    await proxy.sync([web, sticky]);
    assert.equal(get('10.96.0.9', 80), 'served by 10.1.0.2:8080');
    await proxy.clear();
    assert.ok(
      !execFileSync('nsenter', inside('nft', 'list', 'tables'), { encoding: 'utf8' }).includes('mkube-services'),
    );
  });
});
