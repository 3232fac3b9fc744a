export { createApiServer } from './server.ts';
export type { AuditOptions } from './audit/audit.ts';
export { type AuditPolicy, parsePolicy as parseAuditPolicy } from './audit/policy.ts';
export type { ApiServer, ApiServerOptions, InProcessRequest, InProcessResponse } from './options.ts';
