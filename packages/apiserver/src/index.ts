export { createApiServer } from './server.ts';
export type { ApiServer, ApiServerOptions, InProcessRequest, InProcessResponse } from './options.ts';
