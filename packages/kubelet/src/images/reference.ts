/** Image references ('busybox', 'localhost:5000/a/b:tag@sha256:…'), as far as the kubelet has to read them. Pure. */
const DOMAIN =
  '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?)';
const PART = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
const REFERENCE = new RegExp(
  `^(?:${DOMAIN}/)?${PART}(?:/${PART})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,})?$`,
);
const LONGEST = 4096;

export const isReference = (text: string): boolean => text.length <= LONGEST && REFERENCE.test(text);

/** 'docker.io' for what names none. */
export function registryOf(reference: string): string {
  const first = reference.split('/', 1)[0] ?? '';
  const isHost = reference.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return isHost ? first : 'docker.io';
}

/** 'docker.io/library/busybox': registry and repository, without tag and digest. */
export function repositoryOf(reference: string): string {
  const registry = registryOf(reference);
  const rest = reference.startsWith(`${registry}/`) ? reference.slice(registry.length + 1) : reference;
  const name = rest.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  return `${registry}/${registry === 'docker.io' && !name.includes('/') ? `library/${name}` : name}`;
}
