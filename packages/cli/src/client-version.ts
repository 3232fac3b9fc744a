/** The Kubernetes version that this client speaks, in the shape of /version. */
export const CLIENT_VERSION = {
  major: '1',
  minor: '35',
  gitVersion: 'v1.35.6+mkube',
  compiler: 'typescript',
  platform: 'node',
} as const;
