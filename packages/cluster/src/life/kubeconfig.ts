/** The cluster's context in the caller's kubeconfig: entered and made current by `up`, taken out by `reset`. */
import { removeKubeconfigEntry, writeKubeconfigEntry, type WriteOptions } from '@mkube/client';
import { ADMIN } from '../pki/identity.ts';
import { needPair, needText } from '../pki/pki.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { ClusterContext } from './context.ts';

/** Gives the file that was written. */
export function enterContext(context: ClusterContext, state: ClusterState): Promise<string> {
  return writeKubeconfigEntry({ name: state.name, ...adminAccess(context, state) }, locationOf(context));
}

export function leaveContext(context: ClusterContext): Promise<void> {
  return removeKubeconfigEntry(context.paths.name, locationOf(context));
}

/** Server, authority and admin's pair, as a kubeconfig holds them. */
export function adminAccess({ paths }: ClusterContext, state: ClusterState) {
  const admin = needPair(paths.pki, ADMIN);
  return {
    cluster: {
      server: `https://127.0.0.1:${state.port}`,
      'certificate-authority-data': base64(needText(paths.pki, 'ca.crt')),
    },
    user: { 'client-certificate-data': base64(admin.cert), 'client-key-data': base64(admin.key) },
  };
}

function locationOf({ env, owner }: ClusterContext): WriteOptions {
  const { home, uid, gid } = owner;
  return {
    env: { KUBECONFIG: env['KUBECONFIG'], HOME: home },
    ...(uid !== undefined && gid !== undefined && { owner: { uid, gid } }),
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
