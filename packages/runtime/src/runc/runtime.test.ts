import { describeRuntime, type RuntimeHarness } from '../conformance.ts';
import { createRuncNode, TEST_IMAGE, whyNoRuncNode } from '../testing/runc-node.ts';
import { wholeEngine } from '../supports.ts';

describeRuntime('runc', {
  supports: { ...wholeEngine, pull: false }, // without a registry
  required: true,
  skip: await whyNoRuncNode(),
  async open() {
    const node = await createRuncNode();
    const harness: RuntimeHarness = {
      runtime: await node.open(),
      image: TEST_IMAGE,
      folder: node.folder,
      async reopen(meanwhile) {
        await harness.runtime.close();
        await meanwhile?.();
        harness.runtime = await node.open();
      },
      async close() {
        await harness.runtime.close();
        await node.close();
      },
    };
    return harness;
  },
});
