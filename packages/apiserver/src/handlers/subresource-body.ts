/** A body of a subresource's own kind (Binding, Eviction, Scale, TokenRequest): decoded, defaulted, checked by its facts. */
import { schemaOf, typeNameOf } from '@mkube/api';
import { type KubernetesObject, type Schema, invalidObject } from '@mkube/apimachinery';
import type { ResourceContext } from '../context.ts';
import { gvOf } from '../encode/views.ts';
import type { FieldValidation } from '../request/options.ts';
import { type Expected, decodeBody } from './decode.ts';
import { checkNamespace } from './validate-metadata.ts';

export interface BodyKind {
  group: string;
  version: string;
  kind: string;
}

export function schemaOfKind(of: BodyKind): Schema {
  const type = typeNameOf(gvOf(of), of.kind);
  if (!type) throw new Error(`no facts of ${gvOf(of)} ${of.kind}`);
  return schemaOf(type);
}

export const expectedKind = (of: BodyKind): Expected => ({ ...of, schema: schemaOfKind(of), custom: false });

export async function decodeSubresource<T extends KubernetesObject>(
  { request, info, warnings }: ResourceContext,
  of: BodyKind,
  fieldValidation: FieldValidation,
): Promise<T> {
  const expected = expectedKind(of);
  const object = expected.schema.applyDefaults(await decodeBody(request, expected, { fieldValidation, warnings }));
  const { namespace } = object.metadata;
  if (namespace && info.namespace) checkNamespace(namespace, info.namespace);
  const errors = expected.schema.validate(object);
  if (errors.length > 0) throw invalidObject(of, object.metadata.name ?? '', errors);
  return object as T;
}

/** Success without an object: what POST to binding and eviction answers. */
export const SUCCESS = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
