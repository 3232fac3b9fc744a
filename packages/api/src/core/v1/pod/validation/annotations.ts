/** Annotations of pods that mean something: some are given once and for all. */
import { type FieldError, forbidden, invalid } from '@mkube/apimachinery';
import type { Pod } from '../../../../generated/types/core-v1.ts';
import { appArmorProfileOf } from '../app-armor.ts';

type Annotations = Readonly<Record<string, string>>;

export const MIRROR = 'kubernetes.io/config.mirror';
const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';

const kindOf = (key: string): string | undefined => {
  if (key.startsWith(APP_ARMOR)) return 'AppArmor annotations';
  return key === MIRROR ? 'mirror pod annotation' : undefined;
};

export function validateAnnotationChanges(next: Annotations = {}, old: Annotations = {}): FieldError[] {
  if (next === old) return [];
  const refuse = (key: string, what: string): FieldError[] => {
    const kind = kindOf(key);
    return kind ? [forbidden(`metadata.annotations[${key}]`, `may not ${what} ${kind}`)] : [];
  };
  return [
    ...Object.keys(old).flatMap((key) => (next[key] === old[key] ? [] : refuse(key, 'remove or update'))),
    ...Object.keys(next).flatMap((key) => (Object.hasOwn(old, key) ? [] : refuse(key, 'add'))),
  ];
}

const COST = 'controller.kubernetes.io/pod-deletion-cost';

export function validateMeaningful({ metadata: { annotations }, spec }: Pod): FieldError[] {
  if (!annotations) return [];
  return Object.entries(annotations).flatMap(([key, value]) => {
    const at = `metadata.annotations[${key}]`;
    if (key.startsWith(APP_ARMOR)) return validateProfile(spec, key.slice(APP_ARMOR.length), { value, at });
    if (key === MIRROR && !spec.nodeName)
      return [invalid(at, value, 'must set spec.nodeName if mirror pod annotation is set')];
    return key === COST && !isInt32(value) ? [invalid(at, value, 'must be a 32bit integer')] : [];
  });
}

/** Plus signs and leading zeros are for others. */
const isInt32 = (text: string): boolean => /^(0|-?[1-9]\d{0,9})$/.test(text) && Number(text) === (Number(text) | 0);

function validateProfile(spec: Pod['spec'], name: string, { value, at }: { value: string; at: string }): FieldError[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  const isKnown = [...containers, ...initContainers, ...ephemeralContainers].some((c) => c.name === name);
  return [
    ...(isKnown ? [] : [invalid(at, name, 'container not found')]),
    ...(value === '' || appArmorProfileOf(value)
      ? []
      : [invalid(at, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`)]),
  ];
}
