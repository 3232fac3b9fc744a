/**
 * A whole cluster in the test's own process, with simulated nodes, and a kubeconfig on disk for programs that are to talk to it.
 * For tests that are about clients: no root, no containers.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type CreateClusterOptions, type EmbeddedCluster, createCluster } from '@mkube/cluster';
import { type Result, type RunOptions, repository, run } from './command-cluster.ts';

export interface ClientCluster extends EmbeddedCluster {
  home: string;
  /** Runs a program with this cluster as its current context. */
  run(file: string, args: readonly string[], options?: RunOptions): Promise<Result>;
  /** The same; throws with what it said when it failed. */
  must(file: string, args: readonly string[], options?: RunOptions): Promise<string>;
}

export async function startClientCluster(options: CreateClusterOptions = {}): Promise<ClientCluster> {
  const cluster = await createCluster(options);
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'mkube-clients-'));
  const kubeconfig = path.join(home, 'kubeconfig');
  fs.writeFileSync(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
  const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig, NO_COLOR: '1' };
  const runIn = (file: string, args: readonly string[], more?: RunOptions) => run(file, args, env, more ?? {});
  return {
    ...cluster,
    home,
    run: runIn,
    async must(file, args, more) {
      const { code, stdout, stderr } = await runIn(file, args, more);
      if (code !== 0) throw new Error(`${path.basename(file)} ${args.join(' ')} ended with ${code}: ${stderr}`);
      return stdout;
    },
    async close() {
      await cluster.close();
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

/** helm out of the npm package that the test set-up fetches. */
export function helmPath(): string | undefined {
  const file = path.join(repository, '.cache/helm-v35/helm');
  return fs.existsSync(file) ? file : undefined;
}
