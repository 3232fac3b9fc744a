/** Runs a kubeconfig's exec plugin (client.authentication.k8s.io) and reads the credential it prints. No shell. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CommandError, type Io } from './io.ts';
import type { ExecConfig } from './kubeconfig.ts';

export interface Credential {
  token?: string;
  cert?: string;
  key?: string;
}

export async function execCredential(config: ExecConfig, io: Io): Promise<Credential> {
  const apiVersion = config.apiVersion ?? 'client.authentication.k8s.io/v1';
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec: { interactive: false } });
  const extra = Object.fromEntries((config.env ?? []).map(({ name, value }) => [name, value]));
  try {
    const { stdout } = await promisify(execFile)(config.command, config.args ?? [], {
      env: { ...(io.env as NodeJS.ProcessEnv), ...extra, KUBERNETES_EXEC_INFO: info },
      signal: io.signal,
      timeout: 60_000,
    });
    const { status } = JSON.parse(stdout) as {
      status?: { token?: string; clientCertificateData?: string; clientKeyData?: string };
    };
    if (!status?.token && !status?.clientCertificateData) throw new Error('it printed no credential');
    return { token: status.token, cert: status.clientCertificateData, key: status.clientKeyData };
  } catch (error) {
    // The plugin's output may hold the credential: only say that it failed.
    throw new CommandError(`getting credentials: exec: executable ${config.command} failed`, 1, { cause: error });
  }
}
