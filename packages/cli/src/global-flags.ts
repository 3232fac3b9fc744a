/** Flags that every command takes, kubectl's own names and meaning. */
import { bool, list, text, textOr } from './command.ts';

export const globalFlags = {
  kubeconfig: text('Path to the kubeconfig file to use for CLI requests.'),
  context: text('The name of the kubeconfig context to use'),
  cluster: text('The name of the kubeconfig cluster to use'),
  user: text('The name of the kubeconfig user to use'),
  namespace: text('If present, the namespace scope for this CLI request', { short: 'n' }),
  server: text('The address and port of the Kubernetes API server', { short: 's' }),
  token: text('Bearer token for authentication to the API server'),
  'client-certificate': text('Path to a client certificate file for TLS'),
  'client-key': text('Path to a client key file for TLS'),
  'certificate-authority': text('Path to a cert file for the certificate authority'),
  'insecure-skip-tls-verify': bool("If true, the server's certificate will not be checked for validity."),
  'tls-server-name': text('Server name to use for server certificate validation.'),
  'request-timeout': textOr('0', 'The length of time to wait before giving up on a single server request.'),
  as: text('Username to impersonate for the operation.'),
  'as-group': list('Group to impersonate for the operation, this flag can be repeated to specify multiple groups.'),
  'as-uid': text('UID to impersonate for the operation.'),
  'cache-dir': text('Default cache directory'),
  v: text('number for the log level verbosity', { short: 'v', value: 'Level' }),
} as const;
