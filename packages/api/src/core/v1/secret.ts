/** Secret, v1: what the facts do not hold. stringData is for writing alone. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { type FieldError, checkConfigMapKey, invalid, parseJson, required, tooLong } from '@mkube/apimachinery';
import { age } from '../../cells.ts';
import { defineResource } from '../../define.ts';
import { facts } from '../../generated/resources.ts';
import type { Secret } from '../../generated/types/core-v1.ts';
import { immutable } from '../../validation/checks.ts';
import { MAX_DATA_BYTES, validateFrozen } from './config-map.ts';

export const secrets = defineResource<Secret>(facts.core.v1.Secret, {
  applyDefaults: withStringData,
  validate: validateSecret,
  validateUpdate: (secret, old) => [
    ...immutable('type', secret.type, old.type),
    ...(old.immutable ? validateFrozen(secret, old) : []),
  ],
  warnings: (secret) => (secret.type === 'kubernetes.io/tls' ? keyPairWarnings(secret) : []),
  selectableFields: ({ type }) => ({ type: type ?? '' }),
  cells: (secret, now) => [
    secret.metadata.name,
    secret.type ?? '',
    Object.keys(secret.data ?? {}).length,
    age(secret, now),
  ],
});

/** Texts of stringData go into data, over what is there. */
function withStringData(secret: Secret): Secret {
  const { stringData, ...rest } = secret;
  if (!stringData) return secret;
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  const merged = { ...secret.data, ...Object.fromEntries(encoded) };
  const data = Object.fromEntries(Object.entries(merged).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return { ...rest, data } as Secret;
}

const textOf = (secret: Secret, key: string): string | undefined => {
  const value = secret.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
};

function validateSecret(secret: Secret): FieldError[] {
  let size = 0;
  const faults: FieldError[] = [];
  for (const [key, value] of Object.entries(secret.data ?? {})) {
    faults.push(...checkConfigMapKey(key).map((fault) => invalid(`data[${key}]`, key, fault)));
    size += Buffer.byteLength(value, 'base64');
  }
  if (size > MAX_DATA_BYTES) faults.push(tooLong('data', MAX_DATA_BYTES));
  return [...faults, ...validateByType(secret)];
}

function validateByType(secret: Secret): FieldError[] {
  const needed = (...keys: string[]) =>
    keys.filter((key) => textOf(secret, key) === undefined).map((key) => required(`data[${key}]`));
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      return secret.metadata.annotations?.['kubernetes.io/service-account.name']
        ? []
        : [required('metadata.annotations[kubernetes.io/service-account.name]')];
    case 'kubernetes.io/dockercfg':
      return validateJson(secret, '.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return validateJson(secret, '.dockerconfigjson');
    case 'kubernetes.io/basic-auth':
      return textOf(secret, 'username') === undefined && textOf(secret, 'password') === undefined
        ? [required('data[username]'), required('data[password]')]
        : [];
    case 'kubernetes.io/ssh-auth':
      return textOf(secret, 'ssh-privatekey') ? [] : [required('data[ssh-privatekey]')];
    case 'kubernetes.io/tls':
      return needed('tls.crt', 'tls.key');
    default:
      return [];
  }
}

function validateJson(secret: Secret, key: string): FieldError[] {
  const text = textOf(secret, key);
  if (text === undefined) return [required(`data[${key}]`)];
  try {
    parseJson(text);
    return [];
  } catch (error) {
    const fault = (error as Error).message.replace(/^json parse error: /, '');
    return [invalid(`data[${key}]`, '<secret contents redacted>', fault)];
  }
}

/** What keeps certificate and key from being used together. */
function keyPairWarnings(secret: Secret): string[] {
  const [cert = '', key = ''] = [textOf(secret, 'tls.crt'), textOf(secret, 'tls.key')];
  if (!PEM.test(cert)) return ['tls: failed to find any PEM data in certificate input'];
  if (!PEM.test(key)) return ['tls: failed to find any PEM data in key input'];
  try {
    const fits = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    return fits ? [] : ['tls: private key does not match public key'];
  } catch {
    // neither is for the server to read: whoever uses them says what is wrong
    return [];
  }
}

const PEM = /-----BEGIN [^-]+-----[\s\S]+-----END [^-]+-----/;
