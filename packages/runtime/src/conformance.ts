/**
 * The contract of Runtime, as a suite: every driver passes it. Cases are picked by what a driver supports, never by its
 * name; what a machine lacks is skipped with the reason. A driver's own test file holds only its own quirks beside this.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { Opened, RuntimeHarness } from './conformance/harness.ts';
import * as isolation from './conformance/isolation.ts';
import { containerCases, restartCases, sandboxCases } from './conformance/lifecycle.ts';
import { attachCases, execCases, logCases, portForwardCases, terminalCases } from './conformance/streams.ts';
import type { Supports } from './runtime.ts';

export type { RuntimeHarness };

export interface RuntimeSuite {
  supports: Supports;
  open(): Promise<RuntimeHarness>;
  /** Why the driver cannot run here. */
  skip?: string;
  /** In CI it has to run: there a reason to skip is a failure. */
  required?: boolean;
}

export function describeRuntime(name: string, { supports, open, skip, required = false }: RuntimeSuite): void {
  const title = `runtime contract: ${name}`;
  if (skip !== undefined && required && isCi()) {
    it(title, () => assert.fail(`it was not run, which CI does not allow: ${skip}`));
    return;
  }
  describe(title, { skip }, () => {
    let harness: RuntimeHarness | undefined;
    const opened = (): RuntimeHarness => {
      if (!harness) throw new Error('the runtime was not opened');
      return harness;
    };
    before(async () => {
      harness = await open();
    });
    after(async () => harness?.close());

    // Cases have pods of their own and may run together; those that open the driver anew may not.
    const group = (title: string, cases: (opened: Opened) => void, applies = true): void => {
      if (applies) void describe(title, { concurrency: 4 }, () => cases(opened));
    };
    const { attach, tty, images, podNetwork, portForward, cgroups, updateResources, stats } = supports;
    group('sandboxes', sandboxCases);
    group('containers', containerCases);
    group('exec', execCases);
    describe('opened anew', () => restartCases(opened));
    group('attach', attachCases, attach);
    group('terminals', terminalCases, tty);
    group('images', isolation.imageCases, images);
    group('logs', logCases, supports.isolation);
    group('namespaces', isolation.namespaceCases, supports.isolation);
    group('security', isolation.securityCases, supports.isolation);
    group('network', isolation.networkCases, podNetwork);
    group('port-forward', portForwardCases, portForward && supports.isolation);
    group('limits', isolation.limitCases, cgroups);
    group('updates', isolation.updateCases, cgroups && updateResources);
    group('stats', isolation.statsCases, cgroups && stats);
  });
}

/** Where everything that tests need can be installed: root on Debian, and the environment says that this is CI. */
const isCi = (): boolean =>
  process.env['CI'] === 'true' && process.getuid?.() === 0 && existsSync('/etc/debian_version');
