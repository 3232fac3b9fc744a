/** describe, explain, generators and checks: mkube and real kubectl say the same of every kind, to the letter. */
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertSame, type CommandCluster, eventually, kubectlPath, prepareCluster, repository } from '../lib/index.ts';

const skip = kubectlPath() ? false : 'kubectl is not in .cache: npm test fetches it';

const DRY = '--dry-run=client -o yaml';

const LINES = [
  ...'svc/dsvc svc/dext svc/kubernetes sts/dsts ds/dds job/djob cj/dcj cm/dcm secret/ds sa/dsa sa/default ns/default'
    .split(' ')
    .map((what) => `describe ${what}`),
  ...'quota/dq limits/dlr pv/dpv pvc/dpvc ing/ding ing/ding2 hpa/dhpa pdb/dpdb pc/system-node-critical role/drole rs'
    .split(' ')
    .map((what) => `describe ${what}`),
  ...'rolebinding/drb clusterrole/admin clusterrolebinding/cluster-admin endpointslices lease apiservices flowschemas crd'
    .split(' ')
    .map((what) => `describe ${what}`),
  'explain pods',
  'explain pod.spec.containers.ports.protocol',
  'explain pod.spec --recursive',
  'explain deployments.apps.spec',
  'explain deployments.spec.strategy.type',
  'explain pod.metadata.labels',
  'explain pods.nothing',
  'explain',
  'explain a b',
  `create role x --verb=get,list --resource=pods,deploy/scale,secrets --resource-name=a ${DRY}`,
  'create role x --verb=* --resource=pods --dry-run=client -o json',
  'create role x',
  'create role',
  'create role x --verb=foo --resource=pods --dry-run=client',
  'create role x --verb=bind --resource=pods',
  `create clusterrole x --verb=get --non-resource-url=/healthz ${DRY}`,
  `create clusterrole x --aggregation-rule=a=b ${DRY}`,
  `create rolebinding x --role=r --user=u --group=g --serviceaccount=n:s ${DRY}`,
  `create clusterrolebinding x --clusterrole=c --serviceaccount=n ${DRY}`,
  'create clusterrolebinding x --clusterrole=c --user=u --dry-run=client -o json',
  `create cronjob x --image=i --schedule=*/5\u00a0*\u00a0*\u00a0*\u00a0* ${DRY}`,
  'create cronjob x',
  `create ingress x --rule=a.test/p=s:80,tls=sec --rule=b.test/q*=s:http --rule=a.test/r=t:1 --class=c ${DRY}`,
  'create ingress x --rule=zz',
  'create pdb x --selector=a=b --max-unavailable=50% --dry-run=client -o json',
  'create pdb x',
  `create priorityclass x --value=5 --description=d --global-default ${DRY}`,
  `create quota x --hard=cpu=1,pods=2 --scopes=BestEffort ${DRY}`,
  'create quota x --hard=zz',
  `autoscale deploy/dweb --max=3 --cpu=70% --memory=200 ${DRY}`,
  'autoscale deploy/dweb --max=3 --min=1 --dry-run=client',
  'autoscale cm/dcm --max=2',
  'set image deploy/dweb x=y',
  'set image deploy/dweb web=x:2 --dry-run=server',
  'set image deploy/dweb *=x:2 --dry-run=client',
  'set env deploy/dweb A=b C=d --list',
  'set env deploy/dweb --from=secret/ds --list',
  'set env deploy/dweb A=b --dry-run=server',
  'set resources deploy/dweb --limits=cpu=1 --dry-run=server',
  'set resources deploy/dweb',
  'set selector svc/dsvc a=b --dry-run=client',
  'set selector deploy/dweb a=b --dry-run=client',
  'set serviceaccount deploy/dweb dsa --dry-run=server',
  'set subject rolebinding/drb --user=u2 --dry-run=server',
  'auth can-i get pods',
  'auth can-i foo pods',
  'auth can-i get nodes',
  'auth can-i get zz',
  'auth can-i get /healthz',
  'auth can-i get pods --as=bob',
  'auth can-i --list',
  'auth can-i --list --as=system:serviceaccount:default:default --as-group=system:authenticated',
  'auth can-i',
  'auth whoami',
  'certificate approve',
  'certificate approve zz',
  'top pod',
  'drain',
  'drain nope',
  'diff -f nothing.yaml',
  'attach',
  'port-forward',
  'completion',
  'cordon nope',
];

describe('the CLI beside kubectl, kind by kind', { skip }, () => {
  let cluster: CommandCluster;
  before(async () => {
    cluster = prepareCluster('kinds');
    await cluster.must(['up', '--nodes', '0']);
    await eventually(
      'the default service account',
      async () => (await cluster.mkube(['get', 'sa', 'default'])).code === 0,
    );
    await cluster.must(['apply', '-f', path.join(repository, 'test/testdata/kinds.yaml')]);
    await cluster.must(['create', 'deployment', 'dweb', '--image=registry.example/web:1', '--replicas=1']);
    await eventually(
      'a pod of dweb and what the controllers say of the rest',
      async () => (await cluster.mkube(['get', 'pods', '-l', 'app=dweb', '-o', 'name'])).stdout !== '',
    );
  });
  after(() => cluster?.close());

  for (const line of LINES) test(line.replaceAll('\u00a0', ' '), () => assertSame(cluster, line));
});
