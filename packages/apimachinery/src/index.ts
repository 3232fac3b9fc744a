export type * from './generated/meta-v1.ts';
export * from './resource.ts';
export * from './field-error.ts';
export * from './errors.ts';
export type * from './schema/facts.ts';
export type * from './codec/message-facts.ts';
