/** undici publishes no types for its files; this one is its Pool, and the method that its index adds. */
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici';
  export default Pool;
}
declare module 'undici/lib/api/api-request.js' {
  import type { Pool } from 'undici';
  const request: Pool['request'];
  export default request;
}
