export type * from './generated/meta-v1.ts';
export * from './resource.ts';
export * from './field-error.ts';
export * from './errors.ts';
