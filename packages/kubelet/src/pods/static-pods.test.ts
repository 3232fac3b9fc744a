import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { NotFound } from '@mkube/apimachinery';
import { eventually, eventuallyPod, openNode, type TestNode } from '../testing/node.test.ts';

const manifest = (script: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: still, labels: { app: still } }
spec:
  terminationGracePeriodSeconds: 0
  containers: [{ name: main, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, "${script}"] }]
`;

describe('static pods', () => {
  let node: TestNode;
  let folder = '';
  let name = '';
  before(async () => {
    folder = await fs.mkdtemp(path.join(os.tmpdir(), 'mkube-static-'));
    node = await openNode({ kubelet: { staticPodPath: folder } });
    name = `still-${node.nodeName}`;
    await fs.writeFile(path.join(folder, 'bad.yaml'), 'kind: Nonsense');
    await fs.writeFile(path.join(folder, 'still.yaml'), manifest('sleep infinity'));
  });
  after(async () => {
    await node.close();
    await fs.rm(folder, { recursive: true });
  });

  it('run, and are seen in the API', async () => {
    const pod = await eventuallyPod(node, name, 'is Running', ({ status }) => status.phase === 'Running');
    assert.equal(pod.metadata.ownerReferences?.[0]?.kind, 'Node');
    assert.equal(pod.metadata.labels?.['app'], 'still');
  });

  it('outlive their likeness, which comes back', async () => {
    const before = await node.getPod(name);
    const [container] = await node.runtime.listContainers();
    await node.client.pods.delete(before.metadata, { gracePeriodSeconds: 0 });
    const again = await eventuallyPod(
      node,
      name,
      'is Running',
      ({ status, metadata }) => status.phase === 'Running' && metadata.uid !== before.metadata.uid,
    );
    assert.equal(again.status.containerStatuses?.[0]?.restartCount, 0);
    assert.deepEqual(await node.runtime.listContainers(), [container]);
  });

  it('are others when their file changes, and end with it', async () => {
    const [before] = await node.runtime.listContainers();
    await fs.writeFile(path.join(folder, 'still.yaml'), manifest('echo new; sleep infinity'));
    await eventually('another container runs', async () => {
      const containers = await node.runtime.listContainers();
      return containers.length === 1 && containers[0]?.id !== before?.id;
    });
    await fs.rm(path.join(folder, 'still.yaml'));
    await eventually('nothing of it runs', async () => (await node.runtime.listContainers()).length === 0);
    await eventually('the API has forgotten it', () =>
      node.getPod(name).then(
        () => false,
        (error: unknown) => error instanceof NotFound,
      ),
    );
  });
});
