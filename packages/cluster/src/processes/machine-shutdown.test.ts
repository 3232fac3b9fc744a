import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { watchLogind } from './machine-shutdown.ts';

describe('hearing of a shutdown from logind', () => {
  it('takes a delay lock, calls back at PrepareForShutdown(true), and gives the lock back at the end', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-logind-'));
    const log = path.join(folder, 'log');
    // what the machine's programs do, as far as it is seen from here
    const inhibit = `#!/bin/sh\ntrap 'echo released >> ${log}; exit' TERM\necho "$@" >> ${log}\necho '   boolean false'\necho '   boolean true'\nwhile :; do sleep 0.05; done\n`;
    fs.writeFileSync(path.join(folder, 'systemd-inhibit'), inhibit, { mode: 0o755 });
    const before = process.env['PATH'];
    process.env['PATH'] = `${folder}:${before}`;
    const stop = new AbortController();
    try {
      await new Promise<void>((onShutdown) => watchLogind({ onShutdown, signal: stop.signal, bus: log.slice(0, -4) }));
      const asked = fs.readFileSync(log, 'utf8');
      assert.match(asked, /--what=shutdown --mode=delay .* dbus-monitor --system .*PrepareForShutdown/);
      stop.abort();
      const deadline = Date.now() + 10_000;
      while (!fs.readFileSync(log, 'utf8').includes('released') && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 10));
      assert.match(fs.readFileSync(log, 'utf8'), /released/);
    } finally {
      process.env['PATH'] = before;
      stop.abort();
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is left alone where there is no bus', () => {
    watchLogind({ onShutdown: () => assert.fail(), signal: new AbortController().signal, bus: '/nowhere' });
  });
});
