/** The shape of a kubeconfig, as kubectl writes it; names that we do not know are kept by whoever edits a file. */

export interface Cluster {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
  extensions?: { name: string; extension: unknown }[];
}

export interface User {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'auth-provider'?: { name: string };
  exec?: ExecPlugin;
}

export interface ExecPlugin {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
  provideClusterInfo?: boolean;
}

export interface Context {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** An entry and the file it came from: relative paths in it are relative to that file's folder. */
export interface Located<T> {
  value: T;
  file: string;
}

/** All files together: for each name, and for the current context, the first file that has it counts. */
export interface Kubeconfig {
  /** Every file that was looked for, in order, whether there or not. */
  files: readonly string[];
  currentContext: string;
  clusters: Map<string, Located<Cluster>>;
  users: Map<string, Located<User>>;
  contexts: Map<string, Located<Context>>;
}

/** A kubeconfig that cannot be read or does not say what is asked of it; the message is meant for its owner. */
export class KubeconfigError extends Error {
  override name = 'KubeconfigError';
}
