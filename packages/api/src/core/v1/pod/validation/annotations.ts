/** Annotations of pods that mean something: some are given once and for all. */
import { type FieldError, forbidden } from '@mkube/apimachinery';

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
