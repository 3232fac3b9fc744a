/** SPDY/3.1 framing, which Kubernetes' clients and engines speak for exec, attach and port-forward; both ends. */
export { SpdyConnection, type SpdyStream } from './connection.ts';
export type { SpdyHeaders } from './header-blocks.ts';
