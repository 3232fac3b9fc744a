/** The process that pulls images for a cluster's nodes; argv is the image store and the socket to serve on. Ends with its parent. */
import { openImageStore, servePulls } from '@mkube/runtime';

const [imageRoot = '', socketPath = ''] = process.argv.slice(2);
const { HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = process.env;
const proxy = HTTPS_PROXY ?? https_proxy;
const noProxy = (NO_PROXY ?? no_proxy ?? '').split(',').filter((host) => host !== '');

process.title = 'mkube puller';
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));

void servePulls({
  store: openImageStore(imageRoot),
  socketPath,
  registries: { ...(proxy && { proxy }), noProxy },
}).then(() => process.send?.('ready'));
