// What Kubernetes says of fields that refer to other types, out of the comments of kubernetes-types: the generator of
// @kubernetes/client-node drops those.
import fs from 'node:fs';
import path from 'node:path';

/** Texts by field of the types of 'io.k8s.api.core.v1' and so on. `textOf` reads a comment. */
export function createReferenceTexts(folder, textOf) {
  const files = new Map();
  const sourceOf = (group, version) => {
    const file = path.join(folder, group, `${version}.d.ts`);
    if (!files.has(file)) files.set(file, fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
    return files.get(file);
  };
  return (typeName) => {
    const [name, version, group] = typeName.split('.').reverse();
    const body =
      new RegExp(`export interface ${name} \\{\n([\\s\\S]*?)\n\\}`).exec(sourceOf(group, version))?.[1] ?? '';
    const fields = [...body.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\s+"?([\w$-]+)"?\??:/g)];
    return Object.fromEntries(fields.map(([, comment, field]) => [field, textOf(comment)]));
  };
}
