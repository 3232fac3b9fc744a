/** A kubeconfig with one context, as JSON (which is YAML as well). Pure. */
export interface KubeconfigParts {
  name: string;
  server: string;
  /** PEM. */
  ca: string;
  cert: string;
  key: string;
}

export function formatKubeconfig({ name, server, ca, cert, key }: KubeconfigParts): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return `${JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name, user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
  })}\n`;
}
