/** GET /version: what clients take this server for. */
import { jsonResponse } from '../encode/respond.ts';
import type { PathHandler } from '../paths.ts';

export const VERSION = { major: '1', minor: '35', gitVersion: 'v1.35.6' };

export const versionHandler: PathHandler = ({ path }) =>
  path === '/version' || path === '/version/' ? jsonResponse(200, versionInfo()) : undefined;

const versionInfo = () => ({
  major: VERSION.major,
  minor: VERSION.minor,
  emulationMajor: VERSION.major,
  emulationMinor: VERSION.minor,
  minCompatibilityMajor: VERSION.major,
  minCompatibilityMinor: '34',
  gitVersion: VERSION.gitVersion,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: process.version,
  compiler: 'node',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
});
