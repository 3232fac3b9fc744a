export type * from './generated/meta-v1.ts';
export * from './resource.ts';
export * from './field-error.ts';
export * from './errors.ts';
export type * from './schema/facts.ts';
export type * from './codec/message-facts.ts';
export * from './labels.ts';
export * from './label-validation.ts';
export * from './fields.ts';
export * from './names.ts';
export * from './exposition.ts';
export * from './quantity.ts';
export * from './time.ts';
export * from './meta.ts';
export type * from './schema/node.ts';
export * from './schema/schema.ts';
export * from './codec/json.ts';
export * from './codec/yaml.ts';
export { sortKeys, stringifyYaml } from './codec/yaml-text.ts';
export { goKindOf } from './patch/patch-error.ts';
export { type JsonPatchOperation, MAX_OPERATIONS } from './patch/json-patch-operation.ts';
export * from './patch/json-patch.ts';
export * from './patch/merge-patch.ts';
export * from './patch/strategic-merge-patch.ts';
export { type ProtobufCodec, type ProtobufOptions, createProtobufCodec } from './codec/protobuf/codec.ts';
export { type Writer, createWriter, writeMessage } from './codec/protobuf/wire.ts';
export { decodeWatchEvent, encodeWatchFrame, hasProtobufMagic } from './codec/protobuf/envelope.ts';
export { type ApplyOptions, apply } from './apply/apply.ts';
export { type ReplicasOwnership, scaleManagedFields, scaledManagedFields } from './apply/scale-managers.ts';
export { checkIntent } from './apply/intent.ts';
export { ownersOf, upgradedManagedFields } from './apply/csa-upgrade.ts';
export { NewFields } from './apply/new-fields.ts';
export {
  type UpdateManagedFieldsOptions,
  updateManagedFields,
  withManagedFields,
  withoutManagedFields,
} from './apply/update-managed-fields.ts';
export {
  type StructuralSchema,
  type StructuralSchemaOptions,
  createStructuralSchema,
} from './schema/structural/structural-schema.ts';
export { isKnownFormat } from './schema/structural/formats.ts';
export { checkStructural } from './schema/structural/structural-check.ts';
export type { JsonSchema, ValidationRule } from './schema/structural/json-schema.ts';
export { type JsonObject, isJsonObject, jsonEquals } from './own.ts';
export type { RulePlace } from './schema/structural/rules.ts';
