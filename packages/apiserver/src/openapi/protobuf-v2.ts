/** Field numbers of gnostic's OpenAPI v2 messages, as far as Kubernetes' documents use them. */
import type { Json } from './dialect.ts';
import {
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

export const encodeV2 = (document: Json): Buffer => encodeDocument(document, DOCUMENT);

const schemaOrFlag: Field = (value, writer) =>
  typeof value === 'boolean' ? writer.uint32(tag(2, VARINT)).bool(value) : one(1, () => SCHEMA)(value, writer);

const SCHEMA: Message = {
  fields: {
    $ref: text(1),
    format: text(2),
    title: text(3),
    description: text(4),
    default: any(5),
    multipleOf: double(6),
    maximum: double(7),
    exclusiveMaximum: flag(8),
    minimum: double(9),
    exclusiveMinimum: flag(10),
    maxLength: integer(11),
    minLength: integer(12),
    pattern: text(13),
    maxItems: integer(14),
    minItems: integer(15),
    uniqueItems: flag(16),
    maxProperties: integer(17),
    minProperties: integer(18),
    required: texts(19),
    enum: anys(20),
    additionalProperties: within(21, schemaOrFlag),
    type: within(22, (value, writer) => texts(1)([value].flat(), writer)),
    items: within(23, (value, writer) => many(1, () => SCHEMA)([value].flat(), writer)),
    allOf: many(24, () => SCHEMA),
    properties: within(
      25,
      named(1, () => SCHEMA),
    ),
    example: any(30),
  },
  extensions: 31,
};

const BODY: Message = {
  fields: { description: text(1), name: text(2), in: text(3), required: flag(4), schema: one(5, () => SCHEMA) },
};
const QUERY: Message = {
  fields: { required: flag(1), in: text(2), description: text(3), name: text(4), type: text(6), uniqueItems: flag(20) },
};
const PATH: Message = {
  fields: { required: flag(1), in: text(2), description: text(3), name: text(4), type: text(5), uniqueItems: flag(19) },
};

const REFERENCE: Message = { fields: { $ref: text(1) } };

/** Sorts of parameters are messages of their own: which one it is stands in `in`. */
const PARAMETER: Message = {
  fields: {
    body: within(
      1,
      one(1, () => BODY),
    ),
    query: within(
      1,
      within(
        2,
        one(3, () => QUERY),
      ),
    ),
    path: within(
      1,
      within(
        2,
        one(4, () => PATH),
      ),
    ),
    shared: one(2, () => REFERENCE),
  },
  read: (value) => (value['$ref'] ? { shared: value } : { [String(value['in'])]: value }),
};
const SHARED: Message = {
  fields: {
    query: within(
      2,
      one(3, () => QUERY),
    ),
    path: within(
      2,
      one(4, () => PATH),
    ),
  },
  read: (value) => ({ [String(value['in'])]: value }),
};

const RESPONSE: Message = {
  fields: {
    description: text(1),
    schema: within(
      2,
      one(1, () => SCHEMA),
    ),
  },
  extensions: 5,
};
const RESPONSE_VALUE: Message = { fields: { response: one(1, () => RESPONSE) }, read: (response) => ({ response }) };

const OPERATION: Message = {
  fields: {
    tags: texts(1),
    description: text(3),
    operationId: text(5),
    produces: texts(6),
    consumes: texts(7),
    parameters: many(8, () => PARAMETER),
    responses: within(9, named(1, RESPONSE_VALUE)),
    schemes: texts(10),
    deprecated: flag(11),
  },
  extensions: 13,
};

const operation = (number: number): Field => one(number, () => OPERATION);

const PATH_ITEM: Message = {
  fields: {
    get: operation(2),
    put: operation(3),
    post: operation(4),
    delete: operation(5),
    options: operation(6),
    head: operation(7),
    patch: operation(8),
    parameters: many(9, () => PARAMETER),
  },
  extensions: 10,
};

const INFO: Message = { fields: { title: text(1), version: text(2), description: text(3) } };

const DOCUMENT: Message = {
  fields: {
    swagger: text(1),
    info: one(2, () => INFO),
    paths: within(8, named(2, PATH_ITEM)),
    definitions: within(9, named(1, SCHEMA)),
    parameters: within(10, named(1, SHARED)),
  },
  extensions: 16,
};
