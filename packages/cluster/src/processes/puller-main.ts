/**
 * The process that pulls images for a cluster's nodes; argv is the image store, the socket to serve on, what the store keeps,
 * and the folders that say how registries are reached. Ends with its parent.
 */
import { openArchiveStore, openImageStore, servePulls } from '@mkube/runtime';

const [imageRoot = '', socketPath = '', keeps, ...configFolders] = process.argv.slice(2);

process.title = 'mkube puller';
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));

void servePulls({
  store: keeps === 'archives' ? openArchiveStore(imageRoot) : openImageStore(imageRoot),
  socketPath,
  registries: { configFolders, env: process.env },
}).then(() => process.send?.('ready'));
