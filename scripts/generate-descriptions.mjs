// Writes packages/api/dist/descriptions-data.js: what Kubernetes says of each built-in type and field, and of operations, for
// `explain` and OpenAPI. Taken at build time from the comments of the declarations of @kubernetes/client-node, and of
// kubernetes-types where it has none, and never committed; where the former is missing nothing is written, and explain
// shows types without descriptions. Usage: node scripts/generate-descriptions.mjs
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { operationTexts } from './describe-operations.mjs';
import { createReferenceTexts } from './describe-references.mjs';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const target = process.argv[2] ?? path.join(root, 'packages/api/dist/descriptions-data.js');

function folderOf(name, file) {
  try {
    return path.dirname(createRequire(path.join(root, 'packages/api/package.json')).resolve(`${name}${file}`));
  } catch {
    return undefined;
  }
}

const camel = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Names under which a type may stand among the models: 'EventsV1Event' before 'V1Event'. */
function modelNames(typeName) {
  const [name, version, ...rest] = typeName.split('.').reverse();
  if (typeName === 'io.k8s.apimachinery.pkg.version.Info') return ['VersionInfo'];
  return [`${camel(rest[0].replace(/\..*/, ''))}${camel(version)}${name}`, `${camel(version)}${name}`];
}

/** The text of a declaration's comment: lines joined, the generator's escapes undone. */
const textOf = (comment) =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\/?\*+\/?\s?/, '').replace(/\s*\*\/$/, ''))
    .join('\n')
    .trim()
    .replaceAll('\\"', '"')
    .replaceAll("\\'", "'")
    .replaceAll('\\`', '`');

function readModel(file) {
  const declared = fs.readFileSync(`${file}.d.ts`, 'utf8');
  const code = fs.readFileSync(`${file}.js`, 'utf8');
  const base = new Map(
    [...code.matchAll(/"name": "([^"]+)",\s+"baseName": "([^"]+)"/g)].map(([, name, json]) => [name, json]),
  );
  const fields = {};
  for (const [, comment, name] of declared.matchAll(/\/\*\*\n((?:(?!\*\/)[\s\S])*?)\*\/\n\s+'([^']+)'\??:/g))
    fields[base.get(name) ?? name] = textOf(comment);
  const own = /\/\*\*\n((?:(?!\*\/)[\s\S])*?)\*\/\nexport declare class/.exec(declared);
  return { own: own ? textOf(own[1]) : '', fields, names: new Set(base.values()) };
}

const client = folderOf('@kubernetes/client-node', '');
const folder = client && path.join(client, 'gen/models');
if (!folder || !fs.existsSync(folder)) {
  console.log('descriptions: @kubernetes/client-node is not installed; explain will show none');
  process.exit(0);
}
const { typeFacts, typePackages, typesOfPackage } = await import(
  pathToFileURL(path.join(root, 'packages/api/dist/index.js'))
);
const references = createReferenceTexts(folderOf('kubernetes-types', '/package.json') ?? '', textOf);
const descriptions = operationTexts(path.join(client, 'gen'), textOf);
let missing = 0;
for (const typeName of typePackages().flatMap(typesOfPackage)) {
  const known = typeFacts(typeName)?.fields;
  if (!known) continue;
  const file = modelNames(typeName)
    .map((name) => path.join(folder, name))
    .find((f) => fs.existsSync(`${f}.d.ts`));
  if (!file) {
    missing++;
    continue;
  }
  const { own, fields } = readModel(file);
  const of = Object.entries({ ...references(typeName), ...fields }).filter(
    ([name, text]) => Object.hasOwn(known, name) && text !== '',
  );
  descriptions[typeName] = { ...(own && { '': own }), ...Object.fromEntries(of) };
}
const json = JSON.stringify(descriptions);
fs.writeFileSync(
  target,
  `// Made by scripts/generate-descriptions.mjs at build time.\nexport const descriptions = () => ${JSON.stringify(json)};\n`,
);
console.log(
  `descriptions: ${Object.keys(descriptions).length} types, ${missing} without, ${Math.round(json.length / 1024)} KiB`,
);
