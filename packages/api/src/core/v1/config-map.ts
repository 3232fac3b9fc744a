/** ConfigMap, v1: what the facts do not hold. */
import { type FieldError, checkConfigMapKey, forbidden, invalid, tooLong } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { ConfigMap } from '../../generated/types/core-v1.ts';
import { sameValue } from '../../validation/checks.ts';

/** Of all keys' values together; Secrets have the same. */
export const MAX_DATA_BYTES = 1024 * 1024;

export const configMaps = defineResource<ConfigMap>(facts.core.v1.ConfigMap, {
  validate: validateConfigMap,
  validateUpdate: (map, old) => (old.immutable ? validateFrozen(map, old) : []),
  cells: (map, now) => [map.metadata.name, count(map.data) + count(map.binaryData), age(map, now)],
});

function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  let size = 0;
  const faults: FieldError[] = [];
  for (const [key, value] of Object.entries(data)) {
    faults.push(...checkConfigMapKey(key).map((fault) => invalid(`data[${key}]`, key, fault)));
    if (Object.hasOwn(binaryData, key))
      faults.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    faults.push(...checkConfigMapKey(key).map((fault) => invalid(`binaryData[${key}]`, key, fault)));
    size += Buffer.byteLength(value, 'base64');
  }
  return size > MAX_DATA_BYTES ? [...faults, tooLong('', MAX_DATA_BYTES)] : faults;
}

/** Once immutable, always immutable, and so is what it holds. */
export function validateFrozen<T extends { immutable?: boolean }>(object: T, old: T): FieldError[] {
  const why = 'field is immutable when `immutable` is set';
  const faults = object.immutable ? [] : [forbidden('immutable', why)];
  for (const key of ['data', 'binaryData'] as const)
    if (!sameValue(object[key as keyof T] ?? {}, old[key as keyof T] ?? {})) faults.push(forbidden(key, why));
  return faults;
}

const count = (map: object | undefined): number => Object.keys(map ?? {}).length;
