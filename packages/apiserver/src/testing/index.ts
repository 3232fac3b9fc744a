/** For the tests of other packages: a real API server on a store of its own, and certificates. Not part of the product. */
export { ADMIN, type TestServer, type TestServerOptions, startTestServer } from './test-server.ts';
export { type KeyPair, type TestAuthority, createTestAuthority } from './certificates.ts';
