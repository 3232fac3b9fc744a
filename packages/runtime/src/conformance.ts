/**
 * The contract of Runtime, as a suite: every driver passes it. Cases are picked by what a driver supports, never by its
 * name; what a machine lacks is skipped with the reason. A driver's own test file holds only its own quirks beside this.
 */
import { after, before, describe } from 'node:test';
import type { RuntimeHarness } from './conformance/harness.ts';
import * as isolation from './conformance/isolation.ts';
import { containerCases, restartCases, sandboxCases } from './conformance/lifecycle.ts';
import { attachCases, execCases, logCases, portForwardCases, terminalCases } from './conformance/streams.ts';
import type { Supports } from './runtime.ts';

export type { RuntimeHarness };

/** `skip` says why the driver cannot run here. */
export function describeRuntime(
  name: string,
  { supports, open, skip }: { supports: Supports; open: () => Promise<RuntimeHarness>; skip?: string },
): void {
  describe(`runtime contract: ${name}`, { skip }, () => {
    let harness: RuntimeHarness | undefined;
    const opened = (): RuntimeHarness => {
      if (!harness) throw new Error('the runtime was not opened');
      return harness;
    };
    before(async () => {
      harness = await open();
    });
    after(async () => harness?.close());

    describe('sandboxes', () => sandboxCases(opened));
    describe('containers', () => containerCases(opened));
    describe('exec', () => execCases(opened));
    describe('opened anew', () => restartCases(opened));
    if (supports.attach) describe('attach', () => attachCases(opened));
    if (supports.tty) describe('terminals', () => terminalCases(opened));
    if (supports.images) describe('images', () => isolation.imageCases(opened));
    if (supports.isolation) {
      describe('logs', () => logCases(opened));
      describe('namespaces', () => isolation.namespaceCases(opened));
      describe('security', () => isolation.securityCases(opened));
    }
    if (supports.podNetwork) describe('network', () => isolation.networkCases(opened));
    if (supports.portForward && supports.isolation) describe('port-forward', () => portForwardCases(opened));
    if (supports.cgroups) describe('limits', () => isolation.limitCases(opened));
    if (supports.updateResources && supports.cgroups) describe('updates', () => isolation.updateCases(opened));
    if (supports.stats && supports.cgroups) describe('stats', () => isolation.statsCases(opened));
  });
}
