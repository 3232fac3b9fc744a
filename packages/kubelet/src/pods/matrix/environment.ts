/** Names, arguments and environment of a container. */
import assert from 'node:assert/strict';
import { type Case, env, fieldEnv, mount, shell, statusOf, volume, waitsFor } from './case.ts';

const keyOf = (kind: 'configMapKeyRef' | 'secretKeyRef', name: string, key: string, rest: object = {}) =>
  env({ name: 'X', valueFrom: { [kind]: { name, key, ...rest } } });

/** A container that cannot be configured waits and says why. */
const refused = (container: Case['container'], message: RegExp): Case => ({
  alone: true,
  script: 'true',
  ...(container && { container }),
  async watch(seen) {
    const pod = await seen.until('waits for its configuration', waitsFor('CreateContainerConfigError'));
    const said = statusOf(pod)?.state.waiting?.message ?? '';
    if (!message.test(said)) throw new Error(`it says ${JSON.stringify(said)}`);
  },
});

export const environment: Record<string, Case> = {
  command: { script: 'echo hi', prints: /^hi$/m },
  'args expand variables': {
    script: 'true',
    container: { ...env({ name: 'A', value: 'x' }), command: ['echo'], args: ['$(A)-$(B)-$$(A)'] },
    prints: /^x-\$\(B\)-\$\(A\)$/m,
  },
  'variables expand earlier ones': {
    alone: true,
    script: 'echo $C $D',
    container: env({ name: 'A', value: 'a' }, { name: 'C', value: '$(A)-$(D)' }, { name: 'D', value: '$$(A)' }),
    prints: /^a-\$\(D\) \$\(A\)$/m,
  },
  'a later variable wins': {
    alone: true,
    script: 'echo $key',
    container: { envFrom: [{ configMapRef: { name: 'cm' } }], ...env({ name: 'key', value: 'own' }) },
    prints: /^own$/m,
  },
  'working dir': { script: 'pwd', container: { workingDir: '/tmp' }, prints: /^\/tmp$/m },
  'working dir is made': { script: 'pwd', container: { workingDir: '/not/there' }, prints: /^\/not\/there$/m },
  'field ref': {
    alone: true,
    script: 'echo $N $S $A',
    container: fieldEnv({ N: 'metadata.name', S: 'metadata.namespace', A: 'spec.serviceAccountName' }),
    prints: /^field-ref default default$/m,
  },
  'label ref': {
    alone: true,
    script: 'echo $L',
    metadata: { labels: { 'a/b': 'c' } },
    container: fieldEnv({ L: "metadata.labels['a/b']" }),
    prints: /^c$/m,
  },
  'annotation ref': {
    alone: true,
    script: 'echo $A',
    metadata: { annotations: { note: 'two words' } },
    container: fieldEnv({ A: "metadata.annotations['note']" }),
    prints: /^two words$/m,
  },
  'uid and node': {
    alone: true,
    script: 'echo $U $N $H',
    container: fieldEnv({ U: 'metadata.uid', N: 'spec.nodeName', H: 'status.hostIP' }),
    prints: /^[0-9a-f-]{36} node-\w+ 127\.0\.0\.1$/m,
  },
  'pod address': {
    script: 'ip -4 addr show eth0 | grep -q "$IP/" && echo same $IP = $IPS',
    container: fieldEnv({ IP: 'status.podIP', IPS: 'status.podIPs' }),
    needs: ['podNetwork'],
    prints: /^same (\S+) = \1$/m,
  },
  'resource ref': {
    alone: true,
    script: 'echo $M $R',
    container: {
      ...env(
        { name: 'M', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
        { name: 'R', valueFrom: { resourceFieldRef: { resource: 'requests.cpu', divisor: '1m' } } },
      ),
      resources: { limits: { memory: '24Mi', cpu: '1' }, requests: { cpu: '50m' } },
    },
    prints: /^24 50$/m,
  },
  "resource ref without a limit is the node's": {
    alone: true,
    script: 'test "$C" = "$(nproc)" && echo all; test "$M" -gt 1000 && echo much',
    container: env(
      { name: 'C', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'M', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
    ),
    prints: /^all\nmuch$/m,
  },
  "resource ref without a limit is the pod's": {
    alone: true,
    script: 'echo $C $M',
    spec: { resources: { limits: { cpu: '300m', memory: '24Mi' } } },
    container: env(
      { name: 'C', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      { name: 'M', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
    ),
    prints: /^300 24$/m,
  },
  'a variable out of a file': {
    alone: true,
    script: 'echo $A-$B-',
    spec: {
      ...volume({ emptyDir: {} }),
      initContainers: [shell(`echo "A='one'" > /v/e; echo "C='three'" >> /v/e`, { name: 'i', ...mount('v', '/v') })],
    },
    container: env(
      { name: 'A', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'e', key: 'A' } } },
      { name: 'B', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'e', key: 'B', optional: true } } },
    ),
    prints: /^one--$/m,
  },
  'a variable out of a file that leads elsewhere': {
    alone: true,
    script: 'true',
    spec: {
      ...volume({ emptyDir: {} }),
      initContainers: [shell('ln -s /etc/passwd /v/e', { name: 'i', ...mount('v', '/v') })],
    },
    container: env({ name: 'A', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'e', key: 'A' } } }),
    async watch(seen) {
      const pod = await seen.until('waits for its configuration', waitsFor('CreateContainerConfigError'));
      assert.match(statusOf(pod)?.state.waiting?.message ?? '', /^couldn't parse env file$/);
    },
  },
  'env from config map': {
    alone: true,
    script: 'echo $P_key',
    container: { envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }] },
    prints: /^value$/m,
  },
  'env from secret': {
    alone: true,
    script: 'echo $password',
    container: { envFrom: [{ secretRef: { name: 'sec' } }] },
    prints: /^s3cret$/m,
  },
  'env from nothing, if optional': {
    alone: true,
    script: 'echo went on',
    container: { envFrom: [{ configMapRef: { name: 'none', optional: true } }] },
    prints: /^went on$/m,
  },
  'config map key': {
    alone: true,
    script: 'echo $X',
    container: keyOf('configMapKeyRef', 'cm', 'key'),
    prints: /^value$/m,
  },
  'secret key': {
    alone: true,
    script: 'echo $X',
    container: keyOf('secretKeyRef', 'sec', 'password'),
    prints: /^s3cret$/m,
  },
  'optional key': {
    alone: true,
    script: 'echo [$X]',
    container: keyOf('configMapKeyRef', 'none', 'k', { optional: true }),
    prints: /^\[\]$/m,
  },
  'a missing config map': refused(keyOf('configMapKeyRef', 'none', 'k'), /^configmap "none" not found$/),
  'a missing secret': refused({ envFrom: [{ secretRef: { name: 'none' } }] }, /^secret "none" not found$/),
  'a missing key': refused(
    keyOf('configMapKeyRef', 'cm', 'nokey'),
    /^couldn't find key nokey in ConfigMap default\/cm$/,
  ),
  'service links': {
    alone: true,
    script:
      'echo $DATA_BASE_SERVICE_HOST:$DATA_BASE_SERVICE_PORT $DATA_BASE_PORT_5432_TCP_PROTO $DATA_BASE_SERVICE_PORT_SQL',
    prints: /^10\.96\.\d+\.\d+:5432 tcp 5432$/m,
  },
  'no service links': {
    alone: true,
    script: 'env | grep -c DATA_BASE || true; echo api $KUBERNETES_SERVICE_PORT',
    spec: { enableServiceLinks: false },
    prints: /^0\napi 443$/m,
  },
  hostname: { script: 'hostname', spec: { hostname: 'custom' }, needs: ['isolation'], prints: /^custom$/m },
  'hostname file': {
    script: 'cat /etc/hostname',
    spec: { hostname: 'named' },
    needs: ['isolation'],
    prints: /^named$/m,
  },
  subdomain: {
    script: 'cat /etc/hosts',
    spec: { hostname: 'h', subdomain: 'sub' },
    needs: ['isolation'],
    prints: /\th\.sub\.default\.svc\.cluster\.local\th$/m,
  },
  'hostname with its domain': {
    script: 'hostname',
    spec: { hostname: 'h', subdomain: 'sub', setHostnameAsFQDN: true },
    needs: ['isolation'],
    prints: /^h\.sub\.default\.svc\.cluster\.local$/m,
  },
  'host aliases': {
    script: 'cat /etc/hosts',
    spec: { hostAliases: [{ ip: '1.2.3.4', hostnames: ['foo', 'bar'] }] },
    needs: ['isolation'],
    prints: /^1\.2\.3\.4\tfoo\tbar$/m,
  },
  'dns of the cluster': {
    script: 'cat /etc/resolv.conf',
    needs: ['isolation'],
    prints:
      /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local.*\nnameserver 10\.96\.0\.10\noptions ndots:5$/m,
  },
  'dns with more': {
    script: 'cat /etc/resolv.conf',
    spec: {
      dnsConfig: {
        searches: ['extra.test'],
        options: [
          { name: 'timeout', value: '1' },
          { name: 'ndots', value: '3' },
        ],
      },
    },
    needs: ['isolation'],
    prints: /cluster\.local.* extra\.test\nnameserver 10\.96\.0\.10\noptions (ndots:3 timeout:1|timeout:1 ndots:3)$/m,
  },
  'dns none': {
    script: 'cat /etc/resolv.conf',
    spec: {
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['9.9.9.9'], searches: ['x.y'], options: [{ name: 'ndots', value: '2' }] },
    },
    needs: ['isolation'],
    prints: /search x\.y\nnameserver 9\.9\.9\.9\noptions ndots:2/,
  },
  'dns of the host': {
    script: 'grep -c 10.96.0.10 /etc/resolv.conf; true',
    spec: { dnsPolicy: 'Default' },
    needs: ['isolation'],
    prints: /^0$/m,
  },
  'init containers have an environment too': {
    alone: true,
    script: 'true',
    spec: { initContainers: [shell('echo $X', { name: 'i', ...keyOf('configMapKeyRef', 'cm', 'key') })] },
    async watch(seen) {
      await seen.untilPrints(/^value$/m, 'i');
    },
  },
};
