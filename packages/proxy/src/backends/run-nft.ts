/** Hands a transaction to `nft -f -`; all of it is taken or nothing. No shell. */
import { spawn } from 'node:child_process';

export type NftRun = (script: string) => Promise<void>;

export const runNft: NftRun = (script) =>
  new Promise((resolve, reject) => {
    const child = spawn('nft', ['-f', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    child.stdin.on('error', () => undefined);
    child.once('error', (cause) => reject(new Error('nft cannot be run: install nftables', { cause })));
    child.once('close', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`nft refused the rules: ${Buffer.concat(said).toString('utf8').slice(0, 2000)}`)),
    );
    child.stdin.end(script);
  });
