/** Field numbers of gnostic's OpenAPI v3 messages, as far as Kubernetes' documents use them. */
import type { Json } from './dialect.ts';
import {
  BYTES,
  DOUBLE,
  type Field,
  type Message,
  VARINT,
  any,
  anys,
  double,
  encodeDocument,
  flag,
  integer,
  many,
  named,
  one,
  tag,
  text,
  texts,
  within,
} from './protobuf.ts';

export const encodeV3 = (document: Json): Buffer => encodeDocument(document, DOCUMENT);

/** Only scalars have a place there. */
const defaultValue: Field = (value, writer) => {
  switch (typeof value) {
    case 'number':
      return writer.uint32(tag(1, DOUBLE)).double(value);
    case 'boolean':
      return writer.uint32(tag(2, VARINT)).bool(value);
    case 'string':
      return writer.uint32(tag(3, BYTES)).string(value);
    default:
      return undefined;
  }
};

const REFERENCE: Message = { fields: { $ref: text(1) } };

const SCHEMA: Message = {
  fields: {
    nullable: flag(1),
    readOnly: flag(3),
    example: any(7),
    deprecated: flag(8),
    title: text(9),
    multipleOf: double(10),
    maximum: double(11),
    exclusiveMaximum: flag(12),
    minimum: double(13),
    exclusiveMinimum: flag(14),
    maxLength: integer(15),
    minLength: integer(16),
    pattern: text(17),
    maxItems: integer(18),
    minItems: integer(19),
    uniqueItems: flag(20),
    maxProperties: integer(21),
    minProperties: integer(22),
    required: texts(23),
    enum: anys(24),
    type: text(25),
    allOf: many(26, () => SCHEMA_OR_REFERENCE),
    oneOf: many(27, () => SCHEMA_OR_REFERENCE),
    anyOf: many(28, () => SCHEMA_OR_REFERENCE),
    not: one(29, () => SCHEMA),
    items: within(30, (value, writer) => many(1, () => SCHEMA_OR_REFERENCE)([value].flat(), writer)),
    properties: within(
      31,
      named(1, () => SCHEMA_OR_REFERENCE),
    ),
    additionalProperties: within(32, (value, writer) =>
      typeof value === 'boolean'
        ? writer.uint32(tag(2, VARINT)).bool(value)
        : one(1, () => SCHEMA_OR_REFERENCE)(value, writer),
    ),
    default: within(33, defaultValue),
    description: text(34),
    format: text(35),
  },
  extensions: 36,
};

const SCHEMA_OR_REFERENCE: Message = {
  fields: { schema: one(1, () => SCHEMA), reference: one(2, () => REFERENCE) },
  read: (value) => ('$ref' in value ? { reference: value } : { schema: value }),
};

const MEDIA_TYPE: Message = { fields: { schema: one(1, () => SCHEMA_OR_REFERENCE) } };
const content = (number: number): Field => within(number, named(1, MEDIA_TYPE));

const PARAMETER: Message = {
  fields: {
    name: text(1),
    in: text(2),
    description: text(3),
    required: flag(4),
    schema: one(10, () => SCHEMA_OR_REFERENCE),
  },
};
const PARAMETER_OR_REFERENCE: Message = {
  fields: { parameter: one(1, () => PARAMETER) },
  read: (parameter) => ({ parameter }),
};

const BODY: Message = { fields: { description: text(1), content: content(2), required: flag(3) } };
const BODY_OR_REFERENCE: Message = { fields: { body: one(1, () => BODY) }, read: (body) => ({ body }) };

const RESPONSE: Message = { fields: { description: text(1), content: content(3) } };
const RESPONSE_OR_REFERENCE: Message = {
  fields: { response: one(1, () => RESPONSE) },
  read: (response) => ({ response }),
};

const OPERATION: Message = {
  fields: {
    tags: texts(1),
    description: text(3),
    operationId: text(5),
    parameters: many(6, () => PARAMETER_OR_REFERENCE),
    requestBody: one(7, () => BODY_OR_REFERENCE),
    responses: within(8, named(2, RESPONSE_OR_REFERENCE)),
    deprecated: flag(10),
  },
  extensions: 13,
};

const operation = (number: number): Field => one(number, () => OPERATION);

const PATH_ITEM: Message = {
  fields: {
    get: operation(4),
    put: operation(5),
    post: operation(6),
    delete: operation(7),
    options: operation(8),
    head: operation(9),
    patch: operation(10),
    parameters: many(13, () => PARAMETER_OR_REFERENCE),
  },
  extensions: 14,
};

const INFO: Message = { fields: { title: text(1), description: text(2), version: text(6) } };
const COMPONENTS: Message = { fields: { schemas: within(1, named(1, SCHEMA_OR_REFERENCE)) } };

const DOCUMENT: Message = {
  fields: {
    openapi: text(1),
    info: one(2, () => INFO),
    paths: within(4, named(1, PATH_ITEM)),
    components: one(5, () => COMPONENTS),
  },
};
