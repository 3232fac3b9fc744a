export * from './transport.ts';
export * from './client.ts';
